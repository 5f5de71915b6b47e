"""A person says which product belongs into a place, where the device does not tell."""

from datetime import timedelta
from html import unescape

import pytest
from sqlmodel import select

from cloud import db
from cloud.catalogue.rules import id_of
from cloud.consumption import service as consumption
from cloud.devices.tables import Slot
from cloud.flows import review
from cloud.replenishment import ledger
from cloud.web import words
from contract import topics
from contract.fields import Kind, Purpose, Quality, Supply
from contract.messages import DeviceReport, Reading, Readings, Reported, SlotReport, encode
from contract.topics import Up
from kit.bus import Delivery
from tests.reviewing import DAY, STREAM, Home
from tests.web_api_world import World

COFFEE, POWDER, TABS, INK, CYAN = map(
    id_of, ("coffee-beans-1kg", "washing-powder-3kg", "dishwasher-tabs-60", "ink-black", "ink-cyan")
)


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    made = World(Home(engine))
    made.home.allow("supply")
    printer = [
        SlotReport(slot="1.1", kind=Kind.LEVEL_FRACTION, colour="black", description="Black ink"),
        SlotReport(slot="1.9", kind=Kind.LEVEL_FRACTION, supply=Supply.RECEPTACLE),
    ]
    scale = [SlotReport(slot="1", kind=Kind.AMOUNT_G)]
    devices = [
        DeviceReport(device="printer", type="printer", uuid="u-1", slots=printer),
        DeviceReport(device="scale", type="scale", serial="s-1", model="Shelf scale", slots=scale),
    ]
    report = Reported(stream=STREAM, boot=1, agent_version="1", config=1, consent=1, devices=devices)
    made.home.send(Delivery(topics.up("pi-1", Up.REPORTED), encode(report)))
    weighs(made, 1500.0)
    weighs(made, 1300.0)
    yield made
    engine.dispose()


def weighs(world, grams):
    """An hour later, and looked at."""
    home = world.home
    home.now += timedelta(hours=1)
    home.seq += 1
    reading = Reading(
        device="scale", slot="1", up_ms=home.seq, at_ms=int(home.now.timestamp() * 1000), kind=Kind.AMOUNT_G,
        value=grams, resolution=5.0, quality=Quality.GOOD, basis="measured", serial=None,
    )  # fmt: skip
    batch = Readings(stream=STREAM, seq=home.seq, boot=1, purpose=Purpose.SUPPLY, consent=1, readings=[reading])
    home.send(Delivery(topics.up("pi-1", Up.READINGS), encode(batch)))
    world.clock.advance(home.now - world.clock.now())
    looks(world, place(world).id)


def looks(world, slot_id):
    with db.transaction(world.home.engine) as session:
        review.review(session, world.home.new_id, slot_id, world.clock.now(), timedelta(hours=1))


def place(world, name="1"):
    with db.reading(world.home.engine) as session:
        return session.exec(select(Slot).where(Slot.name == name)).one()


def choose(world, product_id, slot_id=None):
    """On the page."""
    path = f"/supplies/{slot_id or place(world).id}/product"
    return world.ada.post(path, data={"csrf": world.ada.token, "product": product_id})


def put(world, product_id, name="1"):
    return world.ada.ask("PUT", f"/api/v1/slots/{place(world, name).id}/product", json={"product_id": product_id})


def test_a_place_whose_product_nobody_knows_asks_on_the_first_page(world):
    first = unescape(world.ada.get("/").text)
    own = unescape(world.ada.get(f"/supplies/{place(world).id}").text)

    assert "We do not know what belongs in Shelf scale" in first
    assert f'href="/supplies/{place(world).id}#product"' in first
    assert "1,300 g left" in first
    assert f'{words.REASONS["no_product"]} <a href="#product">Choose the product</a>' in own
    assert "Coffee beans, 1 kg" in own
    assert "Dishwasher tablets, 60" not in own  # they are counted, not weighed


def test_what_was_chosen_is_counted_in_its_own_packs_from_then_on(world):
    answer = choose(world, COFFEE)

    assert answer.headers["location"] == "/?done=product"
    assert place(world).product_id == COFFEE
    assert place(world).due_at == world.clock.now()
    looks(world, place(world).id)
    first = unescape(world.ada.get(answer.headers["location"]).text)
    assert words.DONE["product"] in first
    assert "We do not know what belongs" not in first
    with db.reading(world.home.engine) as session:
        assert consumption.state(session, place(world).id).level_packs == pytest.approx(1.3)
        assert ledger.history(session, place(world).id, limit=1)[0].reasons != ["no_product"]


def test_before_the_next_look_nothing_is_said_that_was_reckoned_for_another_product(world):
    choose(world, COFFEE)
    looks(world, place(world).id)

    shown = put(world, POWDER).json()

    assert (shown["product"]["id"], shown["level_packs"]) == (POWDER, None)
    assert (shown["forecast"]["quantiles"], shown["forecast"]["reason"]) == ([], "reckoning")
    looks(world, place(world).id)
    assert world.ada.get(f"/api/v1/slots/{place(world).id}").json()["level_packs"] == pytest.approx(1300 / 3000)


def test_the_same_choice_again_changes_nothing(world):
    choose(world, COFFEE)
    looks(world, place(world).id)
    before = place(world)

    assert choose(world, COFFEE).status_code == 303

    after = place(world)
    assert (after.due_at, after.folded_to) == (before.due_at, before.folded_to)


def test_programs_see_what_may_be_chosen_and_are_told_why_something_else_may_not(world):
    offered = world.ada.get(f"/api/v1/slots/{place(world).id}/products").json()
    refused = [put(world, TABS), put(world, "0" * 32), put(world, INK, "1.9")]

    assert {each["id"] for each in offered} >= {COFFEE, POWDER}
    assert TABS not in {each["id"] for each in offered}
    assert [(r.status_code, r.json()["type"]) for r in refused] == [
        (422, "/problems/not-counted-so"), (404, "/problems/no-such-product"), (422, "/problems/not-a-consumable"),
    ]  # fmt: skip
    assert place(world).product_id is None


def test_a_page_refuses_in_words_what_does_not_belong_there(world):
    answers = [choose(world, TABS), choose(world, "0" * 32), choose(world, "0" * 33), choose(world, COFFEE, "0" * 32)]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 404]
    assert words.FORM_PROBLEM in unescape(answers[0].text)
    assert place(world).product_id is None


def test_the_choice_of_one_home_is_not_the_choice_of_another(world):
    slot_id = place(world).id

    answer = world.bob.ask("PUT", f"/api/v1/slots/{slot_id}/product", json={"product_id": COFFEE})

    assert answer.status_code == 404
    assert place(world).product_id is None


@pytest.mark.parametrize(("reason", "state"), [("mandate", "cancelled"), ("tap", "scheduled")])
def test_what_was_planned_for_the_former_product_is_cancelled_and_a_persons_own_order_stays(world, reason, state):
    slot_id = place(world, "1.1").id
    looks(world, slot_id)
    ordered = world.ada.post("/api/v1/orders", key="k1", json={"slot_id": slot_id, "quantity": 1})
    with db.transaction(world.home.engine) as session:
        order = session.merge(world.orders()[0])
        order.reason = reason
    world.clock.advance(DAY / 48)

    choose(world, CYAN, slot_id)

    assert ordered.status_code == 201
    assert [(order.product_id, str(order.state)) for order in world.orders()] == [(INK, state)]
