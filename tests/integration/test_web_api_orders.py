"""Ordering by program: once, whatever is repeated."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from cloud import db
from cloud.web.api.keys import TAKEN_OVER_AFTER
from cloud.web.api.tables import IdempotencyKey
from tests.reviewing import Home
from tests.web_api_world import World


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    yield World(Home(engine))
    engine.dispose()


def test_an_order_by_program_is_made_for_the_callers_household(world):
    made = world.ada.post("/api/v1/orders", key="k1", json={"slot_id": world.slot_id})

    assert made.status_code == 201, made.text
    assert made.json()["state"] == "scheduled"
    assert made.json()["wanted_by"] == "tap"
    assert [order.id for order in world.orders()] == [made.json()["id"]]


def test_the_same_key_and_body_order_once_and_get_the_same_answer(world):
    body = {"slot_id": world.slot_id, "quantity": 2}

    first = world.ada.post("/api/v1/orders", key="k1", json=body)
    again = world.ada.post("/api/v1/orders", key="k1", json=body)

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len(world.orders()) == 1


def test_the_same_key_for_another_body_is_refused(world):
    world.ada.post("/api/v1/orders", key="k1", json={"slot_id": world.slot_id})

    other = world.ada.post("/api/v1/orders", key="k1", json={"slot_id": world.slot_id, "quantity": 2})

    assert other.status_code == 422
    assert other.json()["type"] == "/problems/key-used-for-something-else"


def test_ordering_without_a_key_is_refused(world):
    answer = world.ada.post("/api/v1/orders", json={"slot_id": world.slot_id})

    assert answer.status_code == 400
    assert world.orders() == []


def test_a_key_in_flight_waits_and_is_taken_over_when_its_process_has_died(world):
    body = {"slot_id": world.slot_id}
    refused = world.ada.post("/api/v1/orders", key="k1", json={"slot_id": "0" * 32})
    assert refused.status_code == 404
    world.ada.post("/api/v1/orders", key="k1", json=body)
    with db.transaction(world.home.engine) as session:
        row = session.get(IdempotencyKey, (world.home.person_id, "k1"))
        row.status = row.answer = None
        session.add(row)

    assert world.ada.post("/api/v1/orders", key="k1", json=body).status_code == 409
    world.clock.advance(TAKEN_OVER_AFTER)
    taken_over = world.ada.post("/api/v1/orders", key="k1", json=body)

    assert taken_over.json()["type"] == "/problems/duplicate-order"
    assert len(world.orders()) == 1


def test_the_same_request_from_four_at_once_orders_once(world):
    def ask(_):
        return world.ada.post("/api/v1/orders", key="k1", json={"slot_id": world.slot_id})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in {answer.status_code for answer in answers}
    assert {a.json()["type"] for a in answers if a.status_code == 409} <= {"/problems/still-at-work"}
    assert len(world.orders()) == 1


def test_a_refusal_leaves_the_key_free(world):
    assert world.ada.post("/api/v1/orders", key="k1", json={"slot_id": "0" * 32}).status_code == 404
    assert world.ada.post("/api/v1/orders", key="k1", json={"slot_id": world.slot_id}).status_code == 201


def test_another_person_may_use_the_same_key(world):
    world.ada.post("/api/v1/orders", key="k1", json={"slot_id": world.slot_id})

    assert world.bob.post("/api/v1/orders", key="k1", json={"slot_id": world.slot_id}).status_code == 404


def test_a_second_order_for_the_same_slot_is_refused_by_its_name(world):
    world.ada.post("/api/v1/orders", key="k1", json={"slot_id": world.slot_id})

    second = world.ada.post("/api/v1/orders", key="k2", json={"slot_id": world.slot_id})

    assert (second.status_code, second.json()["type"]) == (409, "/problems/duplicate-order")


def test_an_order_for_another_sum_than_agreed_is_not_made(world):
    answer = world.ada.post("/api/v1/orders", key="k1", json={"slot_id": world.slot_id, "total_minor": 1})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-for-sale")
    assert world.orders() == []


def test_an_order_is_put_off_sent_and_cancelled(world):
    order = f"/api/v1/orders/{world.tap()}"
    until = (world.clock.now() + timedelta(days=4)).isoformat()

    held = world.ada.post(f"{order}/hold", json={"until": until})
    sent = world.ada.post(f"{order}/send", key="k1")
    cancelled = world.ada.post(f"{order}/cancel")

    assert [each.json()["state"] for each in (held, sent, cancelled)] == ["held", "scheduled", "cancelled"]
    assert world.ada.post(f"{order}/hold", json={"until": until}).status_code == 409
    story = [each["event"] for each in world.ada.get(order).json()["history"]]
    assert story == ["scheduled", "hold", "resume", "cancel"]


def test_an_order_is_not_held_in_the_past_nor_for_years(world):
    order = f"/api/v1/orders/{world.tap()}"

    for days in (-1, 4000):
        until = (world.clock.now() + timedelta(days=days)).isoformat()
        assert world.ada.post(f"{order}/hold", json={"until": until}).status_code == 422


def test_lists_go_on_where_the_page_before_ended(world):
    made = []
    for n in range(5):
        made.append(world.ada.post("/api/v1/orders", key=f"k{n}", json={"slot_id": world.slot_id}).json()["id"])
        world.ada.post(f"/api/v1/orders/{made[-1]}/cancel")
        if n % 2:
            world.clock.advance(timedelta(minutes=5))

    seen, path = [], "/api/v1/orders?limit=2"
    while path:
        page = world.ada.get(path)
        seen += [each["id"] for each in page.json()]
        link = page.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else ""

    assert sorted(seen) == sorted(made)
    assert len(seen) == 5


def test_a_cursor_that_is_not_ours_is_refused(world):
    assert world.ada.get("/api/v1/orders?cursor=%21%21").json()["type"] == "/problems/unknown-cursor"
    assert world.ada.get("/api/v1/orders?cursor=YWJj").status_code == 400
