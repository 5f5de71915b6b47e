"""What a person says is left: an observation with its own weight, bounded, and one that can be taken back."""

import math
from dataclasses import replace
from datetime import datetime

from cloud.consumption import smoothing
from cloud.consumption.values import Before, Cycle, SlotState

TOLD_STEP = 0.25  # how finely a person looks
TOLD_WEIGHT = 0.7  # a glance against the last reading
MOST_TOLD = 1.0  # a full pack, or what the slot has held


def correct(state: SlotState, packs: float, at: datetime) -> SlotState:
    """A person says how much is left: weighed against the last reading, and nothing is learned from it."""
    if not math.isfinite(packs) or (state.level_at is not None and at < state.level_at):
        return state
    most = MOST_TOLD if state.cycle is None else max(MOST_TOLD, state.cycle.started_packs)
    told = min(most, max(0.0, packs))
    level = told if state.level_packs is None else smoothing.smoothed(state.level_packs, told, TOLD_WEIGHT)
    before = Before(state.level_packs, state.level_at, state.step_packs, state.by_hand, state.jump, state.cycle)
    cycle = state.cycle or Cycle(started_at=at, started_packs=level)
    return replace(
        state,
        level_packs=level,
        level_at=at,
        step_packs=TOLD_STEP,
        by_hand=True,
        before_told=before,
        jump=None,
        cycle=cycle,
    )


def uncorrect(state: SlotState) -> SlotState:
    """A person takes their last word back: everything is as it was, unless a reading has come since."""
    before = state.before_told
    return state if before is None else replace(state, **vars(before), before_told=None)
