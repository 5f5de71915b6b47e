"""The detector in C: the same falls at the same sample as in Python, also as real Arm code, in a few kilobytes."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import falls_board
from tests import falls_recordings
from tests.shared import needs_program

A_STREAM = st.tuples(st.floats(15.0, 200.0), st.integers(0, 2**32 - 1), st.integers(300, 2_500))


def wild(fs_hz, seed, count):
    """An arm that turns, shakes and strikes, beyond what any sensor measures."""
    rng = np.random.default_rng(seed)
    postures = np.repeat(rng.normal(0, 600, (count // 100 + 1, 3)), 100, axis=0)[:count]
    blows = rng.normal(0, 4_000, (count, 3)) * (rng.random((count, 1)) < 0.02)
    return fs_hz, np.rint(postures + rng.normal(0, rng.choice([5, 80, 400]), (count, 3)) + blows).astype(np.int64)


def recorded(name, every=1):
    falls_recordings.trials(name)  # or skipped
    return falls_board.streams_of(name, every)


@pytest.fixture(autouse=True)
def compilers():
    for program in ("make", "gcc"):
        needs_program(program)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(A_STREAM, min_size=8, max_size=8))
def test_whatever_the_arm_does_at_any_rate_both_give_every_peak_the_same_vote(drawn):
    streams = [wild(*each) for each in drawn]

    told = falls_board.in_c(streams, every_peak=True)

    assert told == falls_board.in_python(streams, every_peak=True)


def test_wild_streams_do_have_peaks():
    assert len(falls_board.in_c([wild(50.0, 1, 2_500)], every_peak=True)) > 5


@pytest.mark.parametrize("name", ["weda", "umafall", "smartfallmm_adl"])
def test_on_every_recording_both_give_every_peak_the_same_vote_at_the_same_sample(name):
    streams = recorded(name)

    told = falls_board.in_c(streams, every_peak=True)

    assert told == falls_board.in_python(streams, every_peak=True)
    assert len(told) > 500


def test_at_the_waist_as_well():
    streams = recorded("sisfall", every=4)

    assert falls_board.in_c(streams, "waist") == falls_board.in_python(streams, "waist") != []


def test_a_cortex_m4_gives_the_same_falls():
    needs_program("arm-none-eabi-gcc")
    needs_program("qemu-system-arm")
    streams = recorded("weda", every=15) + recorded("umafall", every=30)

    told, (instructions, samples, longest) = falls_board.in_qemu(streams)

    assert told == falls_board.in_python(streams) != []
    assert samples == sum(len(samples) for _, samples in streams)
    assert instructions / samples * 50 < 5_000_000, "less than a tenth of a 64 MHz core at 50 Hz"
    assert longest < 16_000_000, "a decision within a quarter of a second"


def test_it_is_as_small_as_the_readme_says():
    needs_program("arm-none-eabi-gcc")
    said = falls_board.make("sizes")

    flash, static = (int(number) for number in re.search(r"flash (\d+) bytes, static RAM (\d+)", said).groups())
    memory = int(re.search(r"fh_falls: (\d+) bytes", said).group(1))
    assert flash < 64 * 1024
    assert static + memory < 16 * 1024
