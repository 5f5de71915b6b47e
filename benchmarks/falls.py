"""The fall detector on every visible recording, through the code that runs on the Pi, beside a textbook detector."""

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from edge.falls.detector import Detector

SHARED = Path(__file__).resolve().parents[2] / "shared"
SETS = ("weda", "umafall", "smartfallmm_adl")
"""Worn at the wrist."""
FREE_FALL_G, IMPACT_G, STILL_G = 0.6, 3.0, 0.3


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


def detector(acc: Any, fs: float) -> list[float]:
    """Ours, as the evaluator wants it: seconds at which a fall was found."""
    ours = Detector(fs)
    return [n / fs for n, (x, y, z) in enumerate(acc) if ours.add(float(x), float(y), float(z))]


def textbook(acc: Any, fs: float) -> list[float]:
    """Free fall, an impact within a second, then two seconds of stillness."""
    sizes = [math.hypot(*map(float, sample)) for sample in acc]
    still, settle, found, quiet_until = round(2 * fs), round(1.5 * fs), [], 0
    for n in range(settle + still, len(sizes)):
        impact = n - settle - still
        falling = min(sizes[max(0, impact - round(fs)) : impact + 1])
        rest = sizes[n - still : n]
        mean = sum(rest) / still
        spread = math.sqrt(sum((size - mean) ** 2 for size in rest) / still)
        if n >= quiet_until and sizes[impact] > IMPACT_G and falling < FREE_FALL_G and spread < STILL_G:
            found.append(n / fs)
            quiet_until = n + round(10 * fs)
    return found


def table() -> tuple[str, list[tuple[str, ...]]]:
    scorer = evaluator()
    rows = [("", "sensitivity", "specificity", "F1", "alarms/h", "p90 s")]
    for name in SETS:
        trials = load_sets(name)
        for title, each in (("ours", detector), ("textbook", textbook)):
            rows.append(_row(f"{name}, {title}", scorer.evaluate(each, trials)["overall"]))
        broken = scorer.check_causal(detector, trials)
        assert not broken, f"it looks ahead: {broken[0]}"
    return "Falls (visible people, among them those it was fitted to; a stress number, not alarms per day)", rows


def _row(title: str, score: dict[str, Any]) -> tuple[str, ...]:
    falls = score["falls"] > 0
    return (
        title,
        f"{score['sensitivity']:.3f}" if falls else "-",
        f"{score['specificity']:.3f}",
        f"{score['f1']:.3f}" if falls else "-",
        f"{score['fa_per_h']:.1f}",
        f"{score['latency_p90']:.2f}" if falls else "-",
    )
