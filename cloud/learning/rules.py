"""How long a pack lasts in a home that nothing is known of yet: by the homes that let others learn from them.

Each home counts once, whatever it uses. The catalogue's own figure counts as some homes, so that a few do not overturn
it. Sums are exact (`fsum`), so that a home that is taken out leaves no trace, not in the last bit.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

LEAST_DAYS = 28.0  # of exposure: what a home has shown for a shorter time is still its product's usual use
FEWEST_HOMES = 20  # among fewer, one might be told from the figure
CATALOGUE_COUNTS_AS = 10.0  # homes


@dataclass(frozen=True)
class Prior:
    """`pack_days`: the middle home's; `spread`: the standard deviation of its logarithm between homes."""

    pack_days: float
    spread: float
    homes: int


def fit(pack_days: Collection[float], typical: Prior) -> Prior | None:
    """One number of each home. None: too few homes to say anything that could not be traced to one."""
    homes = len(pack_days)
    if homes < FEWEST_HOMES:
        return None
    logs, before = [math.log(days) for days in pack_days], math.log(typical.pack_days)
    total = homes + CATALOGUE_COUNTS_AS
    middle = (math.fsum(logs) + CATALOGUE_COUNTS_AS * before) / total
    squares = math.fsum((each - middle) ** 2 for each in logs)
    of_catalogue = typical.spread**2 + (before - middle) ** 2
    return Prior(math.exp(middle), math.sqrt((squares + CATALOGUE_COUNTS_AS * of_catalogue) / total), homes)
