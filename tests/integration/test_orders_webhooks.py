import json
from datetime import timedelta

import pytest
import standardwebhooks

from cloud import db
from cloud.orders import deliveries, shelf, webhooks
from cloud.orders.lead_times import Delivered
from cloud.orders.rules import State
from cloud.orders.webhooks import Outcome
from simulator.supplier.warehouse import Habits
from tests.orders_world import MILK, SECRET, START, SUPPLIER, build

OTHER = "whsec_" + "bm90LXRoZS1zdXBwbGllcnMtc2VjcmV0LWF0LWFsbA=="


@pytest.fixture
def world(database_url):
    made = build(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def sent(world):
    order = world.schedule(send_at=START)
    world.send()
    return order


def signed(order, word, *, at, webhook_id="msg_1", secret=SECRET, **more):
    data = {"reference": order.reference, "id": "S-1", **more}
    body = json.dumps({"type": f"order.{word}", "timestamp": at.isoformat(), "data": data})
    headers = {
        "Webhook-Id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(secret).sign(webhook_id, at, body),
    }
    return headers, body.encode()


def receive(world, headers, body, *, secret=SECRET, supplier=SUPPLIER):
    with db.transaction(world.engine) as session:
        caller = webhooks.Caller(supplier, secret)
        return webhooks.receive(session, world.ids, caller, headers, body, world.clock.now())


def test_delivered_may_be_told_before_shipped(world, sent):
    assert receive(world, *signed(sent, "delivered", at=START, webhook_id="b")) is Outcome.APPLIED
    assert receive(world, *signed(sent, "shipped", at=START, webhook_id="a")) is Outcome.NOTHING_NEW
    assert world.state(sent) is State.DELIVERED


def test_the_same_webhook_twice_fills_the_shelf_once(world, sent):
    told = signed(sent, "delivered", at=START)

    assert receive(world, *told) is Outcome.APPLIED
    assert receive(world, *told) is Outcome.REPEATED
    assert receive(world, *signed(sent, "delivered", at=START, webhook_id="msg_2")) is Outcome.NOTHING_NEW

    with db.reading(world.engine) as session:
        assert shelf.on_shelf(session, world.household_id, MILK) == 2


def test_a_forged_signature_changes_nothing(world, sent):
    headers, body = signed(sent, "delivered", at=START, secret=OTHER)
    genuine, _ = signed(sent, "shipped", at=START)

    assert receive(world, headers, body) is Outcome.FORGED
    assert receive(world, genuine, body) is Outcome.FORGED
    assert world.state(sent) is State.ACCEPTED


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,"},
        {"webhook-signature": "garbage"},
        {"webhook-signature": "v1,not base64!"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-timestamp": "-1"},
        {"Webhook-Id": ""},
        {"Webhook-Id": "x" * 500},
        {"Webhook-Id": "another"},
    ],
)
def test_headers_of_any_shape_are_refused_without_an_exception(world, sent, change):
    headers, body = signed(sent, "delivered", at=START)

    assert receive(world, {**headers, **change}, body) is Outcome.FORGED


def test_a_recorded_webhook_is_worthless_after_five_minutes_of_our_own_clock(world, sent):
    told = signed(sent, "delivered", at=START)
    world.clock.advance(timedelta(minutes=6))

    assert receive(world, *told) is Outcome.STALE
    assert receive(world, *signed(sent, "delivered", at=START + timedelta(minutes=12))) is Outcome.STALE
    assert world.state(sent) is State.ACCEPTED


def test_a_second_secret_in_the_signature_list_allows_rotation(world, sent):
    headers, body = signed(sent, "delivered", at=START)
    other, _ = signed(sent, "delivered", at=START, secret=OTHER)
    both = {**headers, "webhook-signature": other["webhook-signature"] + " " + headers["webhook-signature"]}

    assert receive(world, both, body) is Outcome.APPLIED


def test_a_supplier_without_a_secret_may_not_call(world, sent):
    assert receive(world, *signed(sent, "delivered", at=START), secret=None) is Outcome.FORGED


