"""`python -m edge.falls.train`: from any recordings in the documented layout to a model, its card and its votes."""

import json
import math

import numpy as np
import pytest

from edge.falls.detector import Detector
from edge.falls.model import load
from edge.falls.train import __main__ as command
from edge.falls.train.recordings import Recording
from edge.falls.train.scoring import figures, outcome
from edge.falls.train.validation import meaning
from tests import movements

PEOPLE, EACH = 4, 6
QUICK = ["--networks", "1", "--copies", "1", "--epochs", "25", "--folds", "2"]


def jittered(samples, rng):
    return np.array(samples) + np.rint(rng.normal(0, 25, (len(samples), 3)))


def scene(number):
    """Every third is a fall; the others knock, or walk, or thrash after a thump."""
    thump = movements.WEIGHTLESS + movements.THUMP
    if number % 3 == 0:
        return movements.standing(4) + movements.falling() + movements.lying(5), True
    after = movements.walking(5) if number % 3 == 1 else movements.thrashing(5)
    return movements.standing(4) + thump + after, False


def recorded_set(folder, name="made_up", **changes):
    rng = np.random.default_rng(0)
    scenes = [(person, *scene(number)) for person in range(PEOPLE) for number in range(EACH)]
    acc = [jittered(samples, rng) for _, samples, _ in scenes]
    impact = [float(np.linalg.norm(each, axis=1).argmax() / 50) for each in acc]
    fields = {
        "acc_mg": np.concatenate(acc).astype(np.int16),
        "offset": np.cumsum([0, *(len(each) for each in acc)]),
        "fs": np.full(len(acc), 50.0, np.float32),
        "subject": np.array([f"P{person}" for person, _, _ in scenes]),
        "age_group": np.array(["young" if person else "elderly" for person, _, _ in scenes]),
        "activity": np.array(["fall" if is_fall else "other" for _, _, is_fall in scenes]),
        "is_fall": np.array([is_fall for _, _, is_fall in scenes]),
        "fall_start": np.full(len(acc), np.nan, np.float32),
        "impact": np.array(impact, np.float32),
        "meta": json.dumps({"source": "made up"}),
    }
    path = folder / f"{name}.npz"
    np.savez(path, **{field: value for field, value in (fields | changes).items() if value is not None})
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    path = recorded_set(folder)
    assert command.main(["--data", str(path), "--to", str(folder / "own"), *QUICK]) == 0
    return folder


def test_the_model_finds_the_falls_of_such_recordings(trained):
    model = load(trained / "own.npz")
    fallen = np.array(movements.standing(4) + movements.falling() + movements.lying(5))

    assert len(Detector(50.0, model).feed(fallen)) == 1
    assert Detector(50.0, model).feed(np.array(movements.walking(20))) == []
    assert model.provenance["people"] == {"made_up": PEOPLE}


def test_the_card_tells_what_it_was_fitted_to_how_it_judges_and_what_it_is_not_good_for(trained):
    card = (trained / "own.md").read_text()

    assert "| made_up | 4 | 1 | 8 | 16 |" in card
    assert "nobody is judged by a network that saw them" in card
    assert "| balanced | made_up | 1.000 |" in card
    assert "What it is not good for" in card


def test_votes_are_kept_for_every_peak_of_everybody(trained):
    with np.load(trained / "own.votes.npz") as votes:
        assert set(votes["number"]) == set(range(PEOPLE * EACH))
        assert votes["is_fall"].sum() == 8


def test_trained_again_it_is_the_same_file(trained):
    command.main(["--data", str(trained / "made_up.npz"), "--to", str(trained / "again"), *QUICK])

    one, other = load(trained / "own.npz"), load(trained / "again.npz")
    for a, b in zip(one.networks, other.networks, strict=True):
        assert np.array_equal(a.hidden.weights, b.hidden.weights)
        assert np.array_equal(a.convolutions[0].weights, b.convolutions[0].weights)
    assert one.percents == other.percents


def test_a_file_that_is_no_set_is_told_with_what_to_do(tmp_path, capsys):
    path = recorded_set(tmp_path, impact=None)

    assert command.main(["--data", str(path), "--to", str(tmp_path / "own")]) == 2
    assert "impact" in (said := capsys.readouterr().err)
    assert "edge/falls/train/recordings.py" in said
    assert command.main(["--data", str(tmp_path / "missing.npz"), "--to", str(tmp_path / "own")]) == 2


def recording(*, is_fall, person="a", impact_s=5.0):
    return Recording("set", person, "young", "x", 50.0, np.zeros((500, 3), np.int64), is_fall, impact_s - 2, impact_s)


def test_a_fall_found_too_late_or_too_early_is_not_found():
    fall = recording(is_fall=True)

    assert outcome(fall, [7.4]).is_found
    assert outcome(fall, [7.4, 9.0]).delay_s == pytest.approx(2.4)
    assert not outcome(fall, [2.9]).is_found
    assert not outcome(fall, [15.1]).is_found


def test_detections_within_ten_seconds_are_one_alarm():
    other = recording(is_fall=False)

    assert outcome(other, [1.0, 5.0, 10.9]).alarms == 1
    assert outcome(other, [1.0, 11.0]).alarms == 2


def test_figures_are_counted_over_recordings():
    seen = figures([
        outcome(recording(is_fall=True, person="a"), [7.0]),
        outcome(recording(is_fall=True, person="b"), []),
        outcome(recording(is_fall=False, person="a"), [1.0]),
        outcome(recording(is_fall=False, person="b"), []),
    ])  # fmt: skip

    assert (seen.sensitivity, seen.specificity, seen.f1) == (0.5, 0.5, 0.5)
    assert seen.f1_interval[0] <= 0.5 <= seen.f1_interval[1]
    assert math.isnan(figures([outcome(recording(is_fall=False), [])]).f1)


def test_votes_mean_the_share_of_falls_among_their_like():
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 3, 20_000)
    is_fall = rng.random(20_000) < 1 / (1 + np.exp(-(0.5 * odds - 1)))

    found = meaning(np.rint(odds * 1024).astype(np.int64), is_fall)

    assert found.slope == pytest.approx(0.5, abs=0.03)
    assert found.offset == pytest.approx(-1, abs=0.08)
    assert found.probability(np.array([found.vote(0.3)]))[0] == pytest.approx(0.3, abs=0.001)
