"""Recorded falls and ordinary movement, as the wristband would have told them."""

import json
from pathlib import Path
from typing import Any

from benchmarks.falls import load_sets
from tests.shared import SHARED, needs

A_FALL = "F01"  # WEDA-FALL: a slip, forward
A_WALK = "D01"
BUNCH = 10  # samples in a line


def trials(name: str = "weda") -> list[Any]:
    """All recordings of one set."""
    needs(SHARED / "data" / "falls" / f"{name}_dev.npz")
    needs(SHARED / "tools" / "fall_eval.py")
    return load_sets(name)


def trial(activity: str, number: int = 0) -> Any:
    """One recording of one kind of activity."""
    return [each for each in trials() if each.activity == activity][number]


def acc_mg(recorded: Any) -> list[int]:
    """x, y, z of each sample in turn."""
    return [round(1000 * float(axis)) for sample in recorded.acc for axis in sample]


def lines(recorded: Any, still_s: float = 0.0) -> list[str]:
    """The wristband's lines; at the end the wearer lies as at the last sample for `still_s`."""
    numbers, fs_hz = acc_mg(recorded), round(recorded.fs)
    numbers += numbers[-3:] * round(still_s * fs_hz)
    step = 3 * BUNCH
    bunches = [numbers[start : start + step] for start in range(0, len(numbers), step)]
    return [json.dumps({"fs_hz": fs_hz, "acc_mg": bunch}) for bunch in bunches]


def write(path: Path, told: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in told))
    return path
