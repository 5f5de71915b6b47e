"""What nobody types by mistake: answered with a refusal, never with a fault of ours, and nothing breaks after it."""

from datetime import date, timedelta

import pytest

from cloud import db
from cloud.calendars.rules import PauseKind
from cloud.calendars.tables import PauseRow
from cloud.people import service as people
from cloud.people.tables import Person
from cloud.views import months
from cloud.web import translations, words
from tests.reviewing import Home
from tests.web_api_world import World

LAST_DAY = date.max.isoformat()
AFTER = ("/", "/away", "/api/v1/slots", "/api/v1/pauses")


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    yield World(Home(engine))
    engine.dispose()


def stands(world):
    """Every page and every review still works."""
    world.home.passes(1)
    world.clock.advance(world.home.now - world.clock.now())
    return {path: world.ada.get(path).status_code for path in AFTER} == dict.fromkeys(AFTER, 200)


def test_a_pause_at_the_end_of_time_is_refused_in_words(world):
    form = {"csrf": world.ada.token, "first": LAST_DAY, "last": LAST_DAY, "kind": "away"}

    asked = world.ada.post("/api/v1/pauses", json={"starts_on": LAST_DAY, "ends_on": LAST_DAY})
    typed = world.ada.post("/away/pauses", data=form)

    assert (asked.status_code, asked.json()["type"]) == (422, "/problems/too-far-ahead")
    assert words.CALENDAR_PROBLEMS["too_far_ahead"] in world.ada.get(typed.headers["location"]).text
    assert stands(world)


@pytest.mark.parametrize(("first", "last"), [(date.max, date.max), (date(2026, 3, 5), date.max)])
def test_a_pause_at_the_end_of_time_that_is_stored_already_breaks_nothing(world, first, last):
    with db.transaction(world.home.engine) as session:
        session.add(PauseRow(
            id="9" * 32, household_id=world.home.household_id, starts_on=first, ends_on=last, kind=PauseKind.AWAY,
            source="person", created_at=world.clock.now(),
        ))  # fmt: skip

    assert stands(world)


@pytest.mark.parametrize(
    "asked",
    [
        f"first=2026-03-03&last={LAST_DAY}", "first=2026-03-03&last=9999-12-30", f"first={LAST_DAY}&last={LAST_DAY}",
        f"first={LAST_DAY}", "first=0001-01-01&last=0001-01-01", "month=9999-12", "month=0001-01",
    ],
)  # fmt: skip
def test_days_that_nobody_can_tap_show_the_months_there_are(world, asked):
    assert world.ada.get(f"/away?{asked}").status_code == 200


def test_the_days_of_a_new_pause_end_with_what_the_calendar_knows(world):
    asked = months.Asked("", world.clock.now().date(), date.max)

    with db.reading(world.home.engine) as session:
        seen = months.view(session, world.home.household_id, asked, world.clock.now())

    assert seen.last == world.clock.now().date() + timedelta(days=months.HORIZON_DAYS - 1)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_days_at_either_end_of_time_are_refused_wherever_the_home_is(world, zone):
    order_id = world.tap()
    with db.transaction(world.home.engine) as session:
        people.household(session, world.home.household_id).time_zone = zone
    terms = {"product_ids": ["0" * 32], "max_unit_price_minor": 1, "monthly_cap_minor": 1}

    for day in (date.min.isoformat(), LAST_DAY):
        held = world.ada.post(f"/orders/{order_id}/hold", data={"csrf": world.ada.token, "until": day})
        signed = world.ada.post("/api/v1/mandates", key=day, json={**terms, "last_day": day})
        assert (held.status_code, signed.status_code) == (400, 422)


@pytest.mark.parametrize("page", ["%s?cursor=", "%s?limit="])
def test_a_list_is_asked_for_with_numbers_beyond_all_numbers(world, page):
    for value in ("9" * 30, "-1", "%00", "OTk5OS0xMi0zMVQyMzo1OTo1OS0xMjowMHx4"):
        assert world.ada.get(page % "/api/v1/orders" + value).status_code < 500


def test_a_nul_is_refused_wherever_it_is_sent(world):
    order = {"slot_id": "a\0b", "quantity": 1}
    note = {"starts_on": "2026-07-01", "ends_on": "2026-07-02", "note": "a\0b"}
    calls = {
        "path": world.ada.get("/api/v1/slots/%00"),
        "hook": world.nobody.post("/hooks/suppliers/%00", content=b"{}"),
        "page": world.ada.get("/supplies/%00"),
        "query": world.ada.get("/api/v1/decisions?slot_id=%00"),
        "email": world.nobody.post("/sign-in", data={"email": "a\0b@example.org", "password": "x"}),
        "password": world.nobody.post("/sign-in", data={"email": "ada@example.org", "password": "a\0b"}),
        "invitation": world.nobody.get("/welcome/%00"),
        "cookie": world.nobody.get("/", headers={"Cookie": "forehand=%00"}),
        "body": world.ada.post("/api/v1/orders", key="k1", json=order),
        "key": world.ada.post("/api/v1/orders", key="k\0", json={**order, "slot_id": world.slot_id}),
        "note": world.ada.post("/api/v1/pauses", json=note),
        "form": world.ada.post("/undo", data={"csrf": world.ada.token, "booking": "a\0b"}),
    }

    statuses = {name: answer.status_code for name, answer in calls.items()}

    assert {name: status for name, status in statuses.items() if status >= 500} == {}
    assert [statuses[name] for name in ("path", "hook", "page", "invitation")] == [404] * 4
    assert calls["path"].headers["content-type"] == "application/problem+json"
    assert calls["hook"].headers["content-type"] == "application/problem+json"
    assert stands(world)


def test_a_refusal_is_said_in_the_language_of_the_account_and_leads_on(world):
    with db.transaction(world.home.engine) as session:
        session.get_one(Person, world.home.person_id).language = "zh"

    refused = world.ada.get("/no/such/page", headers={"Accept-Language": "en"})
    stranger = world.nobody.get("/no/such/page", headers={"Accept-Language": "en"})

    assert translations.of("zh").gettext(words.NOT_FOUND) in refused.text
    assert '<a href="/away"' in refused.text
    assert words.NOT_FOUND in stranger.text
    assert '<a href="/away"' not in stranger.text
