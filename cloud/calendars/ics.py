"""iCalendar bytes to absences. A bad event is set aside, never the feed; a title goes no further than this file."""

import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component, Event

from cloud.calendars.rules import Interval, clip, means_away

MAX_BYTES = 512 * 1024
MAX_EVENTS = 2000
MAX_COUNT = 5000
MAX_DATES = 1000
REFUSED_FREQUENCIES = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})

_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_REPEATS = frozenset({"RRULE", "RDATE", "RECURRENCE-ID"})
_EVENT_BLOCK = re.compile(r"^BEGIN:VEVENT[ \t]*\n.*?^END:VEVENT[ \t]*\n", re.MULTILINE | re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Ask:
    """What is looked for, between which moments. `zone` is the household's (IANA name)."""

    zone: str
    starts_at: datetime
    ends_at: datetime
    words: tuple[str, ...]
    all_events: bool = False


@dataclass(frozen=True)
class Found:
    """Absences, merged and cut to what was asked; why events could not be read; how many events there were."""

    absences: tuple[Interval, ...]
    quarantined: tuple[str, ...] = ()
    events: int = 0


@dataclass(frozen=True)
class Refused:
    """Nothing can be said. `code`: too_large, too_many_events, too_costly, not_a_calendar, or a feed's."""

    code: str


Expander: TypeAlias = Callable[[bytes, Ask], Found | Refused]
Budget: TypeAlias = Callable[[], AbstractContextManager[object]]
"""Guards the expansion of one series; raises TimeoutError inside when it takes too long."""


def read(body: bytes, ask: Ask, budget: Budget = nullcontext) -> Found | Refused:
    """Absences in a calendar. In-process: for trusted input only; `expand.in_child` is for what strangers serve."""
    if len(body) > MAX_BYTES:
        return Refused("too_large")
    text = re.sub(r"\r\n?", "\n", body.decode("utf-8-sig", errors="replace"))
    if len(re.findall(r"^BEGIN:VEVENT", text, re.MULTILINE | re.IGNORECASE)) > MAX_EVENTS:
        return Refused("too_many_events")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the parser warns of every oddity of the big vendors
        try:
            calendars, reasons = _parse(text)
        except (ValueError, KeyError, IndexError, TypeError):
            return Refused("not_a_calendar")
        return _collect(calendars, reasons, ask, budget)


def _parse(text: str) -> tuple[list[Calendar], list[str]]:
    """The calendars of a stream, without the events that break the parser."""
    try:
        return _calendars(text), []
    except (ValueError, KeyError, IndexError, TypeError):
        broken = [block for block in _EVENT_BLOCK.findall(text) if not _parses(block)]
        for block in broken:
            text = text.replace(block, "", 1)
        # A line that belongs to nothing must not cost the holiday either.
        text = "\n".join(line for line in text.split("\n") if ":" in line or line[:1] in {" ", "\t", ""})
        return _calendars(text), ["unreadable"] * len(broken)


def _calendars(text: str) -> list[Calendar]:
    found = [part for part in Component.from_ical(text, multiple=True) if isinstance(part, Calendar)]
    if not found:
        raise ValueError("no calendar in it")
    return found


def _parses(block: str) -> bool:
    try:
        Event.from_ical(block)
    except (ValueError, KeyError, IndexError, TypeError):
        return False
    return True


def _collect(calendars: list[Calendar], reasons: list[str], ask: Ask, budget: Budget) -> Found:
    intervals: list[Interval] = []
    events = len(reasons)
    for calendar in calendars:
        good: dict[str, list[Component]] = defaultdict(list)
        for number, event in enumerate(calendar.walk("VEVENT")):
            events += 1
            if problem := event_problem(event):
                reasons.append(problem)
            else:
                good[str(event.get("UID", f"without-{number}"))].append(event)
        for series in good.values():
            if any(_may_count(event, ask) for event in series):
                try:
                    with budget():
                        intervals += list(_spans(series, calendar, ask))
                except TimeoutError:
                    reasons.append("too_costly")
                except Exception:  # noqa: BLE001 - whatever a library makes of a strange rule costs this series only
                    reasons.append("unreadable")
    return Found(clip(intervals, ask.starts_at, ask.ends_at), tuple(sorted(reasons)), events)


def event_problem(event: Component) -> str | None:
    """Why an event is set aside, or None: it can be used."""
    if any(name in _TIMES for name, _ in event.errors):
        return "unreadable"
    start: Any = event.get("DTSTART")
    end: Any = event.get("DTEND")
    if start is None or isinstance(start, list) or isinstance(end, list):
        return "no_start"
    if not isinstance(start.dt, date) or (end is not None and not isinstance(end.dt, date)):
        return "unreadable"
    if end is not None and _kind(start.dt) != _kind(end.dt):
        return "mixed_times"
    if end is not None and _comparable(end.dt) < _comparable(start.dt):
        return "ends_before_start"
    return _rule_problem(event)


def _rule_problem(event: Component) -> str | None:
    if "EXRULE" in event:
        return "rule_refused"
    if any(_costs_too_much(rule) for rule in _each(event.get("RRULE"))):
        return "rule_refused"
    dates = [day for name in ("RDATE", "EXDATE") for entry in _each(event.get(name)) for day in entry.dts]
    return "rule_refused" if len(dates) > MAX_DATES else None


def _costs_too_much(rule: Any) -> bool:
    return (
        any(str(value).upper() in REFUSED_FREQUENCIES for value in _each(rule.get("FREQ")))
        or any(len(_each(rule.get(part))) > 1 for part in ("BYSECOND", "BYMINUTE", "BYHOUR"))
        or any(int(value) > MAX_COUNT for value in _each(rule.get("COUNT")))
        or any(int(value) < 1 for value in _each(rule.get("INTERVAL")))
    )


def _spans(series: list[Component], calendar: Calendar, ask: Ask) -> Iterator[Interval]:
    """From when to when each occurrence that counts takes."""
    zone = _zone(str(calendar.get("X-WR-TIMEZONE", "")), ask.zone)
    household = ZoneInfo(ask.zone)
    for event in _occurrences(series, calendar, zone, ask):
        if _counts(event, ask):
            yield _moment(_at(event, "DTSTART"), household, zone), _moment(_end(event), household, zone)


def _occurrences(series: list[Component], calendar: Calendar, zone: ZoneInfo, ask: Ask) -> list[Component]:
    if len(series) == 1 and _REPEATS.isdisjoint(series[0]):
        return series  # most of a big calendar; going through the recurrences costs ten times as much
    alone = Calendar()
    if "X-WR-TIMEZONE" in calendar:
        alone.add("X-WR-TIMEZONE", zone.key)
    for event in series:
        alone.add_component(event)
    return list(recurring_ical_events.of(alone).between(ask.starts_at, ask.ends_at))


def _may_count(event: Component, ask: Ask) -> bool:
    return ask.all_events or means_away(_texts(event), ask.words)


def _counts(event: Component, ask: Ask) -> bool:
    """Google, Apple and Outlook mark every all-day event as free: there, a word that means away outweighs it."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return False
    named = means_away(_texts(event), ask.words)
    if str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return named and _kind(_at(event, "DTSTART")) == "day"
    return named or ask.all_events


def _texts(event: Component) -> list[str]:
    categories = [str(name) for entry in _each(event.get("CATEGORIES")) for name in getattr(entry, "cats", [entry])]
    return [str(event.get("SUMMARY", "")), *categories]


def _moment(at: date, household: ZoneInfo, zone: ZoneInfo) -> datetime:
    """An all-day event lives in the household's days, a time without a zone in the calendar's."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), household).astimezone(UTC)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _zone(name: str, otherwise: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # an unknown name, an empty one, or a path
        return ZoneInfo(otherwise)


def _at(event: Component, name: str) -> date:
    value: Any = event[name]
    at: date = value.dt
    return at


def _end(event: Any) -> date:
    """DTEND, or the start with DURATION, or a day for an all-day event, or the start."""
    at: date = event.end
    return at


def _kind(at: date) -> str:
    return "time" if isinstance(at, datetime) else "day"


def _comparable(at: date) -> datetime:
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _each(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
