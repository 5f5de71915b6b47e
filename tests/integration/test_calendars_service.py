"""Pauses and calendars of a household, from the first look to the view that decisions use."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from cloud import db
from cloud.calendars import refresh, service
from cloud.calendars.feeds import Fetched, NotModified
from cloud.calendars.ics import Refused, read
from cloud.calendars.rules import PauseKind, Presence
from cloud.calendars.tables import AbsenceRow, CalendarRow, PauseRow
from cloud.people import service as people
from kit import ids

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ZONE = "Europe/Berlin"
FIXTURES = Path(__file__).parents[1] / "fixtures" / "ics"
GOOGLE = (FIXTURES / "google.ics").read_bytes()
SECRET = "https://calendar.example/private-4711/basic.ics"  # the kind of address that must not be shown


class Home:
    """One household and the calls that the pages and the jobs make for it."""

    def __init__(self, engine) -> None:
        self.engine = engine
        self.ids = ids.seeded(1)
        with db.transaction(engine) as session:
            self.id = people.add_household(session, self.ids, "Ada", ZONE, NOW).id

    def pause(self, starts_on: date, ends_on: date, kind: PauseKind = PauseKind.AWAY) -> PauseRow | Refused:
        with db.transaction(self.engine) as session:
            return service.add_pause(session, self.ids, self.id, service.NewPause(starts_on, ends_on, kind), NOW)

    def add(self, body: bytes = GOOGLE, url: str | None = SECRET) -> CalendarRow | Refused:
        new = service.NewCalendar("Family", url)
        examined = service.examine(new, Fetched(body, '"1"'), ZONE, read, NOW)
        assert isinstance(examined, service.Examined)
        with db.transaction(self.engine) as session:
            return service.add_calendar(session, self.ids, self.id, examined, NOW)

    def refresh(self, answer, now: datetime, expander=read) -> list[bool]:
        with db.transaction(self.engine) as session:
            due = refresh.claim_due(session, now)
        results = [refresh.refresh(one, lambda *_: answer, expander) for one in due]
        with db.transaction(self.engine) as session:
            return [refresh.record_fetch(session, *pair, now) for pair in zip(due, results, strict=True)]

    def view(self, now: datetime = NOW, horizon_days: int = 90) -> service.HouseholdCalendar:
        with db.reading(self.engine) as session:
            return service.view(session, self.id, ZONE, now, horizon_days)

    def calendar(self) -> CalendarRow:
        with db.reading(self.engine) as session:
            return session.exec(select(CalendarRow)).one()


@pytest.fixture
def home(database_url: str):
    engine = db.engine(database_url)
    yield Home(engine)
    engine.dispose()


def berlin(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def test_a_household_without_calendars_is_home(home):
    view = home.view()

    assert view.presence == Presence.HOME
    assert view.absences == ()
    assert view.blocked == frozenset()
    assert view.first_delivery_day(date(2026, 6, 1)) == date(2026, 6, 1)


def test_a_pause_stops_use_and_deliveries_until_it_is_cancelled(home):
    pause = home.pause(date(2026, 6, 3), date(2026, 6, 5))
    before = home.view()

    assert before.absences == ((berlin(2026, 6, 3), berlin(2026, 6, 6)),)
    assert before.blocked == {date(2026, 6, 3), date(2026, 6, 4), date(2026, 6, 5)}
    assert before.first_delivery_day(date(2026, 6, 4)) == date(2026, 6, 6)

    with db.transaction(home.engine) as session:
        assert service.cancel_pause(session, home.id, pause.id, NOW)
        assert not service.cancel_pause(session, home.id, pause.id, NOW)
    assert home.view().blocked == frozenset()
    assert home.view().version != before.version


def test_a_pause_of_deliveries_leaves_use_alone(home):
    home.pause(date(2026, 6, 3), date(2026, 6, 5), PauseKind.NO_DELIVERIES)

    assert home.view().absences == ()
    assert len(home.view().blocked) == 3


def test_a_pause_that_makes_no_sense_is_refused(home):
    assert home.pause(date(2026, 6, 5), date(2026, 6, 3)) == Refused("ends_before_start")


def test_nobody_cancels_the_pause_of_another_household(home):
    pause = home.pause(date(2026, 6, 3), date(2026, 6, 5))

    with db.transaction(home.engine) as session:
        assert not service.cancel_pause(session, "f" * 32, pause.id, NOW)


def test_a_calendar_says_at_once_what_was_found(home):
    body = (FIXTURES / "bad-event.ics").read_bytes()

    examined = service.examine(service.NewCalendar("Family"), Fetched(body), ZONE, read, NOW)

    assert isinstance(examined, service.Examined)
    assert examined.absences_ahead(NOW) == 2
    assert len(examined.found.quarantined) == 4


def test_a_holiday_in_a_calendar_blocks_its_days_and_the_milk_comes_on_the_day_of_return(home):
    home.add()

    view = home.view(berlin(2026, 7, 8))

    assert view.presence == Presence.AWAY
    assert view.away_until == berlin(2026, 7, 18)
    assert view.first_delivery_day(date(2026, 7, 8)) == date(2026, 7, 18)


def test_an_address_is_never_shown_whole_nor_printed(home):
    row = home.add()

    with db.reading(home.engine) as session:
        (shown,) = service.calendars(session, home.id)
    with db.transaction(home.engine) as session:
        (due,) = refresh.claim_due(session, NOW + DAY)
    assert shown.host == "calendar.example"
    assert not any("4711" in repr(thing) for thing in (row, shown, due, service.NewCalendar("Family", SECRET)))


def test_no_title_of_an_event_is_kept_with_the_absences(home):
    home.add()

    with db.reading(home.engine) as session:
        kept = session.exec(select(AbsenceRow)).all()
    assert kept
    assert set(kept[0].model_dump()) == {"calendar_id", "starts_at", "ends_at", "household_id"}


def test_what_is_due_is_claimed_once_and_again_after_a_lease(home):
    home.add()

    with db.transaction(home.engine) as session:
        assert refresh.claim_due(session, NOW) == []
        assert len(refresh.claim_due(session, NOW + DAY)) == 1
        assert refresh.claim_due(session, NOW + DAY) == []
        assert len(refresh.claim_due(session, NOW + DAY + refresh.LEASE)) == 1


def test_what_was_planned_before_the_clock_stepped_back_is_due(home):
    home.add()

    with db.transaction(home.engine) as session:
        assert len(refresh.claim_due(session, NOW - 30 * DAY)) == 1
        assert refresh.claim_due(session, NOW - 30 * DAY) == []


def test_a_changed_feed_changes_the_absences_and_the_version(home):
    home.add()
    before = home.view()

    changed = home.refresh(Fetched(GOOGLE.replace(b"20260718", b"20260721"), '"2"'), NOW + DAY)

    assert changed == [True]
    assert home.view().first_delivery_day(date(2026, 7, 8)) == date(2026, 7, 21)
    assert home.view().version != before.version
    assert home.calendar().etag == '"2"'


def test_an_unchanged_feed_is_not_expanded_again_on_the_same_day(home):
    home.add()
    version = home.view().version

    def never(*_):
        raise AssertionError

    assert home.refresh(NotModified(), NOW + timedelta(hours=2), never) == [False]
    assert home.refresh(Fetched(GOOGLE, '"9"'), NOW + timedelta(hours=4), never) == [False]
    assert home.refresh(NotModified(), NOW + DAY) == [False]
    assert home.view().version == version


def test_a_file_finds_its_repetitions_anew_as_time_moves_on(home):
    yearly = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Holiday\r\nDTSTART;VALUE=DATE:20260801\r\n"
    home.add(yearly + b"RRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", url=None)
    later = NOW + 365 * DAY

    home.refresh(Refused("never asked"), later)

    assert home.view(later).blocked == {date(2027, 8, 1)}


def test_a_feed_that_fails_keeps_its_holiday_and_after_a_while_is_unknown_never_home(home):
    home.add()
    for days in range(1, 4):
        home.refresh(Refused("server_error"), NOW + days * DAY)

    row = home.calendar()
    assert (row.failure, row.failed_since) == ("server_error", NOW + DAY)
    assert home.view(NOW + DAY).presence == Presence.HOME
    assert home.view(NOW + 3 * DAY).presence == Presence.UNKNOWN
    assert home.view(NOW + 3 * DAY).unknown_since == NOW + 2 * DAY
    assert home.view(berlin(2026, 7, 8)).presence == Presence.AWAY


def test_a_feed_that_comes_back_is_known_again(home):
    home.add()
    home.refresh(Refused("unreachable"), NOW + 3 * DAY)

    home.refresh(NotModified(), NOW + 4 * DAY)

    assert home.view(NOW + 4 * DAY).presence == Presence.HOME
    assert home.calendar().failure is None


def test_a_web_page_in_place_of_the_feed_does_not_wipe_out_the_holiday(home):
    home.add()

    home.refresh(Fetched(b"<html>Please sign in</html>"), NOW + DAY)

    assert home.calendar().failure == "not_a_calendar"
    assert date(2026, 7, 8) in home.view(NOW + DAY).blocked


def test_a_removed_calendar_leaves_nothing_behind_even_if_a_fetch_was_under_way(home):
    row = home.add()
    with db.transaction(home.engine) as session:
        (due,) = refresh.claim_due(session, NOW + DAY)
    with db.transaction(home.engine) as session:
        assert service.remove_calendar(session, home.id, row.id, NOW)
        assert not service.remove_calendar(session, home.id, row.id, NOW)

    with db.transaction(home.engine) as session:
        assert not refresh.record_fetch(session, due, refresh.refresh(due, lambda *_: Fetched(GOOGLE), read), NOW)

    assert home.view().absences == ()
    assert (home.calendar().url, home.calendar().body) == (None, None)
    with db.reading(home.engine) as session:
        assert session.exec(select(AbsenceRow).where(col(AbsenceRow.calendar_id) == row.id)).all() == []


def test_a_household_has_a_limited_number_of_calendars(home):
    for _ in range(service.MAX_CALENDARS):
        assert isinstance(home.add(url=None), CalendarRow)

    assert home.add() == Refused("too_many_calendars")
