"""Calendars as Google, Apple and Outlook write them, the broken and the hostile ones too."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cloud.calendars.ics import MAX_BYTES, MAX_EVENTS, Ask, Found, Refused, read
from cloud.calendars.rules import DEFAULT_WORDS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "ics"
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def found(name: str, zone: str = "Europe/Berlin", **more) -> Found:
    answer = read((FIXTURES / f"{name}.ics").read_bytes(), Ask(zone, *YEAR, words=DEFAULT_WORDS, **more))
    assert isinstance(answer, Found)
    return answer


def local(answer: Found, zone: str = "Europe/Berlin") -> list[tuple[str, str]]:
    """Absences as the household's clock shows them: month-day hour:minute."""
    tz = ZoneInfo(zone)
    return [(f"{a.astimezone(tz):%m-%d %H:%M}", f"{b.astimezone(tz):%m-%d %H:%M}") for a, b in answer.absences]


def event(*lines: str, start: str = "DTSTART;VALUE=DATE:20260706") -> bytes:
    body = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", "SUMMARY:Away", start, *lines]
    return "\r\n".join([*body, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def read_event(*lines: str, **more) -> Found | Refused:
    return read(event(*lines, **more), Ask("Europe/Berlin", *YEAR, words=DEFAULT_WORDS))


def test_googles_holidays_trips_exceptions_and_cancellations_are_read():
    assert local(found("google")) == [
        ("03-02 07:00", "03-03 20:00"),
        ("03-09 07:00", "03-10 20:00"),  # the 16th is an exception
        ("03-24 07:00", "03-25 20:00"),  # moved by a day
        ("03-30 07:00", "03-31 20:00"),  # summer time began the day before; April 6 is cancelled
        ("05-01 17:00", "05-03 18:00"),
        ("07-06 00:00", "07-18 00:00"),  # all day, and the last day is not included
    ]


def test_apples_all_day_holiday_extra_dates_and_duration_are_read_in_chinese():
    assert local(found("apple", "Asia/Shanghai"), "Asia/Shanghai") == [
        ("08-01 00:00", "08-02 00:00"),
        ("08-10 00:00", "08-11 00:00"),
        ("08-20 00:00", "08-21 00:00"),
        ("09-15 18:00", "09-17 21:00"),
        ("10-01 00:00", "10-08 00:00"),
    ]


def test_outlooks_zone_names_and_dated_exceptions_are_read():
    assert local(found("outlook")) == [
        ("08-10 00:00", "08-12 00:00"),  # the 12th is an exception, given with a time
        ("08-13 00:00", "08-15 00:00"),
        ("09-01 18:00", "09-04 12:00"),
        ("10-05 08:30", "10-06 08:30"),  # a "Customized Time Zone" of +05:30
    ]


def test_a_windows_zone_without_its_definition_is_understood():
    assert local(found("outlook-names-only"), "Europe/London") == [("07-01 08:00", "07-02 08:00")]


def test_the_zone_of_the_calendar_holds_for_times_without_one():
    assert local(found("zone-of-calendar-only"), "Europe/London") == [("07-01 08:00", "07-01 20:00")]


def test_the_zone_of_the_household_holds_when_the_calendar_names_none_it_knows():
    body = event("DTEND:20260706T180000", start="DTSTART;TZID=Atlantis/Capital:20260706T080000")

    answer = read(body, Ask("America/New_York", *YEAR, words=DEFAULT_WORDS))

    assert isinstance(answer, Found)
    assert local(answer, "America/New_York") == [("07-06 08:00", "07-06 18:00")]


def test_exceptions_with_and_without_a_zone_both_hold():
    assert local(found("floating-mixed")) == [
        ("06-01 08:00", "06-01 18:00"),
        ("06-22 08:00", "06-22 18:00"),
        ("06-29 08:00", "06-29 18:00"),
    ]


def test_an_all_day_event_moved_by_a_midnight_with_a_zone_moves():
    days = [start for start, _ in local(found("moved-at-midnight"))]

    assert days == ["06-01 00:00", "06-10 00:00", "06-15 00:00"]


def test_an_offset_with_seconds_is_read():
    assert local(found("offset-with-seconds")) == [("02-01 08:00", "02-01 18:00")]


def test_a_bad_event_is_set_aside_and_the_feed_is_kept():
    answer = found("bad-event")

    assert local(answer) == [("07-06 00:00", "07-11 00:00"), ("09-01 00:00", "09-02 00:00")]
    assert answer.quarantined == ("ends_before_start", "no_start", "unreadable", "unreadable")
    assert answer.events == 6


def test_a_line_that_belongs_to_nothing_does_not_cost_the_holiday():
    assert local(found("stray-lines")) == [("07-06 00:00", "07-11 00:00")]


@pytest.mark.parametrize("name", ["truncated", "web-page"])
def test_half_a_file_or_a_web_page_is_no_calendar(name):
    body = (FIXTURES / f"{name}.ics").read_bytes()

    assert read(body, Ask("UTC", *YEAR, words=DEFAULT_WORDS)) == Refused("not_a_calendar")


@pytest.mark.parametrize("name", ["secondly", "minutely", "hourly", "bysecond", "exrule", "count", "interval"])
def test_a_rule_made_to_hurt_is_set_aside_and_the_holiday_kept(name):
    answer = found(f"bomb-{name}")

    assert answer.quarantined == ("rule_refused",)
    assert local(answer) == [("07-06 00:00", "07-11 00:00")]


def test_too_many_bytes_events_or_dates_are_refused():
    ask = Ask("UTC", *YEAR, words=DEFAULT_WORDS)
    many = b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * (MAX_EVENTS + 1) + b"END:VCALENDAR\r\n"

    assert read(b"x" * (MAX_BYTES + 1), ask) == Refused("too_large")
    assert read(many, ask) == Refused("too_many_events")
    assert read_event(*["RDATE;VALUE=DATE:20260801"] * 1001) == Found((), ("rule_refused",), 1)


def test_every_event_means_away_when_the_customer_says_so_but_not_the_free_ones():
    busy = local(found("google", all_events=True))

    assert ("05-20 09:00", "05-20 10:00") in busy  # the dentist
    assert not any(start.startswith(("06-02", "05-25")) for start, _ in busy)


def test_nothing_but_times_leaves_the_reader():
    assert set(vars(found("google"))) == {"absences", "quarantined", "events"}


def test_an_event_that_reaches_out_of_the_window_is_cut():
    answer = read_event("DTEND;VALUE=DATE:20280101", start="DTSTART;VALUE=DATE:20200101")

    assert answer == Found((YEAR,), (), 1)


def test_a_daily_series_that_began_years_ago_is_found_in_the_window():
    answer = read_event("RRULE:FREQ=YEARLY", start="DTSTART;VALUE=DATE:19990706")

    assert isinstance(answer, Found)
    assert local(answer) == [("07-06 00:00", "07-07 00:00")]
