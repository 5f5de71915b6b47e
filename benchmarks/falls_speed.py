"""How quick the fall detector is: whole recordings at once, and live, a frame of ten samples each fifth of a second."""

import time

import numpy as np

from benchmarks.falls import load_sets
from benchmarks.falls_rivals import textbook
from edge.falls.detector import Detector
from edge.falls.monitor import Monitor
from kit.ids import seeded

FRAME = 10
LIVE_S = 600.0


def table() -> tuple[str, list[tuple[str, ...]]]:
    trials = load_sets("weda")
    streams = [np.rint(trial.acc.astype(np.float64) * 1000).astype(np.int64) for trial in trials]
    seconds = sum(len(stream) for stream in streams) / 50
    took_s = _timed(lambda: [Detector(50.0).feed(stream) for stream in streams])
    day = np.concatenate(streams)
    at_once_s = _timed(lambda: Detector(50.0).feed(day))
    rival_s = _timed(lambda: [textbook(trial.acc, trial.fs) for trial in trials])
    live = day[: round(LIVE_S * 50)]
    live_s = _timed(lambda: _lived(live))
    rows = [
        ("", "seconds of signal", "processor s", "times real time", "of a core, live"),
        ("each recording by itself", f"{seconds:.0f}", f"{took_s:.2f}", f"{seconds / took_s:,.0f}", ""),
        ("all as one stream", f"{seconds:.0f}", f"{at_once_s:.2f}", f"{seconds / at_once_s:,.0f}", ""),
        ("textbook threshold", f"{seconds:.0f}", f"{rival_s:.2f}", f"{seconds / rival_s:,.0f}", ""),
        (
            "live through the monitor",
            f"{LIVE_S:.0f}",
            f"{live_s:.2f}",
            f"{LIVE_S / live_s:,.0f}",
            f"{live_s / LIVE_S:.2%}",
        ),
    ]
    return "How quick the fall detector is (one core; WEDA-FALL's recordings, full of peaks)", rows


def _timed(work: object) -> float:
    Detector(50.0)  # the model is read once
    began = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - began


def _lived(samples: "np.ndarray[tuple[int, int], np.dtype[np.int64]]") -> None:
    monitor = Monitor(seeded(1))
    for first in range(0, len(samples), FRAME):
        up_ms = 1_000 + (first + FRAME) * 20
        monitor.at(up_ms)
        monitor.moved(50.0, samples[first : first + FRAME].ravel().tolist(), up_ms)