@pytest.mark.parametrize("body", [b"{}", b"[]", b"\xff", b'{"type":"order.delivered"}', b"[" * 15_000])
def test_a_signed_body_that_makes_no_sense_is_refused(world, body):
    text = body.decode(errors="ignore")
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(int(START.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(SECRET).sign("m", START, text),
    }

    assert receive(world, headers, body) in {Outcome.MALFORMED, Outcome.FORGED}


def test_a_body_too_large_is_not_even_looked_at(world):
    assert receive(world, {}, b"x" * 30_000) is Outcome.MALFORMED


def test_news_of_an_order_we_do_not_know_or_of_a_kind_we_do_not_know_is_taken_and_ignored(world, sent):
    stranger = type(sent)(**{**sent.model_dump(), "reference": "fh-unknown"})

    assert receive(world, *signed(stranger, "delivered", at=START)) is Outcome.UNKNOWN_ORDER
    assert receive(world, *signed(sent, "painted_red", at=START, webhook_id="p")) is Outcome.UNKNOWN_TYPE


def test_a_partial_delivery_then_the_rest_counts_each_pack_once(world, sent):
    receive(world, *signed(sent, "partial", at=START, webhook_id="1", delivered_quantity=1))
    receive(world, *signed(sent, "partial", at=START, webhook_id="2", delivered_quantity=1))
    receive(world, *signed(sent, "delivered", at=START, webhook_id="3"))

    assert world.state(sent) is State.DELIVERED
    with db.reading(world.engine) as session:
        assert shelf.on_shelf(session, world.household_id, MILK) == 2


def test_news_of_an_order_that_never_left_is_not_believed(world):
    order = world.schedule()

    assert receive(world, *signed(order, "delivered", at=START)) is Outcome.NOTHING_NEW
    assert world.state(order) is State.SCHEDULED


@pytest.mark.parametrize(
    ("told", "known"),
    [("Swift  Parcels", "Swift Parcels"), ("", None), ("x" * 41, None), ({"name": "Swift"}, None), (7, None)],
)
def test_a_carrier_is_known_by_its_name_and_what_is_none_is_let_pass(world, sent, told, known):
    assert receive(world, *signed(sent, "shipped", at=START, carrier=told)) is Outcome.APPLIED
    assert (world.state(sent), world.order(sent.id).carrier) == (State.SHIPPED, known)


def test_a_delivery_teaches_by_the_day_that_its_webhook_names(world, sent):
    world.clock.advance(timedelta(days=4))
    body = signed(sent, "delivered", at=START + timedelta(days=1), carrier="Swift")[1]
    headers, _ = signed(sent, "delivered", at=world.clock.now())
    signature = standardwebhooks.Webhook(SECRET).sign("msg_1", world.clock.now(), body.decode())

    assert receive(world, {**headers, "webhook-signature": signature}, body) is Outcome.APPLIED

    with db.reading(world.engine) as session:
        assert deliveries.of_supplier(session, SUPPLIER) == [Delivered(1, "swift")]


def test_webhooks_that_come_twice_each_still_end_in_one_delivery(database_url):
    world = build(database_url, Habits(repeats_webhooks=1.0))
    order = world.schedule()

    world.on_time(hours=24 * 8)

    assert world.state(order) is State.DELIVERED
    assert world.outcomes.count(Outcome.REPEATED) == 3
    with db.reading(world.engine) as session:
        assert shelf.on_shelf(session, world.household_id, MILK) == 2
    world.engine.dispose()


def test_whoever_must_tell_the_customer_is_told_of_each_move_once(database_url):
    moves = []

    def on_change(session, change, now):
        moves.append((change.before, change.after))

    world = build(database_url, on_change=on_change)
    world.schedule()

    world.on_time(hours=24 * 8)

    assert moves == [
        (State.SENDING, State.ACCEPTED),
        (State.ACCEPTED, State.SHIPPED),
        (State.SHIPPED, State.DELIVERED),
    ]
    world.engine.dispose()
