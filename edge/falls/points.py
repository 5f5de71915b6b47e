"""How readily movement is taken for a fall: what a missed one costs against a false alarm."""

from contract.fields import Point

COSTS = {Point.SENSITIVE: 19.0, Point.BALANCED: 4.0, Point.QUIET: 0.5}
"""So many false alarms, among fall-like movement, weigh as much as one missed fall: a fall is told from a probability
of 1 / (1 + cost) on."""
