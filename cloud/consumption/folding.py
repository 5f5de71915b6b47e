"""One reading after another: what was used, when a pack was changed, and what a faulty reading must not do."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeAlias

from cloud.consumption import history, smoothing, stillness
from cloud.consumption.corrections import TOLD_STEP
from cloud.consumption.values import (
    Cycle,
    Event,
    EventKind,
    Fall,
    Jump,
    Learned,
    Observation,
    ProductUse,
    SlotState,
    Still,
)

Exposure: TypeAlias = Callable[[datetime, datetime], float]
Folded: TypeAlias = tuple[SlotState, tuple[Event, ...]]

EMPTY = 0.02
USED_UP = 0.15  # changed with more than this left: too early to say when it would have been empty
FULL = 0.9
LEAST_RISE = 0.05  # and at least two steps of the sensor
# A fall beyond what is plausible, or to nothing, must be confirmed: one bad reading moves no order.
STEEP_FALL = 0.5  # never plausible in one step
SMALL_FALL = 0.25  # plausible at any time where it lasts three days or less
READS_OF_A_NEW_PACK = 2
READS_OF_A_REFILL = 3  # the same cartridge, fuller: it may only have been shaken
PLAUSIBLE_USE = 3.0  # times the usual rate, between two readings
WHOLE_DAY = 1.0 - 1e-9  # parts of a day that add up to one, but for rounding
COARSE = 0.5  # of a usual day's use: with a coarser step a day shows nothing or too much
STEPS_TO_WAIT = 2.0  # times the days that one step usually takes: then no step is news as well
COUNTS = frozenset({"good", "coarse"})  # the qualities whose number is one


class _Reading(NamedTuple):
    """An observation that says how much there is."""

    packs: float
    at: datetime
    step: float
    serial: str | None
    weekday: int


def fold(state: SlotState, observation: Observation, exposure_between: Exposure, use: ProductUse) -> Folded:
    """Take in one reading. What is not known, comes again or is older than the newest changes nothing."""
    seen = _reading(observation)
    if seen is None or not is_newer(state, observation.at):
        return state, ()
    if state.level_packs is None or state.level_at is None or state.cycle is None:
        return _started(state, seen, seen.packs, seen.at), ()
    if seen.serial is not None and state.serial is not None and seen.serial != state.serial:
        settled, events = _settled(state, _fall(state, state.jump), use)
        return _changed(settled, seen, events)
    if state.by_hand:
        # A person's glance and a sensor's number do not make a difference that was used or an event.
        if seen.packs - state.level_packs > TOLD_STEP:
            return _started(state, seen, seen.packs, seen.at), ()
        return _believed(replace(state, by_hand=False), seen, 0.0, 0.0, use)
    if state.jump is not None:
        since = state.jump.exposure_since + exposure_between(state.jump.at, seen.at)
        return _after_jump(state, state.jump, seen, since, use)
    return _next(state, seen, exposure_between(state.level_at, seen.at), use)


def _reading(observation: Observation) -> _Reading | None:
    """None: it says nothing that counts."""
    packs = observation.packs
    if packs is None or observation.quality not in COUNTS or not math.isfinite(packs) or packs < 0.0:
        return None
    at, weekday = observation.at, observation.weekday
    return _Reading(
        packs, at, observation.resolution_packs, observation.serial, at.weekday() if weekday is None else weekday
    )


def newest(state: SlotState) -> datetime | None:
    """The moment of the last thing that counted. None: nothing has yet."""
    return state.jump.at if state.jump is not None else state.level_at


def is_newer(state: SlotState, at: datetime) -> bool:
    known_at = newest(state)
    return known_at is None or at > known_at


def is_late(state: SlotState, observation: Observation) -> bool:
    """It counts, and its place in time is before what is known. A person saw what was read in the moment they spoke."""
    known_at = newest(state)
    if known_at is None or _reading(observation) is None:
        return False
    return observation.at < known_at or (observation.at == known_at and state.by_hand)


def is_zero_unseen(state: SlotState) -> bool:
    """It has shown nothing but zero since its pack began. A printer that knows nothing of a cartridge shows that, too.

    What a person said, or what was seen to run out, is no such zero.
    """
    if state.by_hand or state.level_packs is None or state.cycle is None:
        return False
    return state.level_packs <= EMPTY and state.cycle.started_packs <= EMPTY


def _next(state: SlotState, seen: _Reading, exposure: float, use: ProductUse) -> Folded:
    """A reading after one that counts."""
    level = state.level_packs or 0.0
    if _is_jump(state, seen, exposure, use):
        return replace(state, jump=Jump(seen.packs, seen.at, seen.packs, seen.at, exposure, 0.0)), ()
    return _believed(state, seen, level - seen.packs, exposure, use)


def _is_jump(state: SlotState, seen: _Reading, exposure: float, use: ProductUse) -> bool:
    level = state.level_packs or 0.0
    if seen.packs - level >= _least_rise(seen):
        return True
    at_most = PLAUSIBLE_USE * _rate(state, use)
    plausible = max(_least_rise(seen), min(SMALL_FALL, at_most), at_most * exposure)
    return level - seen.packs > min(STEEP_FALL, plausible) or (seen.packs <= EMPTY and level >= USED_UP)


def _rate(state: SlotState, use: ProductUse) -> float:
    return max(use.rate, state.use_per_day or 0.0)


def _least_rise(seen: _Reading) -> float:
    return max(LEAST_RISE, 2.0 * seen.step)


def _end_of_pack(left: float) -> EventKind:
    return "replaced" if left < USED_UP else "swapped_early"


def _started(state: SlotState, seen: _Reading, packs: float, at: datetime) -> SlotState:
    """A pack that begins. What went between the last reading of the old one and its end teaches nothing."""
    return replace(
        state,
        level_packs=packs,
        level_at=at,
        step_packs=seen.step,
        serial=seen.serial or state.serial,
        by_hand=False,
        before_told=None,
        jump=None,
        reads_since_event=1,
        still=Still(),
        cycle=Cycle(started_at=at, started_packs=packs),
    )


def _believed(state: SlotState, seen: _Reading, used: float, exposure: float, use: ProductUse) -> Folded:
    """A reading that counts: its use, and perhaps the end of the pack."""
    if state.level_packs is not None and state.level_packs <= EMPTY:
        exposure = 0.0  # nothing can be used where nothing is: that is no sign of a small need
    open_use, open_exposure, learned = _closed(state, used, exposure, seen.step, use)
    rate = smoothing.rate_at(state.learned, state.learned.best_gain(), use)
    more = history.Used(used, exposure, seen.step, rate, seen.weekday)
    cycle, events = _emptied(state.cycle, seen)
    still = stillness.after(state, seen.packs, seen.step, exposure, use)
    if still.is_frozen and not state.still.is_frozen:
        events = (*events, Event("frozen", seen.at, seen.packs))
    after = SlotState(
        level_packs=seen.packs,
        level_at=seen.at,
        step_packs=seen.step,
        serial=seen.serial or state.serial,
        reads_since_event=state.reads_since_event + 1,
        open_use=open_use,
        open_exposure=open_exposure,
        still=still,
        learned=learned,
        history=history.after(state.history, more),
        cycle=cycle,
    )
    return after, events


def _closed(
    state: SlotState, used: float, exposure: float, step: float, use: ProductUse
) -> tuple[float, float, Learned]:
    """The open day with this use in it, learned from once a whole day of exposure is together.

    A coarse sensor shows nothing for days and then a whole step: its day stays open until the step is seen.
    """
    open_use, open_exposure = state.open_use + used, state.open_exposure + exposure
    if open_exposure < WHOLE_DAY:
        return open_use, open_exposure, state.learned
    rate = smoothing.rate_at(state.learned, state.learned.best_gain(), use)
    if used == 0.0 and step > COARSE * rate and open_exposure * rate < STEPS_TO_WAIT * step:
        return open_use, open_exposure, state.learned
    return 0.0, 0.0, smoothing.learn(state.learned, open_use, open_exposure, use)


def _emptied(cycle: Cycle | None, seen: _Reading) -> tuple[Cycle | None, tuple[Event, ...]]:
    if cycle is None or seen.packs > EMPTY or cycle.emptied_at is not None or cycle.started_packs <= EMPTY:
        return cycle, ()
    return replace(cycle, emptied_at=seen.at), (Event("emptied", seen.at, seen.packs),)


def _after_jump(state: SlotState, jump: Jump, seen: _Reading, since: float, use: ProductUse) -> Folded:
    """The reading after a sudden rise or fall: it confirms, or things are as they were."""
    level = state.level_packs or 0.0
    rose = jump.packs > level
    exposure = jump.exposure_before + since
    if not _is_jump(state, seen, exposure, use):
        after, events = _believed(state, seen, level - seen.packs, exposure, use)
        return after, ((Event("shaken", seen.at, seen.packs), *events) if rose else events)
    if not rose and seen.packs <= jump.packs + _least_rise(seen):
        return _confirmed_fall(state, jump, seen, since, use)
    if rose and seen.packs > level and _agrees(state, jump, seen, since, use):
        return _confirmed_rise(state, jump, seen, since, use)
    fall = _fall(state, jump) if seen.packs > level else None
    return replace(state, jump=Jump(seen.packs, seen.at, seen.packs, seen.at, exposure, 0.0, fall=fall)), ()


def _agrees(state: SlotState, jump: Jump, seen: _Reading, exposure: float, use: ProductUse) -> bool:
    """Near the reading that rose, but for what may have been used since."""
    lowest = jump.packs - _least_rise(seen) - PLAUSIBLE_USE * _rate(state, use) * exposure
    return lowest <= seen.packs <= jump.packs + _least_rise(seen)


def _confirmed_fall(state: SlotState, jump: Jump, seen: _Reading, since: float, use: ProductUse) -> Folded:
    """What is gone does not come back: a reading no higher than the one that fell says that it was right."""
    fell = _Reading(jump.packs, jump.at, seen.step, state.serial, seen.weekday)
    settled, ended = _believed(state, fell, (state.level_packs or 0.0) - fell.packs, jump.exposure_before, use)
    after, events = _next(settled, seen, since, use)
    return after, (*ended, *events)


def _confirmed_rise(state: SlotState, jump: Jump, seen: _Reading, since: float, use: ProductUse) -> Folded:
    same_pack = seen.serial is not None and seen.serial == state.serial
    reads = jump.count + 1
    if reads < (READS_OF_A_REFILL if same_pack else READS_OF_A_NEW_PACK):
        return replace(state, jump=replace(jump, packs=seen.packs, at=seen.at, exposure_since=since, count=reads)), ()
    settled, ended = _settled(state, jump.fall, use)
    left = settled.level_packs or 0.0
    kind: EventKind = "refilled" if same_pack or jump.first_packs < FULL else _end_of_pack(left)
    started = _started(settled, seen, jump.first_packs, jump.first_at)
    after, events = _believed(started, seen, jump.first_packs - seen.packs, since, use)
    return after, (*ended, Event(kind, jump.first_at, left, jump.first_packs), *events)


def _changed(state: SlotState, seen: _Reading, events: tuple[Event, ...]) -> Folded:
    left = state.level_packs or 0.0
    ended = Event(_end_of_pack(left), seen.at, left, seen.packs)
    return _started(state, seen, seen.packs, seen.at), (*events, ended)


def _fall(state: SlotState, jump: Jump | None) -> Fall | None:
    """The unconfirmed fall that this jump is, or that it follows."""
    if jump is None or jump.packs >= (state.level_packs or 0.0):
        return None if jump is None else jump.fall
    return Fall(jump.first_packs, jump.first_at, jump.exposure_before)


def _settled(state: SlotState, fall: Fall | None, use: ProductUse) -> Folded:
    """A new pack after a sudden fall: the fall was true."""
    if fall is None:
        return state, ()
    reading = _Reading(fall.packs, fall.at, 0.0, state.serial, fall.at.weekday())
    return _believed(state, reading, (state.level_packs or 0.0) - fall.packs, fall.exposure, use)
