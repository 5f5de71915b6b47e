"""The day on which a stock is gone, on real daily use: networks that never saw the home, beside plain methods.

The scorer and its tasks are independent (`../shared/tools/depletion_eval.py`). Homes and devices are divided into
FOLDS; each is foretold by networks that were taught by the others.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks import hooks
from benchmarks.falls import SHARED, MissingError
from cloud.consumption.uses import Array
from scripts.population.__main__ import taught
from scripts.population.series import fold, read

FOLDS, NETWORKS, SHORT_TASKS = 5, 3, 400
RIVALS = ("mean", "batch_ses")
HEAD = ("depletion day, means of four kinds of use", "tasks", "pinball", "MAE days", "in 80 %", "in 95 %", "tasks/s")


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(None, NETWORKS)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(SHORT_TASKS, 1)


def scorer() -> ModuleType:
    """Raises MissingError."""
    tools, data = SHARED / "tools", SHARED / "data" / "consumption" / "series.parquet"
    for path in (tools / "depletion_eval.py", data):
        if not path.is_file():
            raise MissingError(f"../{path.relative_to(SHARED.parent)}")
    if str(tools) not in sys.path:
        sys.path.append(str(tools))
    return importlib.import_module("depletion_eval")


def _table(tasks: int | None, networks: int) -> tuple[str, list[tuple[str, ...]]]:
    score = scorer()
    data = score.load()
    asked, histories = score.make_tasks(data, n=tasks)
    rows = [HEAD]
    for name in RIVALS:
        began_s = score.time.process_time()
        said = score.predict(score.REG[name], histories, asked.stock.values)
        rows.append(_row(name, score.score(asked, said), len(asked) / (score.time.process_time() - began_s)))
    said, rate = _ours(score, data, asked, histories, networks)
    rows.append(_row(f"Forehand, homes it never saw ({networks} networks)", score.score(asked, said), rate))
    return "Depletion: days until 21 days' stock is gone, 60 at most", rows


def _ours(score: ModuleType, data: object, asked: object, histories: list[Array], networks: int) -> tuple[Array, float]:
    series = read(Path(score.DATA))
    folds = np.array([fold(str(data.entity[row]), FOLDS) for row in asked.idx])  # type: ignore[attr-defined]
    stocks = asked.stock.values  # type: ignore[attr-defined]
    said, took_s = np.empty((len(histories), len(score.QS))), 0.0
    for part in np.unique(folds):
        homes = taught(series.where([fold(entity, FOLDS) != part for entity in series.entities]), networks)
        here = np.flatnonzero(folds == part)
        began_s = score.time.process_time()
        said[here] = hooks.told_by(homes, [histories[n] for n in here], stocks[here], score.H, score.QS)
        took_s += score.time.process_time() - began_s
    return said, len(histories) / took_s


def _row(name: str, scores: dict[str, dict[str, float]], rate: float) -> tuple[str, ...]:
    mean = scores["ALL(macro)"]
    return (
        name, str(int(mean["n"])), f"{mean['pinball']:.2f}", f"{mean['MAE']:.2f}", f"{mean['cov80']:.3f}",
        f"{mean['cov95']:.3f}", f"{rate:.0f}",
    )  # fmt: skip
