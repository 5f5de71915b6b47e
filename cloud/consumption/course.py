"""A slot's story in the order of its time: readings by its device, levels by persons, the state before each new day.

Whatever the order in which all this arrived, the same story gives the same state.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from typing import TypeAlias

from cloud.consumption import corrections, folding, scoring
from cloud.consumption.folding import Exposure
from cloud.consumption.scoring import Outcome
from cloud.consumption.values import Event, Observation, ProductUse, SlotState

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """A person said how much is left. Taken back, it counts as never said."""

    at: datetime
    packs: float
    is_undone: bool = False
    number: int = 0  # the order within the same moment


Item: TypeAlias = Observation | Told


@dataclass(frozen=True)
class Checkpoint:
    """What was known before `since`: nothing of that moment, or later, is in it.

    `after`: every stored reading of that moment or later, if it counts, has a greater number.
    """

    since: datetime
    after: int
    state: SlotState


@dataclass(frozen=True)
class Happened:
    """`since`: the last time at which it had not happened yet."""

    event: Event
    since: datetime


@dataclass
class Course:
    """Where a story has led, and what happened on the way."""

    state: SlotState
    happened: list[Happened] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(each.event for each in self.happened)


def follow(
    start: SlotState, seen: Iterable[Item], exposure_between: Exposure, use: ProductUse, *, is_first: bool = True
) -> Course:
    """`is_first`: where nothing is known yet there was nothing before, so that what comes late has its place."""
    course = Course(start)
    ordered = sorted(seen, key=_place)
    for item, after in zip(ordered, _smaller_than_all_from_here_on(ordered), strict=True):
        known = course.state
        _take_in(course, item, exposure_between, use)
        before = None if _is_same_moment(known, course.state) else checkpoint(known, item.at, after, is_first=is_first)
        if before is not None:
            course.checkpoints.append(before)
    return course


def checkpoint(known: SlotState, at: datetime, after: int, *, is_first: bool) -> Checkpoint | None:
    """Before something of this moment is taken in. None: something of its day has been."""
    newest = folding.newest(known)
    if newest is None:
        return Checkpoint(BEGINNING if is_first else at, after, known)
    return Checkpoint(day_of(newest) + _ONE_DAY, after, known) if day_of(at) > day_of(newest) else None


def _is_same_moment(known: SlotState, then: SlotState) -> bool:
    return folding.newest(known) == folding.newest(then)


def day_of(moment: datetime) -> datetime:
    """When its day (UTC) began."""
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)


def earliest_event(start: SlotState, first: datetime) -> datetime:
    """What happens from here on did not happen before this: a jump that waits may tell of its own moment."""
    jump = start.jump
    if jump is None:
        return first
    return min(first, jump.first_at, jump.fall.at if jump.fall else first)


def _place(item: Item) -> tuple[datetime, bool, int]:
    """A person who speaks in the moment of a reading has seen it."""
    return item.at, isinstance(item, Told), item.number


def _smaller_than_all_from_here_on(ordered: Sequence[Item]) -> list[int]:
    numbers = [math.inf if isinstance(each, Told) else each.number for each in ordered]
    least = list(accumulate(reversed(numbers), min))[::-1]
    highest = max((each for each in numbers if each < math.inf), default=0)
    return [int(min(each - 1, highest)) for each in least]


def _take_in(course: Course, item: Item, exposure_between: Exposure, use: ProductUse) -> None:
    known = course.state
    if isinstance(item, Told):
        undone = replace(known, before_told=None)
        course.state = undone if item.is_undone else corrections.correct(known, item.packs, item.at)
        return
    after, events = folding.fold(known, item, exposure_between, use)
    scored = scoring.outcome(known.cycle, events)
    if scored is not None:
        course.outcomes.append(scored)
    course.state = scoring.foretell(after, exposure_between, use)
    since = known.level_at or item.at
    if known.before_told is not None:
        since = known.before_told.level_at or since
    course.happened.extend(Happened(event, since) for event in events)
