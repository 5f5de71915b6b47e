"""The trigger on MicroPython: the peaks of the detector in Python, at the same sample."""

import numpy as np

from edge.falls.candidates import Candidates
from edge.falls.resampling import Resampler
from edge.falls.trigger import AFTER, Trigger, squares
from forehand.trigger import Trigger as BoardTrigger
from tests.support.micropython_peaks import SAMPLES, arm


def drawn():
    return np.array(arm(SAMPLES)).reshape(-1, 3) + np.array([0, -900, 0])


def told(samples):
    board = BoardTrigger()
    heard = [(board.add(*sample), number) for number, sample in enumerate(samples.tolist())]
    return [(peak, number) for peak, number in heard if peak is not None]


def test_it_finds_the_peaks_that_the_detector_finds():
    samples = drawn()

    found = told(samples)

    assert [peak for peak, _ in found] == Trigger().feed(squares(Resampler(50.0).feed(samples).samples))
    assert len(found) > 20


def test_it_tells_them_when_the_detector_would_decide():
    samples = drawn()

    assert [each for each in told(samples) if each[0] >= 50] == [
        (each.peak_at, each.known_at) for each in Candidates(50.0).feed(samples)
    ]


def test_it_waits_for_what_follows():
    assert all(number == peak + AFTER for peak, number in told(drawn()))
