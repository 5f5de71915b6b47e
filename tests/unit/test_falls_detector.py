"""The fall detector: fed sample by sample it finds falls, looks at nothing to come, and leaves ordinary days alone."""

import math

import pytest

from benchmarks.falls import detector, evaluator
from edge.falls.detector import Detector
from tests import falls_recordings as recordings
from tests import movements


def in_g(samples):
    return [tuple(axis / 1000 for axis in sample) for sample in samples]


FALLEN = in_g(movements.standing(4) + movements.falling() + movements.lying(4))
IMPACT = max(range(len(FALLEN)), key=lambda n: math.hypot(*FALLEN[n]))


def found(samples, fs_hz=50):
    made = Detector(fs_hz)
    return [(n, detection) for n, sample in enumerate(samples) if (detection := made.add(*sample))]


def test_a_thump_then_another_posture_then_stillness_is_a_fall():
    ((index, detection),) = found(FALLEN)

    assert index - detection.samples_ago == IMPACT
    assert detection.samples_ago <= 2.5 * movements.FS


def test_whoever_sits_still_does_not_fall():
    assert found(in_g(movements.lying(60))) == []


def test_whoever_walks_does_not_fall():
    assert found(in_g(movements.walking(60))) == []


def test_a_thump_after_which_nothing_is_still_is_no_fall():
    assert found(FALLEN[: IMPACT + 20] + in_g(movements.thrashing(6))) == []


def test_a_knock_after_which_the_arm_is_held_as_before_is_no_fall():
    assert found(in_g(movements.standing(4) + movements.THUMP[:2] + movements.standing(4))) == []


def test_nobody_knows_how_the_wearer_stood_when_the_stream_begins_with_the_thump():
    assert found(FALLEN[IMPACT - 10 :]) == []


@pytest.mark.parametrize("fs_hz", [0, 5, 1000, math.nan])
def test_a_rate_it_was_not_made_for_is_refused(fs_hz):
    with pytest.raises(ValueError, match="samples a second"):
        Detector(fs_hz)


@pytest.mark.parametrize("sample", [(0.0, 0.0, 0.0), (400.0, -400.0, 400.0)])
def test_no_measured_value_breaks_it(sample):
    found([sample] * 1000)


@pytest.mark.parametrize(
    ("name", "sensitivity", "specificity"),
    [("weda", 0.92, 0.95), ("umafall", 0.92, 0.95), ("smartfallmm_adl", 0, 0.98)],
)
def test_on_recorded_people_it_is_as_good_as_we_say(name, sensitivity, specificity):
    trials = recordings.trials(name)
    result = evaluator().evaluate(detector, trials)["overall"]

    assert not result["falls"] or result["sensitivity"] >= sensitivity
    assert not result["falls"] or result["latency_p90"] <= 2.6
    assert result["specificity"] >= specificity
    assert evaluator().check_causal(detector, trials) == []
