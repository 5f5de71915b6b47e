"""The guests stay another week: more is used, and everything else goes on."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from cloud import db
from cloud.calendars import rules as calendar_rules
from cloud.calendars import service as calendars
from cloud.calendars.rules import PauseKind
from cloud.consumption import service as consumption
from cloud.consumption.tables import ForecastRow, SlotStateRow
from cloud.devices.tables import Device, Slot
from cloud.flows import permissions, situation
from cloud.flows.products import product_of
from tests.reviewing import DAY, Home

MIDDLE = 3


@pytest.fixture
def home(home: Home) -> Home:
    home.passes(6)
    return home


def guests(home: Home, first: int, days: int) -> str:
    """From so many days ahead on."""
    today = home.now.date()
    stay = calendars.NewPause(
        today + timedelta(days=first), today + timedelta(days=first + days - 1), PauseKind.GUESTS, None, "person",
        home.person_id,
    )  # fmt: skip
    with db.transaction(home.engine) as session:
        made = calendars.add_pause(session, home.new_id, home.household_id, stay, home.now)
        permissions.look_again(session, home.household_id, home.now)
        return made.id


def exposures(home: Home) -> tuple[float, list[float]]:
    """Over the next ten days at once, and by day."""
    with Session(home.engine) as session:
        slot = session.exec(select(Slot)).one()
        at = situation.place(session, slot, product_of(session, slot, session.exec(select(Device)).one()), home.now)
        return at.exposure_between(home.now, home.now + 10 * DAY), list(at.exposure_ahead(home.now)[:10])


def empties_on(home: Home) -> str:
    home.review()
    with Session(home.engine) as session:
        rows = select(ForecastRow).order_by(col(ForecastRow.made_at).desc(), col(ForecastRow.id))
        dates = [row.dates[MIDDLE] for row in session.exec(rows) if row.dates]
        return dates[0][:10]


def test_a_day_with_guests_counts_for_half_a_day_more(home):
    guests(home, 2, 4)

    total, by_day = exposures(home)

    assert total == pytest.approx(10 + 4 * situation.GUESTS_USE)
    assert by_day[1] == 1.0
    assert by_day[2] == by_day[5] == pytest.approx(1 + situation.GUESTS_USE)


def test_it_moves_the_day_the_right_way_and_not_far_and_can_be_taken_back(home):
    before = empties_on(home)
    stay = guests(home, 0, 7)

    with_guests = empties_on(home)
    with db.transaction(home.engine) as session:
        calendars.cancel_pause(session, home.household_id, stay, home.now)
        permissions.look_again(session, home.household_id, home.now)

    assert with_guests < before
    assert empties_on(home) == before


def test_nothing_is_paused_by_guests(home):
    guests(home, 0, 10)

    with Session(home.engine) as session:
        seen = calendars.view(session, home.household_id, "Europe/Berlin", home.now, 30)

    assert seen.blocked == frozenset()
    assert seen.presence is calendar_rules.Presence.HOME
    assert seen.absences == ()


def test_what_guests_use_is_no_new_habit(home):
    guests(home, 0, 10)
    home.passes(8, use=0.05 * (1 + situation.GUESTS_USE))

    with Session(home.engine) as session:
        state = consumption.state(session, session.exec(select(SlotStateRow)).one().slot_id)

    assert state.use_per_day == pytest.approx(0.05, rel=0.08)


def test_guests_in_an_empty_home_use_nothing():
    hour = timedelta(hours=1)
    start = Home.__dataclass_fields__["now"].default
    stay, away = (
        ((start, start + 10 * hour),),
        ((start + 2 * hour, start + 4 * hour), (start + 9 * hour, start + 20 * hour)),
    )

    left = calendar_rules.without(stay, away)

    assert left == ((start, start + 2 * hour), (start + 4 * hour, start + 9 * hour))
