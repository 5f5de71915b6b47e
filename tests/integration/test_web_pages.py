"""What people change on pages, and what staff see, on both databases."""

from datetime import timedelta
from html import unescape

import pytest
from sqlmodel import select

from cloud import db, outbox
from cloud.calendars.tables import CalendarRow
from cloud.devices.inbox_tables import SetAside
from cloud.devices.tables import Slot
from cloud.orders import service as orders
from cloud.orders import views
from cloud.orders.rules import Event, Reason, State
from cloud.orders.service import News, OrderRequest
from cloud.orders.tables import Order
from cloud.outbox.tables import OutboxRow
from cloud.people import service as people
from cloud.web import words
from cloud.web.api.limits import MAX_BODY_BYTES, MAX_UPLOAD_BYTES
from tests.reviewing import DAY, Home
from tests.web_api_world import World


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    yield World(Home(engine))
    engine.dispose()


def press(caller, path, **fields):
    return caller.post(path, data={"csrf": caller.token, **fields})


def only_order(world):
    (order,) = world.orders()
    return order


def runs_low(world):
    """In five days, so that Ada is still signed in."""
    world.home.level = 0.5
    world.home.passes(5, use=0.09)
    world.clock.advance(world.home.now - world.clock.now())


def calendar(world):
    with db.transaction(world.home.engine) as session:
        session.add(CalendarRow(
            id="c" * 32, household_id=world.home.household_id, name="Family", created_at=world.clock.now(),
            next_fetch_at=world.clock.now() + DAY,
        ))  # fmt: skip


def test_an_order_is_put_off_to_the_morning_of_a_day(world):
    order_id = world.tap()
    day = (world.clock.now() + 9 * DAY).date()

    press(world.ada, f"/orders/{order_id}/hold", until=day.isoformat())

    order = only_order(world)
    assert (order.state, order.send_at.isoformat()) == (State.HELD, f"{day}T07:00:00+00:00")


