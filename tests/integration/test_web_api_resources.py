"""Slots, decisions, pauses, consents, mandates by program."""

from datetime import timedelta

import pytest

from cloud import db
from cloud.catalogue.rules import id_of
from tests.reviewing import Home
from tests.web_api_world import World

TERMS = {
    "product_ids": [id_of("ink-black")], "max_unit_price_minor": 4000, "monthly_cap_minor": 9000,
    "last_day": "2026-12-31",
}  # fmt: skip


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    yield World(Home(engine))
    engine.dispose()


def sign(world, key="k1", **terms):
    asked = {**TERMS, **terms}
    text = world.ada.post("/api/v1/mandates", key=f"{key}-read", json=asked).json().get("text", "")
    return world.ada.post("/api/v1/mandates", key=key, json={**asked, "text": text})


def test_a_program_learns_who_it_speaks_for_and_with_which_token(world):
    me = world.ada.get("/api/v1/me").json()

    assert (me["name"], me["household_id"], me["csrf_token"]) == ("Ada", world.home.household_id, world.ada.token)


def test_a_slot_comes_with_its_forecast_and_decision(world):
    world.home.passes(4)
    world.clock.jump(world.home.now)

    slot = world.ada.get(f"/api/v1/slots/{world.slot_id}").json()

    assert slot == world.ada.get("/api/v1/slots").json()[0]
    assert slot["product"]["id"] == id_of("ink-black")
    assert slot["level_packs"] == pytest.approx(0.8)
    assert [each["level"] for each in slot["forecast"]["quantiles"]] == [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
    assert slot["decision"]["slot_id"] == slot["id"]


def test_decisions_are_a_history_with_their_inputs(world):
    world.home.passes(4)

    first = world.ada.get("/api/v1/decisions?limit=1")
    second = world.ada.get(first.headers["Link"].split(">")[0][1:])
    one = world.ada.get(f"/api/v1/decisions/{first.json()[0]['id']}").json()

    assert first.json()[0]["decided_at"] > second.json()[0]["decided_at"]
    assert "inputs" not in first.json()[0]
    assert one["inputs"]
    assert world.ada.get("/api/v1/decisions?slot_id=none").json() == []


def test_a_pause_is_made_seen_and_ended(world):
    made = world.ada.post("/api/v1/pauses", json={"starts_on": "2026-07-01", "ends_on": "2026-07-09"})

    assert made.status_code == 201
    assert world.ada.get("/api/v1/pauses").json() == [made.json()]
    assert world.ada.ask("DELETE", f"/api/v1/pauses/{made.json()['id']}").status_code == 204
    assert world.ada.get("/api/v1/pauses").json() == []
    assert world.ada.ask("DELETE", f"/api/v1/pauses/{made.json()['id']}").status_code == 404


def test_a_pause_that_ends_before_it_starts_is_refused(world):
    answer = world.ada.post("/api/v1/pauses", json={"starts_on": "2026-07-09", "ends_on": "2026-07-01"})

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/ends-before-start")


def test_consent_is_given_in_the_words_that_were_shown(world):
    shown = {each["purpose"]: each for each in world.ada.get("/api/v1/consents").json()["purposes"]}
    asked = {"purpose": "order", "given": True, "text": shown["order"]["text"]}

    given = world.ada.post("/api/v1/consents", key="k1", json=asked)

    assert given.status_code == 200
    assert given.json()["ledger"][-1]["text"] == shown["order"]["text"]
    assert given.json()["ledger"][-1]["channel"] == "api"
    assert given.json()["version"] == 2


def test_consent_in_other_words_is_not_given(world):
    answer = world.ada.post("/api/v1/consents", key="k1", json={"purpose": "order", "given": True, "text": "yes"})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/other-words")
    assert answer.json()["text"]
    assert len(world.ada.get("/api/v1/consents").json()["ledger"]) == 1


def test_taking_consent_back_needs_no_words(world):
    answer = world.ada.post("/api/v1/consents", key="k1", json={"purpose": "supply", "given": False, "text": ""})

    assert [each["given"] for each in answer.json()["purposes"]] == [False, False, False]


def test_a_mandate_is_signed_word_by_word_and_cancelled_with_a_date(world):
    signed = sign(world)
    mandate = f"/api/v1/mandates/{signed.json()['id']}"

    assert signed.status_code == 201, signed.text
    assert "€40.00" in signed.json()["text"]
    assert world.ada.get("/api/v1/mandates").json() == [signed.json()]
    world.clock.advance(timedelta(minutes=5))
    assert world.ada.ask("DELETE", mandate).json()["cancelled_at"] is not None
    assert world.ada.get("/api/v1/mandates").json() == []


def test_a_mandate_in_other_words_is_not_signed(world):
    answer = world.ada.post("/api/v1/mandates", key="k1", json={**TERMS, "text": "whatever"})

    assert answer.status_code == 409
    assert world.ada.get("/api/v1/mandates").json() == []


def test_a_mandate_does_not_outlast_a_year_nor_cover_what_fits_nowhere(world):
    assert sign(world, "k1", last_day="2029-01-01").status_code == 422
    assert sign(world, "k2", product_ids=["0" * 32]).status_code == 404


def test_a_new_mandate_ends_the_one_before(world):
    first = sign(world, "k1").json()["id"]
    second = sign(world, "k2", max_quantity=3).json()["id"]

    assert first != second
    assert [each["id"] for each in world.ada.get("/api/v1/mandates").json()] == [second]
