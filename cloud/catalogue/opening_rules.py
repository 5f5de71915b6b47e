"""The days off that a supplier states of its own, beside weekends and public holidays."""

from collections.abc import Iterable
from datetime import date, timedelta

LONGEST_DAYS = 366


def closed_days(stated: Iterable[str]) -> frozenset[date]:
    """From `2026-12-24`, or `2026-12-24/2027-01-02` with the last day included. Raises ValueError."""
    return frozenset(day for each in stated for day in _days(each))


def _days(stated: str) -> list[date]:
    first_text, _, last_text = stated.partition("/")
    first = date.fromisoformat(first_text)
    last = date.fromisoformat(last_text) if last_text else first
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise ValueError(f"{stated}: ends before it begins, or lasts for more than a year")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
