"""The product's rule for when to order, fed by the days of an independent simulator, all slots at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cloud.consumption.sensed import Sensed
from cloud.consumption.shortage import coarsely
from cloud.consumption.uses import Array, Uses
from cloud.replenishment import packs

COARSE = 0.05
"""Of a pack. Readings carry their resolution on the wire; the simulator's do not, but show it: all are multiples."""
NEAR = 1e-3  # of a step
_TINY = 1e-9


Group = tuple[Any, bool, NDArray[np.bool_]]  # what homes have taught, whether sensors are coarse, who is meant


class Ordering:
    """Once a day, after its use: how many packs to ship now.

    `homes`: what homes have taught (here: Shortage); `which` of it is for each slot (None: there is only one).
    `chance`: what may go wrong for a pack that lasts a month.
    """

    def __init__(self, homes: Sequence[Any], which: NDArray[np.intp] | None, chance: float) -> None:
        self._homes, self._which, self._chance = homes, which, chance

    def reset(self, slots: int) -> None:
        self._uses, self._sensed, self._days = Uses.none(slots), Sensed.none(slots), 0
        self._groups: list[Group] = []

    def __call__(self, obs: Any) -> NDArray[np.intp]:
        """`obs`: as the simulator describes it."""
        if not self._days:
            self._begin(obs)
        for day in range(self._days + 1, obs.cum.shape[1]):
            self._add(obs.cum[:, day], obs.cum[:, day] - obs.cum[:, day - 1])
        self._days = obs.cum.shape[1] - 1
        scale = np.maximum(self._uses.scale(), _TINY * obs.pack)
        usual = np.maximum(0.5 * scale + 0.5 * self._uses.total / self._uses.days, _TINY * obs.pack)
        gap = (obs.cum[:, -1] - self._sensed.course) / scale
        return self.wanted(Asked(self._uses.told(), scale, obs, gap, self._groups), obs, obs.pack / usual)

    def wanted(self, asked: "Asked", obs: Any, pack_days: Array) -> NDArray[np.intp]:
        """`pack_days`: how long a pack lasts."""
        return packs.packs(asked.chance, obs.pack, packs.accepted(self._chance, pack_days))

    def _begin(self, obs: Any) -> None:
        steps = obs.cum[:, : obs.warm + 1] / (COARSE * obs.pack[:, None])
        self._is_coarse = (np.abs(steps - np.round(steps)) < NEAR).all(axis=1)
        which = np.zeros(len(obs.pack), dtype=np.intp) if self._which is None else self._which
        self._groups = [
            (homes, is_coarse, (which == number) & (self._is_coarse == is_coarse))
            for number, homes in enumerate(self._homes)
            for is_coarse in (False, True)
        ]

    def _add(self, course: Array, used: Array) -> None:
        coarse = np.flatnonzero(self._is_coarse)
        day = np.maximum(used, 0.0)
        day[coarse] = self._sensed.add(course[coarse], coarse)
        self._uses.add(day)


class Asked:
    """One day's question, for all slots."""

    def __init__(self, told: Array, scale: Array, obs: Any, gap: Array, groups: list[Group]) -> None:
        self._told, self.scale, self._gap, self.groups = told, scale, gap, groups
        self.there, self._leads = obs.reading + obs.on_order, np.array(obs.lead)
        self._error = COARSE * obs.pack / scale

    def told(self, slots: NDArray[np.intp], *, is_coarse: bool) -> Array:
        """What may be known of these slots."""
        told = self._told[slots]
        return coarsely(told, self._gap[slots], self._error[slots]) if is_coarse else told

    def chance(self, more: Array, rows: NDArray[np.intp]) -> Array:
        """Of a shortage on the day that an order of tomorrow would miss."""
        found = np.zeros(len(rows))
        for homes, is_coarse, members in self.groups:
            here = np.flatnonzero(members[rows])
            slots = rows[here]
            days = (self.there[slots] + more[here]) / self.scale[slots]
            leads = np.broadcast_to(self._leads, (len(here), len(self._leads)))
            found[here] = homes.chance(self.told(slots, is_coarse=is_coarse), days, leads, is_coarse=is_coarse)
        return found
