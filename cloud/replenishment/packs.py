"""How many packs to order now, for many slots at once: as many as keep the chance of a shortage within bounds.

A day's delay of an order saves a pack's storage for a day, whatever happens afterwards: so the accepted chance grows
with how long a pack lasts. Its square root, and not itself: what is taken for the use of the years to come is known
with half the certainty only (on the households at hand the best of 0, 1/2 and 1).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cloud.consumption.uses import Array

USUAL_PACK_DAYS, SHORTEST_PACK_DAYS, LONGEST_PACK_DAYS = 30.0, 3.0, 300.0
MOST_PACKS = 6

Chance = Callable[[Array, NDArray[np.intp]], Array]
"""Of a shortage, with so many units more on their way; for these rows, in their order."""


def accepted(chance: float, pack_days: Array) -> Array:
    """What may go wrong for each order. `chance`: of a pack that lasts a month."""
    lasts = np.clip(pack_days, SHORTEST_PACK_DAYS, LONGEST_PACK_DAYS)
    return chance * np.sqrt(lasts / USUAL_PACK_DAYS)


def packs(chance: Chance, pack: Array, allowed: Array) -> NDArray[np.intp]:
    """0 .. MOST_PACKS for each slot. `pack` in units; `allowed`: by `accepted`."""
    wanted = np.zeros(len(pack), dtype=np.intp)
    rows = np.arange(len(pack))
    for more in range(MOST_PACKS):
        rows = rows[chance(more * pack[rows], rows) > allowed[rows]]
        wanted[rows] += 1
    return wanted
