"""The tables of falls: people are left out, every kind of a week is recorded, the picture shows what the table does."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks import falls, falls_measures, falls_reliability, falls_rivals, falls_week
from contract.fields import Point
from edge.falls.model import FOLDER
from edge.falls.train.examples import examples
from edge.falls.trigger import TRIGGER_MG
from tests import falls_recordings


@pytest.fixture
def recordings():
    return falls_recordings.trials("umafall")


def test_votes_that_are_kept_are_those_of_the_recordings(recordings):
    found = examples([falls_rivals.recorded("umafall", trial) for trial in recordings], TRIGGER_MG)

    with np.load(FOLDER / "wrist.votes.npz") as votes:
        of = votes["set_name"] == "umafall"
        assert votes["number"][of].tolist() == found.recording.tolist()
        assert votes["at_s"][of] == pytest.approx(found.at_s)
        assert votes["is_fall"][of].tolist() == found.is_fall.tolist()


def test_votes_for_people_left_out_are_not_those_of_the_model_that_saw_them(recordings):
    score = falls.evaluator().evaluate

    left_out = score(falls.left_out("wrist", "umafall", recordings, Point.QUIET), recordings)["overall"]

    assert left_out["tp"] < left_out["falls"]


def test_thresholds_find_falls_and_miss_some(recordings):
    for rival in (falls_rivals.textbook, falls_rivals.tuned):
        overall = falls.evaluator().evaluate(rival, recordings)["overall"]
        assert 0.4 < overall["sensitivity"] < 0.95
        assert overall["specificity"] > 0.8


def test_thresholds_never_look_ahead(recordings):
    for rival in (falls_rivals.textbook, falls_rivals.tuned):
        assert falls.evaluator().check_causal(rival, recordings) == []


def test_trees_are_given_24_measures_that_do_not_depend_on_how_the_band_is_worn(recordings):
    windows = examples([falls_rivals.recorded("umafall", trial) for trial in recordings[:30]], TRIGGER_MG).windows

    measured = falls_measures.measures(windows)

    assert measured.shape == (len(windows), 24)
    turned = np.stack([-windows[:, :, 1], windows[:, :, 0], windows[:, :, 2]], axis=2)
    assert falls_measures.measures(turned) == pytest.approx(measured, abs=1e-6)


def test_every_kind_of_a_week_is_recorded():
    falls_recordings.trials()

    rows = falls_week.table()[1]

    assert len(rows) == len(falls_week.DAY) + 2
    assert all(int(row[1]) >= 20 for row in rows[1:-1])
    assert float(rows[-1][3]) >= float(rows[-1][4]) >= float(rows[-1][5])


def test_the_picture_shows_a_point_for_each_line_of_the_table():
    falls_recordings.trials()

    root = ET.fromstring(falls_reliability.drawn())  # noqa: S314 - ours

    dots = [each for each in root.iter() if each.get("class") == "dot"]
    assert len(dots) == len(falls_reliability.table()[1]) - 1 >= 12
