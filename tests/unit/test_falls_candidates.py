"""From a sensor's samples to windows: the same whatever the rate, and however the stream is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.falls.candidates import HISTORY, Candidates
from edge.falls.resampling import LIMIT_MG, RATE_HZ, Resampler
from edge.falls.trigger import AFTER, ALONE, Trigger, squares
from edge.falls.window import BEFORE, LENGTH

RATES = st.floats(15.0, 200.0)
CUTS = st.lists(st.integers(1, 300), min_size=1, max_size=20)


def arm(count, seed=0):
    rng = np.random.default_rng(seed)
    blows = rng.normal(0, 3_000, (count, 3)) * (rng.random((count, 1)) < 0.03)
    return np.rint(np.array([0, -1000, 100]) + rng.normal(0, 100, (count, 3)) + blows).astype(np.int64)


def pieces(samples, cuts):
    first = 0
    while first < len(samples):
        for cut in cuts:
            yield samples[first : first + cut]
            first += cut


def peaks(sizes_mg):
    return Trigger().feed(np.array([size * size for size in sizes_mg]))


@settings(deadline=None)
@given(RATES, CUTS)
def test_however_the_stream_is_cut_the_samples_are_the_same(fs_hz, cuts):
    samples = arm(1_000)
    whole = Resampler(fs_hz).feed(samples)

    made = Resampler(fs_hz)
    parts = [made.feed(piece) for piece in pieces(samples, cuts)]

    assert np.array_equal(np.concatenate([part.samples for part in parts]), whole.samples)
    first, offsets = 0, []
    for part in parts:
        offsets += part.known_at.tolist()
        first += len(part.samples)
    assert offsets == whole.known_at.tolist()


@given(RATES)
def test_any_rate_becomes_fifty_a_second(fs_hz):
    seconds = 20

    made = Resampler(fs_hz).feed(arm(round(seconds * fs_hz)))

    assert len(made.samples) == pytest.approx(seconds * RATE_HZ, abs=RATE_HZ / fs_hz * 4 + 2)


@given(RATES)
def test_no_sample_is_known_before_its_time(fs_hz):
    made = Resampler(fs_hz).feed(arm(round(10 * fs_hz)))

    own_s = np.arange(len(made.samples)) / RATE_HZ
    late_s = made.known_at / fs_hz - own_s
    assert (late_s > -1 / fs_hz - 0.01).all()
    assert (late_s < 2 / fs_hz + 4 / RATE_HZ).all()


def test_a_sine_keeps_its_height_at_twenty_samples_a_second():
    at_s = np.arange(400) / 20
    wave = np.stack([np.rint(1_000 * np.sin(2 * np.pi * at_s)), 0 * at_s, 0 * at_s], axis=1).astype(np.int64)

    made = Resampler(20.0).feed(wave).samples[:, 0]

    expected = 1_000 * np.sin(2 * np.pi * np.arange(len(made)) / RATE_HZ)
    assert np.abs(made - expected).max() < 15


def test_what_a_small_sensor_could_not_tell_is_cut_off():
    made = Resampler(50.0).feed(np.array([[9_000, -9_000, 5]]))

    assert made.samples.tolist() == [[LIMIT_MG, -LIMIT_MG, 5]]


def test_a_peak_waits_for_what_follows():
    sizes = [1_000] * 100 + [2_000] + [1_000] * AFTER

    assert peaks(sizes[:-1]) == []
    assert peaks(sizes) == [100]


def test_within_a_second_only_the_largest_counts():
    sizes = [1_000] * 100 + [2_000] + [1_000] * (ALONE - 1) + [3_000] + [1_000] * AFTER

    assert peaks(sizes) == [100 + ALONE]


def test_the_first_of_equals_counts():
    assert peaks([1_000] * 60 + [2_000] * 3 + [1_000] * AFTER) == [60]


def test_two_peaks_apart_are_two():
    sizes = [1_000] * 60 + [3_000] + [1_000] * ALONE + [2_000] + [1_000] * AFTER

    assert peaks(sizes) == [60, 61 + ALONE]


def test_everyday_movement_is_no_peak():
    assert peaks([1_599] * 1_000) == []


@settings(deadline=None)
@given(RATES, CUTS)
def test_however_the_stream_is_cut_the_windows_are_the_same(fs_hz, cuts):
    samples = arm(2_000, seed=3)
    whole = Candidates(fs_hz).feed(samples)

    made = Candidates(fs_hz)
    found = [each for piece in pieces(samples, cuts) for each in made.feed(piece)]

    assert [(each.peak_at, each.known_at) for each in found] == [(each.peak_at, each.known_at) for each in whole]
    assert all(np.array_equal(a.window, b.window) for a, b in zip(found, whole, strict=True))


def test_the_peak_stands_at_its_place_in_the_window():
    samples = np.tile(np.array([0, 0, 1_000]), (400, 1))
    samples[200] = [0, 3_000, 0]

    (found,) = Candidates(50.0).feed(samples)

    assert found.window.shape == (LENGTH, 3)
    assert found.window[BEFORE].tolist() == [0, 3_000, 0]
    assert (found.peak_at, found.known_at) == (200, 200 + AFTER)


def test_before_the_beginning_stands_the_first_sample():
    samples = np.tile(np.array([0, 0, 1_000]), (250, 1))
    samples[0] = [700, 0, 700]
    samples[HISTORY] = [0, 3_000, 0]

    (found,) = Candidates(50.0).feed(samples)

    assert found.window[0].tolist() == [700, 0, 700]


def test_of_a_peak_at_the_very_beginning_nobody_knows_what_was_before():
    samples = np.tile(np.array([0, 0, 1_000]), (250, 1))
    samples[HISTORY - 1] = [0, 3_000, 0]

    assert Candidates(50.0).feed(samples) == []


def test_memory_does_not_grow():
    made = Candidates(50.0)

    for seed in range(20):
        made.feed(arm(1_000, seed))

    assert made._recent.shape == (LENGTH - 1, 3)
    assert len(made._trigger._waiting) <= 4


def test_sizes_are_whole_numbers():
    assert squares(np.array([[3, 4, 12]])).tolist() == [169]
