"""What *Safety* says a point finds is what was found on a device that the detector had never seen."""

import numpy as np
import pytest

from benchmarks.falls import evaluator
from cloud.emergencies.points import FLOOR_OF_100, FOUND_OF_100
from contract.fields import Point
from edge.falls.detector import Detector
from edge.falls.model import shipped
from tests import falls_recordings


@pytest.mark.parametrize("point", list(Point))
def test_so_many_of_a_hundred_falls_are_found_by_a_band_that_nobody_taught_it(point):
    def detector(acc, fs):
        found = Detector(fs, shipped("transfer"), point).feed(np.rint(acc.astype(np.float64) * 1000).astype(np.int64))
        return [event.at / fs for event in found]

    overall = evaluator().evaluate(detector, falls_recordings.trials("umafall"))["overall"]

    assert FOUND_OF_100[point] == int(100 * overall["sensitivity"])
    assert FOUND_OF_100[point] >= FLOOR_OF_100
