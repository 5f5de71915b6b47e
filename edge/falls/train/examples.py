"""Every peak of every recording, by the very code that runs on the Pi: what came around it, and was it the fall."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.falls.candidates import Candidates
from edge.falls.train.recordings import Recording
from edge.falls.window import Windows

NEAR_S = 1.0
"""A peak so near to the noted impact is the fall. Others after it, within reach, are nobody's example."""


@dataclass(frozen=True)
class Examples:
    """One row for each peak; `recording` says of which, `at_s` when it would be decided."""

    windows: Windows
    is_fall: NDArray[np.bool_]
    is_taught: NDArray[np.bool_]
    recording: NDArray[np.int64]
    at_s: NDArray[np.float64]


def examples(recordings: Sequence[Recording], trigger_mg: int) -> Examples:
    windows, falls, taught, numbers, moments = [], [], [], [], []
    for number, recording in enumerate(recordings):
        for found in Candidates(recording.fs_hz, trigger_mg).feed(recording.acc_mg):
            at_s, peak_s = found.known_at / recording.fs_hz, found.peak_at / recording.fs_hz
            is_near = recording.is_fall and abs(peak_s - recording.impact_s) <= NEAR_S
            is_after = recording.is_fall and recording.finds(at_s) and peak_s > recording.impact_s - NEAR_S
            windows.append(found.window)
            falls.append(is_near)
            taught.append(is_near or not is_after)
            numbers.append(number)
            moments.append(at_s)
    return Examples(np.array(windows), np.array(falls), np.array(taught), np.array(numbers), np.array(moments))
