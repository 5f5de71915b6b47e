"""Falls: the detector for scorers and scripts. `edge.falls.monitor` watches over a wearer with it."""

import numpy as np
from numpy.typing import NDArray

from edge.falls.detector import Detector, FallEvent
from edge.falls.model import shipped

__all__ = ["Detector", "FallEvent", "detect", "detect_transfer", "detect_waist"]


def detect(acc: NDArray[np.float32], fs: float) -> list[float]:
    """Seconds at which a fall became known. `acc`: (N, 3) in g, gravity included; `fs`: samples a second; `balanced`.

    Raises ValueError for fewer than 15 or more than 200 samples a second.
    """
    return _detect(acc, fs, "wrist")


def detect_waist(acc: NDArray[np.float32], fs: float) -> list[float]:
    """The same for a sensor at the waist."""
    return _detect(acc, fs, "waist")


def detect_transfer(acc: NDArray[np.float32], fs: float) -> list[float]:
    """The same by a model that was fitted without UMAFall: how well an unseen device is served."""
    return _detect(acc, fs, "transfer")


def _detect(acc: NDArray[np.float32], fs: float, model: str) -> list[float]:
    acc_mg = np.rint(np.nan_to_num(np.asarray(acc, np.float64)) * 1000).astype(np.int64).reshape(-1, 3)
    return [event.at / fs for event in Detector(fs, shipped(model)).feed(acc_mg)]
