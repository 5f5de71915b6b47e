"""No pause, no holiday and no consent taken back for anything else stops an alarm, or makes it wait."""

from datetime import timedelta

import pytest

from cloud import db
from cloud.calendars import service as calendars
from cloud.calendars.feeds import Fetched
from cloud.calendars.ics import read
from cloud.calendars.rules import PauseKind, Presence
from cloud.calendars.tables import PauseRow
from contract.fields import Purpose
from tests.alarms_world import Night

ZONE = "Europe/Berlin"
TWO_ROUNDS = timedelta(seconds=4 * 180)
HOLIDAY = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Calendar//EN
BEGIN:VEVENT
UID:holiday@example.org
SUMMARY:Holiday
DTSTART;VALUE=DATE:20260228
DTEND;VALUE=DATE:20260310
X-MICROSOFT-CDO-BUSYSTATUS:OOF
END:VEVENT
END:VCALENDAR
""".replace(b"\n", b"\r\n")


def pause(night: Night, kind: PauseKind) -> None:
    today = night.now.date()
    new = calendars.NewPause(today, today + timedelta(days=7), kind)
    with db.transaction(night.engine) as session:
        assert isinstance(calendars.add_pause(session, night.new_id, night.household_id, new, night.now), PauseRow)


def go_on_holiday(night: Night) -> None:
    """As the family's calendar says."""
    new = calendars.NewCalendar("Family", "https://calendar.example/basic.ics")
    examined = calendars.examine(new, Fetched(HOLIDAY, '"1"'), ZONE, read, night.now)
    assert isinstance(examined, calendars.Examined)
    with db.transaction(night.engine) as session:
        calendars.add_calendar(session, night.new_id, night.household_id, examined, night.now)


def withdraw(night: Night) -> None:
    """Everything that can be allowed, and only safety stays."""
    for purpose in Purpose:
        if purpose is not Purpose.SAFETY:
            night.allow(purpose)
            night.allow(purpose, given=False)


@pytest.fixture
def away(night: Night) -> Night:
    """By everything that the household can say, nobody is to be bothered now."""
    for kind in PauseKind:
        pause(night, kind)
    go_on_holiday(night)
    withdraw(night)
    with db.reading(night.engine) as session:
        view = calendars.view(session, night.household_id, ZONE, night.now, 30)
    assert view.presence is not Presence.HOME
    assert len(view.absences) > 0
    return night


def test_a_fall_calls_the_contact_at_once_and_goes_on_to_staff(away: Night) -> None:
    away.falls()
    confirmed_at = away.now
    away.passes(TWO_ROUNDS)

    assert next(at for at, _, _ in away.sending.sent) == confirmed_at
    assert away.sending.called == ["bert", "cara", "bert", "cara", "sam"]


def test_an_sos_calls_the_contact_at_once_and_goes_on_to_staff(away: Night) -> None:
    away.sos()
    pressed_at = away.now
    away.loop.step(away.now)
    away.passes(TWO_ROUNDS)

    assert next(at for at, _, _ in away.sending.sent) == pressed_at
    assert away.sending.called == ["bert", "cara", "bert", "cara", "sam"]
