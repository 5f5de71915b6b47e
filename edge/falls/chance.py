"""How likely it was a fall, in the hundredths that a person can read. Pure."""

import math

from edge.falls.detector import Detection


def probability(detection: Detection) -> float:
    """Each point of a score is a factor of e in the odds."""
    return round(1 / (1 + math.exp(-detection.score)), 2)
