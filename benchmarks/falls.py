"""The fall detector on recorded people that it never saw, beside what others do, judged by an independent scorer.

Ours are the votes of networks that saw nobody of a person's fold, kept beside each model by
`python -m edge.falls.train`; the boosted trees are fitted here, in the same folds. For an unseen device it is the very
model that is kept for that: it has seen nobody of UMAFall.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from contract.fields import Point
from edge.falls import detect_transfer
from edge.falls.model import FOLDER, shipped

SHARED = Path(__file__).resolve().parents[2] / "shared"
WRIST = ("weda", "umafall", "smartfallmm_adl")
WAIST = ("sisfall",)


class MissingError(Exception):
    """What is measured does not lie beside this repository; the message names it."""


def evaluator() -> ModuleType:
    """The scorer that knows nothing of any detector. Raises MissingError."""
    path = _there(SHARED / "tools" / "fall_eval.py")
    spec = importlib.util.spec_from_file_location("fall_eval", path)
    if spec is None or spec.loader is None:
        raise MissingError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fall_eval"] = module
    spec.loader.exec_module(module)
    return module


def load_sets(name: str) -> list[Any]:
    """Raises MissingError."""
    return evaluator().load(str(_there(SHARED / "data" / "falls" / f"{name}_dev.npz")))


def _there(path: Path) -> Path:
    if not path.is_file():
        raise MissingError(f"../{path.relative_to(SHARED.parent)}")
    return path


class Told:
    """A detector whose detections are known already: of each recording, by what it was given."""

    def __init__(self, trials: list[Any], times: dict[int, list[float]]) -> None:
        self._times = {id(trial.acc): times.get(number, []) for number, trial in enumerate(trials)}

    def __call__(self, acc: Any, fs: float) -> list[float]:
        return self._times[id(acc)]


def left_out(model: str, name: str, trials: list[Any], point: Point = Point.BALANCED) -> Told:
    """What people of that set were taken for by networks that saw nobody of their fold."""
    with np.load(FOLDER / f"{model}.votes.npz") as votes:
        is_told = (votes["set_name"] == name) & (votes["vote"] >= shipped(model).points[point])
        times: dict[int, list[float]] = {}
        for number, at_s in zip(votes["number"][is_told], votes["at_s"][is_told], strict=True):
            times.setdefault(int(number), []).append(float(at_s))
    return Told(trials, times)


HEAD = ("", "sensitivity", "specificity", "F1", "alarms/h", "not young", "median s", "p90 s")


def table() -> tuple[str, list[tuple[str, ...]]]:
    from benchmarks.falls_rivals import rivals  # noqa: PLC0415 - it needs what stands above

    scorer, rows = evaluator(), [HEAD]
    for model, names in (("wrist", WRIST), ("waist", WAIST)):
        sets = {name: load_sets(name) for name in names}
        judged = {"Forehand": {name: left_out(model, name, trials) for name, trials in sets.items()}, **rivals(sets)}
        for name, trials in sets.items():
            for title, detectors in judged.items():
                rows.append(_row(f"{name}: {title}", scorer.evaluate(detectors[name], trials)))
            if name == "umafall":
                rows.append(_row("umafall: Forehand, an unseen device", scorer.evaluate(detect_transfer, trials)))
    return "Falls, people never seen (scripted days; alarms among the not young: of how many recordings)", rows


def _row(title: str, score: dict[str, Any]) -> tuple[str, ...]:
    overall, older = score["overall"], score["older_or_elderly"]
    falls = overall["falls"] > 0
    return (
        title,
        f"{overall['sensitivity']:.3f}" if falls else "-",
        f"{overall['specificity']:.3f}",
        f"{overall['f1']:.3f}" if falls else "-",
        f"{overall['fa_per_h']:.1f}",
        f"{older['false_alarms']} of {older['adl']}",
        f"{overall['latency_median']:.2f}" if falls else "-",
        f"{overall['latency_p90']:.2f}" if falls else "-",
    )
