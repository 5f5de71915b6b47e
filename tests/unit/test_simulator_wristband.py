"""The made-up wristband: the real detector takes its fall for one, and nothing else that it does."""

import numpy as np
import pytest

from edge.falls.detector import Detector, FallEvent
from edge.falls.stream import triples
from simulator.randomness import stream
from simulator.wristband import FS_HZ, Wrist


def found(detector: Detector, wrist: Wrist, seconds: float) -> list[FallEvent]:
    return detector.feed(np.array(wrist.samples(round(seconds * FS_HZ))).reshape(-1, 3))


@pytest.mark.parametrize("seed", range(10))
def test_a_fall_is_found_once_and_clearly_whatever_the_chance(seed):
    wrist, detector = Wrist(stream(seed)), Detector(FS_HZ)
    assert found(detector, wrist, 20) == []

    wrist.fall()
    falls = found(detector, wrist, 60)

    assert len(falls) == 1
    assert falls[0].probability > 0.9
    assert found(detector, wrist, 60) == []


def test_an_ordinary_hour_and_getting_up_are_no_fall():
    wrist, detector = Wrist(stream(7)), Detector(FS_HZ)
    wrist.fall()
    found(detector, wrist, 30)

    wrist.get_up()

    assert found(detector, wrist, 3600) == []


def test_the_impact_is_above_3_g_and_before_it_little_holds_the_arm():
    wrist = Wrist(stream(7))
    wrist.fall()
    sizes = [sum(axis * axis for axis in sample) ** 0.5 for sample in triples(wrist.samples(3 * FS_HZ))]

    assert min(sizes) < 600
    assert max(sizes) > 3000


def test_who_lies_falls_no_further_and_who_stands_does_not_get_up():
    wrist = Wrist(stream(7))
    wrist.get_up()
    wrist.fall()
    wrist.samples(5 * FS_HZ)

    wrist.fall()

    assert wrist.is_down
    assert max(abs(axis) for axis in wrist.samples(FS_HZ)) < 1200
