"""Planning a million slots on one core: when each is empty, and what to order; and what one more day of them costs.

The slots are made of real use: what is remembered of the visible series on days drawn by chance, repeated until they
are enough. What is planned costs the same however alike two slots are. A process of its own does it, so that its
memory can be told; seconds are of the processor.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import depletion, hooks
from cloud.consumption import one_day, population, shortage
from cloud.consumption.population import Population
from cloud.consumption.shortage import Shortage
from cloud.consumption.uses import Array, Uses
from cloud.replenishment import packs
from scripts.population.series import read

SLOTS, SHORT_SLOTS = 1_000_000, 5_000
SERIES, SHORT_SERIES = 20_000, 500
PHASES = 8  # days drawn of each series
YEAR, LEAST_DAYS = 365, 90
AT_ONCE = 50_000  # slots, so that what is asked of all of them fits beside what is remembered
CHANCE, PACK_DAYS, LEADS = 0.1, 30.0, (2, 3, 4)
ALONE, TIMES = 500, 5
SEED = 1
HEAD = ("on one core", "slots", "seconds", "a second", "µs each", "peak MB")

Rows = list[tuple[str, ...]]


def table() -> tuple[str, Rows]:
    return _table(SLOTS, SERIES)


def short_table() -> tuple[str, Rows]:
    return _table(SHORT_SLOTS, SHORT_SERIES)


def _table(slots: int, series: int) -> tuple[str, Rows]:
    data = depletion.scorer().DATA
    one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "benchmarks.fleet", str(data), str(slots), str(series)]
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, env=os.environ | one_core, cwd=root, stdout=subprocess.PIPE, check=True)
    rows = [_row(*each) for each in json.loads(done.stdout)]
    return f"A fleet: {slots} slots, packs of a month, lead times of 2 to 4 days", [HEAD, *rows]


def _row(what: str, slots: int, seconds: float, megabytes: float) -> tuple[str, ...]:
    each = (str(slots), f"{seconds:.2f}", f"{slots / seconds:.0f}", f"{1e6 * seconds / slots:.1f}")
    return (what, *each, f"{megabytes:.0f}")


def main(data: str, slots: int, series: int) -> None:
    """As a process of its own: rows of what, how many, seconds and the peak of memory until then."""
    chances = np.random.default_rng(SEED)
    histories = [used[:YEAR] for used in read(Path(data)).used if used[:LEAST_DAYS].any()]
    fleet = made(histories, slots, chances)
    stock, pack = _stocked(fleet, chances)
    homes, late = population.shipped(), shortage.shipped()
    plan(fleet.part(slice(0, 100)), stock[:100], pack[:100], homes, late)  # what is loaded once is not counted
    whole = "the plan: when empty, what to order"
    rows = [_timed(whole, slots, lambda: plan(fleet, stock, pack, homes, late), times=1)]
    day = pack * chances.random(slots) / PACK_DAYS
    rows.append(_timed("one more day of all of them", slots, lambda: fleet.add(day)))
    alone = fleet.of(np.array([0]))
    row = alone.rows()[0].tolist()
    rows.append(_timed("one more day of one slot, as slots add it", ALONE, lambda: _plainly(row, day[:ALONE].tolist())))
    rows.append(_timed("one more day of one slot, by arrays of one row", ALONE, lambda: _again(alone, day)))
    years = [used for used in histories if len(used) == YEAR]
    chosen = [years[n] for n in chances.integers(0, len(years), series)]
    fit = "a year of days remembered, and when empty"
    rows.append(_timed(fit, series, lambda: hooks.told_by(homes, chosen, stock[:series], 60, population.LEVELS)))
    print(json.dumps(rows))


def made(histories: list[Array], slots: int, chances: np.random.Generator) -> Uses:
    """Their first days up to one drawn by chance, some of them for each; then these again and again."""
    lasts = [chances.integers(LEAST_DAYS, len(used) + 1, PHASES) for used in histories]
    known = hooks.remembered([used[:last] for used, days in zip(histories, lasts, strict=True) for last in days])
    return known.of(chances.integers(0, len(known.days), slots))


def _stocked(fleet: Uses, chances: np.random.Generator) -> tuple[Array, Array]:
    """Something of a pack that lasts a month is left."""
    pack = PACK_DAYS * fleet.total / fleet.days
    return pack * chances.uniform(0.02, 1.0, len(pack)), pack


def plan(
    fleet: Uses, stock: Array, pack: Array, homes: Population, late: Shortage
) -> tuple[Array, NDArray[np.intp]]:  # fmt: skip
    """For every slot: quantiles of the days until it is empty, and how many packs to order now."""
    days, wanted = [], []
    for start in range(0, len(stock), AT_ONCE):
        here = slice(start, start + AT_ONCE)
        uses = fleet.part(here)
        days.append(homes.days_until_empty(uses, stock[here]))
        wanted.append(_wanted(uses, stock[here], pack[here], late))
    return np.concatenate(days), np.concatenate(wanted)


def _wanted(uses: Uses, stock: Array, pack: Array, late: Shortage) -> NDArray[np.intp]:
    told, scale = uses.told(), uses.scale()

    def chance(more: Array, rows: NDArray[np.intp]) -> Array:
        leads = np.broadcast_to(np.array(LEADS), (len(rows), len(LEADS)))
        return late.chance(told[rows], (stock[rows] + more) / scale[rows], leads)

    pack_days = pack / (0.5 * scale + 0.5 * uses.total / uses.days)
    return packs.packs(chance, pack, packs.accepted(CHANCE, pack_days))


def _again(alone: Uses, day: Array) -> None:
    for n in range(ALONE):
        alone.add(day[n : n + 1])


def _plainly(row: list[float], days: list[float]) -> None:
    for n, used in enumerate(days):
        one_day.add(row, used, n % 7)


def _timed(what: str, slots: int, done: Callable[[], object], times: int = TIMES) -> tuple[str, int, float, float]:
    """The quickest of so many times."""
    took_s = []
    for _ in range(times):
        began_s = time.process_time()
        done()
        took_s.append(time.process_time() - began_s)
    return what, slots, min(took_s), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
