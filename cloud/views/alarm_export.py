"""Alarms as lines of a table for other programs: plain codes, moments in UTC, and nothing that a sheet would run."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from cloud.views.alarms import Row

COLUMNS = (
    "number", "kind", "state", "drill", "late", "wearer", "household", "happened_at", "received_at", "raised_at",
    "raised_by", "first_sent_at", "calls", "reached", "answered", "failed", "queued", "nobody_reached",
    "acknowledged_by", "acknowledged_at", "closed_at", "closed_by", "disposition", "cancelled_at",
)  # fmt: skip
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def lines(pieces: Iterable[list[Row]]) -> Iterator[str]:
    """The first line names the columns; a mark before it tells sheets that this is UTF-8."""
    yield "\ufeff" + _lines([COLUMNS])
    for piece in pieces:
        yield _lines(cells(row) for row in piece)


def cells(row: Row) -> list[str]:
    """One alarm, in the order of COLUMNS."""
    alarm, reach = row.alarm, row.reach
    values = (
        alarm.number, alarm.kind, alarm.state, alarm.is_drill, alarm.is_late, row.who, row.household,
        alarm.happened_at, alarm.received_at, alarm.raised_at, alarm.raised_by, alarm.first_sent_at, alarm.calls,
        reach.reached, reach.answered, reach.failed, reach.queued, reach.nobody, alarm.acknowledged_by,
        alarm.acknowledged_at, alarm.closed_at, alarm.closed_by, alarm.disposition, alarm.cancelled_at,
    )  # fmt: skip
    return [_cell(value) for value in values]


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return harmless(value) if isinstance(value, str) else "" if value is None else str(value)


def harmless(text: str) -> str:
    """A sheet takes what begins like this for a formula: an apostrophe makes it plain text."""
    return f"'{text}" if text.lstrip(" ").startswith(_BEGINS_A_FORMULA) else text


def _lines(rows: Iterable[Iterable[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
