"""What *Safety* says a point finds is what people were taken for who were left out."""

import pytest

from benchmarks.falls import evaluator, left_out
from cloud.emergencies.points import FLOOR_OF_100, FOUND_OF_100
from contract.fields import Point
from tests import falls_recordings


@pytest.mark.parametrize("point", list(Point))
def test_so_many_of_a_hundred_falls_at_the_wrist_are_found(point):
    found = falls = 0
    for name in ("weda", "umafall"):
        trials = falls_recordings.trials(name)
        overall = evaluator().evaluate(left_out("wrist", name, trials, point), trials)["overall"]
        found, falls = found + overall["tp"], falls + overall["falls"]

    assert FOUND_OF_100[point] == int(100 * found / falls)
    assert FOUND_OF_100[point] >= FLOOR_OF_100
