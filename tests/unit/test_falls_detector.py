"""The fall detector: a thump, another posture and stillness are a fall; it looks at nothing to come."""

import math

import numpy as np
import pytest

from benchmarks.falls import evaluator, left_out
from contract.fields import Point
from edge.falls import detect, detect_transfer, detect_waist
from edge.falls.detector import Detector
from tests import falls_recordings as recordings
from tests import movements

FALLEN = movements.standing(4) + movements.falling() + movements.lying(4)
IMPACT = max(range(len(FALLEN)), key=lambda n: math.hypot(*FALLEN[n]))


def found(samples, fs_hz=50.0, point=Point.BALANCED):
    return Detector(fs_hz, point=point).feed(np.array(samples))


def at_rate(samples, fs_hz):
    """As a sensor of another rate would have told them."""
    at = np.arange(0, len(samples) - 1, movements.FS / fs_hz)
    whole = np.array(samples, float)
    return np.rint(
        np.stack([np.interp(at, np.arange(len(samples)), whole[:, axis]) for axis in range(3)], axis=1)
    ).astype(np.int64)


def test_a_thump_then_another_posture_then_stillness_is_a_fall():
    (fall,) = found(FALLEN)

    assert fall.impact_at == IMPACT
    assert fall.at - IMPACT <= 2.5 * movements.FS
    assert fall.probability > 0.9


def test_whoever_sits_still_does_not_fall():
    assert found(movements.lying(60)) == []


def test_whoever_walks_does_not_fall():
    assert found(movements.walking(60)) == []


def test_a_thump_after_which_the_wearer_walks_on_is_no_fall():
    assert found(FALLEN[: IMPACT + 8] + movements.walking(6)) == []


def test_a_knock_after_which_the_arm_is_held_as_before_is_no_fall():
    assert found(movements.standing(4) + movements.THUMP[4:6] + movements.standing(4)) == []


def test_nobody_knows_how_the_wearer_stood_when_the_stream_begins_with_the_thump():
    assert found(FALLEN[IMPACT - 10 :]) == []


@pytest.mark.parametrize("fs_hz", [20, 31.25, 33.6, 100, 200])
def test_at_any_rate_it_is_the_same_fall(fs_hz):
    (fall,) = found(at_rate(FALLEN, fs_hz), fs_hz)

    assert fall.impact_at / fs_hz == pytest.approx(IMPACT / movements.FS, abs=0.1)
    assert fall.at / fs_hz <= IMPACT / movements.FS + 2.5


@pytest.mark.parametrize("limit_mg", [2_000, 4_000, 8_000])
def test_a_sensor_that_clips_tells_of_it_as_well(limit_mg):
    assert len(found(np.clip(FALLEN, -limit_mg, limit_mg))) == 1


@pytest.mark.parametrize("axes", [(1, 0, 2), (2, 1, 0), (0, 2, 1)])
@pytest.mark.parametrize("sign", [1, -1])
def test_worn_any_way_round_it_is_the_same_fall(axes, sign):
    turned = sign * np.array(FALLEN)[:, axes]

    assert [fall.impact_at for fall in found(turned)] == [IMPACT]


def test_told_in_any_pieces_it_is_the_same_fall():
    detector = Detector(50.0)

    told = [fall for n in range(0, len(FALLEN), 7) for fall in detector.feed(np.array(FALLEN[n : n + 7]))]

    assert told == found(FALLEN)


def test_whoever_asks_for_a_quieter_point_is_told_less():
    told = {point: len(found(FALLEN * 3, point=point)) for point in Point}

    assert told[Point.SENSITIVE] >= told[Point.BALANCED] >= told[Point.QUIET] >= 1


@pytest.mark.parametrize("fs_hz", [0, 5, 1000, math.nan, math.inf])
def test_a_rate_it_was_not_made_for_is_refused(fs_hz):
    with pytest.raises(ValueError, match="samples a second"):
        Detector(fs_hz)


@pytest.mark.parametrize("sample", [(0, 0, 0), (400_000, -400_000, 400_000)])
def test_no_measured_value_breaks_it(sample):
    assert found([sample] * 1000) == []


def test_a_value_that_was_not_measured_breaks_nothing():
    acc = np.array(FALLEN) / 1000
    acc[100] = math.nan

    assert detect(acc, 50.0) == [fall.at / 50 for fall in found(FALLEN)]


@pytest.mark.parametrize(
    ("model", "name", "sensitivity", "specificity", "older"),
    [
        ("wrist", "weda", 0.97, 0.98, 0),
        ("wrist", "umafall", 0.95, 0.99, 0),
        ("wrist", "smartfallmm_adl", 0, 0.99, 1),
        ("waist", "sisfall", 0.99, 0.995, 4),
    ],
)
def test_people_it_never_saw_are_judged_as_well_as_the_card_says(model, name, sensitivity, specificity, older):
    trials = recordings.trials(name)

    score = evaluator().evaluate(left_out(model, name, trials), trials)

    overall = score["overall"]
    assert not overall["falls"] or overall["sensitivity"] >= sensitivity
    assert not overall["falls"] or overall["latency_p90"] <= 2.5
    assert overall["specificity"] >= specificity
    assert score["older_or_elderly"]["false_alarms"] <= older


def test_a_device_it_never_saw_is_served_as_well_as_the_readme_says():
    overall = evaluator().evaluate(detect_transfer, recordings.trials("umafall"))["overall"]

    assert overall["sensitivity"] >= 0.88
    assert overall["specificity"] >= 0.97


@pytest.mark.parametrize(
    ("detector", "name"),
    [(detect, "weda"), (detect, "umafall"), (detect_transfer, "umafall"), (detect_waist, "sisfall")],
)
def test_it_never_looks_ahead(detector, name):
    assert evaluator().check_causal(detector, recordings.trials(name)) == []
