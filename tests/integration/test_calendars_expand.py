"""Calendars of strangers are expanded in a child process that cannot take the house down."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloud.calendars.expand import in_child
from cloud.calendars.ics import Ask, Found, Refused, read
from cloud.calendars.rules import DEFAULT_WORDS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "ics"
ASK = Ask("Europe/Berlin", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), DEFAULT_WORDS)


@pytest.mark.parametrize("name", ["google", "apple", "outlook", "bad-event", "web-page"])
def test_the_child_says_what_the_reader_says(name):
    body = (FIXTURES / f"{name}.ics").read_bytes()

    assert in_child(body, ASK) == read(body, ASK)


def test_a_rule_that_never_matches_costs_its_own_series_and_not_the_holiday():
    answer = in_child((FIXTURES / "bomb-february-30.ics").read_bytes(), ASK)

    assert isinstance(answer, Found)
    assert answer.quarantined == ("too_costly",)
    assert len(answer.absences) == 1


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("bomb-*.ics")), ids=lambda path: path.stem)
def test_no_bomb_takes_long(path):
    began = time.monotonic()

    in_child(path.read_bytes(), ASK)

    assert time.monotonic() - began < 10  # of which 2 s of CPU; the machine may be busy


def test_two_thousand_endless_series_are_stopped():
    event = "BEGIN:VEVENT\r\nUID:{}\r\nSUMMARY:Away\r\nDTSTART:20250101T000000Z\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n"
    body = "BEGIN:VCALENDAR\r\n" + "".join(event.format(n) for n in range(2000)) + "END:VCALENDAR\r\n"

    assert in_child(body.encode(), ASK) == Refused("too_costly")
