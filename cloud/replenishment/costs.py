"""What running out costs against storing and spoiling: how likely a late parcel may be, and how much to order.

Whoever waits a day longer with an order saves the storage of one pack for that day, and risks a day without. So an
order leaves as soon as   chance of a shortage x cost of a day without > cost of a pack's day on the shelf.   What a day
without is worth, in days of storing a pack that lasts a month, is the customer's wish; how it changes with how long a
pack lasts is what real daily use has taught (`packs`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cloud.replenishment import packs

SPOILS_DAYS = 10.0  # what keeps only so long loses as much by lying a day as by taking its place
NEVER_SPOIL = 0.8  # of the shelf life: the last day of it is no good day to open a pack
MOST_RISK = 0.4
MOST_PACKS = 6  # for one more reason than the days at once
MOST_AT_ONCE = 24  # where no agreement says less


class Wish(StrEnum):
    """The slider, from one end to the other."""

    NEVER_OUT = "never_out"
    RATHER_FULL = "rather_full"
    BALANCED = "balanced"
    RATHER_LEAN = "rather_lean"
    NEVER_PILE_UP = "never_pile_up"

    @classmethod
    def _missing_(cls, value: object) -> "Wish":
        """A word of another version, or none."""
        del value
        return cls.BALANCED


WITHOUT_IS_WORTH = {
    Wish.NEVER_OUT: 100.0, Wish.RATHER_FULL: 40.0, Wish.BALANCED: 20.0, Wish.RATHER_LEAN: 10.0, Wish.NEVER_PILE_UP: 5.0,
}  # fmt: skip
"""A day without, in days on which a pack that lasts a month takes its place on the shelf."""
DAYS_AT_ONCE = {
    Wish.NEVER_OUT: 10.0, Wish.RATHER_FULL: 8.0, Wish.BALANCED: 7.0, Wish.RATHER_LEAN: 5.0, Wish.NEVER_PILE_UP: 4.0,
}  # fmt: skip
"""What is used up quickly is ordered for so many days at once: a parcel is a nuisance too."""

A_PARCEL_IS_WORTH = {
    Wish.NEVER_OUT: 5.0, Wish.RATHER_FULL: 4.0, Wish.BALANCED: 3.5, Wish.RATHER_LEAN: 2.5, Wish.NEVER_PILE_UP: 2.0,
}  # fmt: skip
"""Days on which a pack that lasts a month may lie on the shelf to spare a parcel of its own: half of `DAYS_AT_ONCE`,
which is how long what is ordered at once for its sake lies in the mean."""
MOST_DAYS_EARLY = 5.0  # beyond, too little is known of when it will be wanted


@dataclass(frozen=True)
class Holding:
    """What is ordered. `pack_days`: how long one pack as ordered lasts; `keeps_days` None: it keeps."""

    pack_days: float
    keeps_days: int | None = None


def accepted_risk(of_a_month: float, held: Holding) -> float:
    """The chance of a late parcel that storing for a day is worth. `of_a_month`: of a pack that lasts it, and keeps."""
    spoils = 1.0 if held.keeps_days is None else 1.0 + SPOILS_DAYS / max(1, held.keeps_days)
    return min(MOST_RISK, spoils * float(packs.accepted(of_a_month, np.array([held.pack_days]))[0]))


def days_early(wish: Wish, held: Holding) -> float:
    """So many days before its own turn what is ordered may leave with another parcel: storing costs no more than that
    parcel spares. What lasts long takes its place for longer, and what spoils loses by it, as in `accepted_risk`."""
    spoils = 1.0 if held.keeps_days is None else 1.0 + SPOILS_DAYS / max(1, held.keeps_days)
    a_day = spoils * float(packs.accepted(1.0, np.array([held.pack_days]))[0])
    return min(MOST_DAYS_EARLY, A_PARCEL_IS_WORTH[wish] / a_day)


def of_a_month(wish: Wish) -> float:
    """The chance that a wish accepts, of a pack that lasts a month and keeps."""
    return 1.0 / WITHOUT_IS_WORTH[wish]


def quantity(wish: Wish, held: Holding, most: int, is_enough: Callable[[int], bool]) -> int:
    """Packs as ordered: for some days at once, and as many as it takes; not more than `most`, nor than keeps.

    `is_enough`: with so many more, a shortage is no likelier than is accepted.
    """
    wanted = min(most, max(1, round(DAYS_AT_ONCE[wish] / held.pack_days)))
    while wanted < min(most, MOST_PACKS) and not is_enough(wanted):
        wanted += 1
    if held.keeps_days is None:
        return wanted
    return max(1, min(wanted, math.floor(NEVER_SPOIL * held.keeps_days / held.pack_days)))