def test_an_order_is_put_off_neither_into_the_past_nor_for_ever(world):
    order_id = world.tap()
    before = only_order(world).send_at

    answers = [
        press(world.ada, f"/orders/{order_id}/hold", until=(world.clock.now() + days * DAY).date().isoformat())
        for days in (-1, 400)
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert only_order(world).send_at == before


def test_a_person_takes_more_of_their_own_order_until_it_leaves(world):
    order_id = world.tap()

    press(world.ada, f"/orders/{order_id}/quantity", quantity=3)
    with db.transaction(world.home.engine) as session:
        orders.started(session, session.get_one(Order, order_id), world.clock.now())
    late = press(world.ada, f"/orders/{order_id}/quantity", quantity=1)

    assert only_order(world).quantity == 3
    assert late.headers["location"] == "/?done=too_late"


def test_how_much_is_ordered_by_itself_is_not_changed_past_its_agreement(world):
    order_id = world.tap()
    with db.transaction(world.home.engine) as session:
        session.get_one(Order, order_id).reason = Reason.MANDATE

    shown = world.ada.get(f"/orders/{order_id}").text
    press(world.ada, f"/orders/{order_id}/quantity", quantity=3)

    assert "/quantity" not in shown
    assert only_order(world).quantity == 1


def test_what_has_left_can_only_be_asked_back(world):
    order_id = world.tap()
    with db.transaction(world.home.engine) as session:
        order = session.get_one(Order, order_id)
        orders.started(session, order, world.clock.now())
        orders.happened(session, world.home.new_id, order_id, News(Event.ACCEPTED, "S-1"), world.clock.now())

    shown = world.ada.get(f"/orders/{order_id}").text

    assert "/hold" not in shown
    assert "/send" not in shown
    assert "/cancel" in shown


def test_a_home_that_moves_has_its_calendars_and_supplies_looked_at_again(world):
    calendar(world)
    with db.transaction(world.home.engine) as session:
        session.exec(select(Slot)).one().due_at = world.clock.now() + DAY

    answer = press(world.ada, "/settings/time-zone", zone="Asia/Shanghai")

    assert answer.headers["location"] == "/settings?done=zone"
    with db.reading(world.home.engine) as session:
        assert people.household(session, world.home.household_id).time_zone == "Asia/Shanghai"
        assert session.exec(select(Slot)).one().due_at == world.clock.now()
        assert session.exec(select(CalendarRow)).one().next_fetch_at == world.clock.now()


def test_a_place_that_does_not_exist_changes_nothing(world):
    answer = press(world.ada, "/settings/time-zone", zone="Moon/Tranquility")

    assert answer.status_code == 400
    with db.reading(world.home.engine) as session:
        assert people.household(session, world.home.household_id).time_zone == "Europe/Berlin"


def test_a_form_that_is_too_large_is_not_read(world):
    text = "x" * (MAX_BODY_BYTES + 1)

    stranger = world.nobody.post("/sign-in", data={"email": text, "password": "x"})
    own = world.ada.post("/language", data={"csrf": world.ada.token, "language": text})

    assert (stranger.status_code, own.status_code) == (413, 413)
    assert words.TOO_LARGE in unescape(own.text)


@pytest.mark.parametrize(("size", "status"), [(600 * 1024, 303), (MAX_UPLOAD_BYTES + 1, 413)])
def test_a_calendar_that_is_too_large_is_refused_in_its_own_words(world, size, status):
    answer = world.ada.post(
        "/away/calendars", data={"csrf": world.ada.token}, files={"file": ("family.ics", b"x" * size)}
    )

    assert answer.status_code == status
    assert answer.headers.get("location", "/away?problem=too_large") == "/away?problem=too_large"


def trouble(world):
    """One thing for each page of staff."""
    now = world.clock.now()
    with db.transaction(world.home.engine) as session:
        session.add(SetAside(
            agent_id="pi-1", topic="t", reason="not_json", detail="ends <b>early", body=b"secret", size=17,
            received_at=now,
        ))  # fmt: skip
        mail = session.get_one(
            OutboxRow, outbox.put(session, world.home.new_id, "mail.send", {}, not_before=now, now=now)
        )
        mail.dead_at, mail.last_error = now, "refused_address"
    order_id = world.tap()
    with db.transaction(world.home.engine) as session:
        orders.started(session, session.get_one(Order, order_id), now - timedelta(hours=3))
        orders.happened(session, world.home.new_id, order_id, News(Event.UNCERTAIN), now)


def test_staff_see_what_waits_for_them_and_how_much_of_it(world):
    trouble(world)

    agents, aside, doubt, given_up = (
        world.sue.get(path).text for path in ("/staff", "/staff/set-aside", "/staff/orders", "/staff/outbox")
    )

    assert "pi-1" in agents
    assert agents.count('<span class="word ask">1</span>') == 3
    assert "not_json" in aside
    assert "ends &lt;b&gt;early" in aside
    assert "secret" not in aside
    assert f"fh-{only_order(world).id}" in doubt
    assert "3 hours ago" in doubt
    assert "refused_address" in given_up


def test_staff_see_from_which_agent_readings_came_too_late(world):
    world.home.passes(1)
    world.home.reads(0.9, world.home.now - 61 * DAY)
    world.home.reads(0.9, world.home.now - 62 * DAY)

    shown = world.sue.get("/staff").text

    [row] = [line for line in shown.splitlines() if '<th scope="row">pi-1</th>' in line]
    assert '<td class="number">2</td>' in row


def test_staff_are_told_that_nothing_waits(world):
    assert "The suppliers have answered about every order." in world.sue.get("/staff/orders").text
    assert "Every message could be read and kept." in world.sue.get("/staff/set-aside").text


def test_an_agent_that_fell_silent_stands_first_and_is_called_so(world):
    world.clock.advance(5 * DAY)

    shown = world.sue.get("/staff").text

    assert words.FRESHNESS["stale"] in shown
    assert "5 days ago" in shown


def test_the_button_that_orders_has_product_and_price_beside_it(world):
    runs_low(world)

    shown = world.ada.get("/").text
    begins = shown.index('<li class="asks">')
    ask = unescape(shown[begins : shown.index("</li>", begins)])

    assert "Black ink cartridge for €18.90?" in ask
    assert "Order with obligation to pay" in ask
    assert 'name="shown_minor" value="1890"' in ask


def test_a_reason_leads_to_where_it_can_be_changed(world):
    world.home.allow("order")
    with db.transaction(world.home.engine) as session:
        session.exec(select(Slot)).one().mode = "automatic"
    runs_low(world)

    shown = world.ada.get(f"/supplies/{world.slot_id}").text

    assert f'{words.REASONS["no_mandate"]} <a href="/agreements/new">' in unescape(shown)


def test_two_orders_of_one_household_are_changed_apart(world):
    order_id = world.tap()
    first = only_order(world)
    with db.transaction(world.home.engine) as session:
        request = OrderRequest(
            household_id=first.household_id, product_id=first.product_id, pack_id=first.pack_id,
            supplier_id=first.supplier_id, quantity=1, packs_each=1, price_minor=100, currency="EUR",
            reason=Reason.TAP, send_at=first.send_at,
        )  # fmt: skip
        other = orders.schedule(session, world.home.new_id, request, world.clock.now())
        assert isinstance(other, Order)
        other_id = other.id

    press(world.ada, f"/orders/{other_id}/quantity", quantity=2)

    with db.reading(world.home.engine) as session:
        assert {o.id: o.quantity for o in views.open_orders(session, world.home.household_id)} == {
            order_id: 1, other_id: 2
        }  # fmt: skip
