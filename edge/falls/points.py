"""How readily movement is taken for a fall."""

from enum import StrEnum


class Point(StrEnum):
    """What a missed fall costs against a false alarm decides: see `COSTS`."""

    SENSITIVE = "sensitive"
    BALANCED = "balanced"
    QUIET = "quiet"


COSTS = {Point.SENSITIVE: 19.0, Point.BALANCED: 4.0, Point.QUIET: 0.5}
"""So many false alarms, among fall-like movement, weigh as much as one missed fall: a fall is told from a probability
of 1 / (1 + cost) on."""
