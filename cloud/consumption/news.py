"""Which events are news: what was told before is not told again because it has been worked out anew."""

from collections.abc import Sequence
from datetime import timedelta

from cloud.consumption.course import Happened

NEAR = timedelta(days=1)  # a late reading may move the moment of an event a little
ENDS = frozenset({"replaced", "refilled", "swapped_early"})  # what was left tells which: a late reading may change it
_NOTHING = timedelta(0)


def known_before(told: Sequence[Happened], found: Sequence[Happened]) -> dict[int, int]:
    """By the place in `found`, the place of the same event in `told`: one for one, the nearest first."""
    pairs = sorted(
        (_apart(old, new), abs(old.event.at - new.event.at), n, o)
        for n, new in enumerate(found)
        for o, old in enumerate(told)
        if _kind(old) == _kind(new) and _apart(old, new) <= NEAR
    )
    same: dict[int, int] = {}
    for _, _, new_place, old_place in pairs:
        if new_place not in same and old_place not in same.values():
            same[new_place] = old_place
    return same


def _kind(happened: Happened) -> str:
    return "ended" if happened.event.kind in ENDS else happened.event.kind


def _apart(old: Happened, new: Happened) -> timedelta:
    """Each happened between its last time without it and its first with it: nothing where the two overlap."""
    return max(old.since - new.event.at, new.since - old.event.at, _NOTHING)
