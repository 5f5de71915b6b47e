"""`python -m scripts.population SERIES.parquet INTERVALS.parquet [--out FOLDER]`: teach the forecasts, and write the
files that ship with the program.

Series: `y` (daily use), `entity` (whose), `source` (what kind of use). Intervals: `household_id`, `product`, `qty`,
`days_to_next`, a row for each purchase in its order. Of both only rows whose `split` is `dev` are read.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cloud.consumption import population, purchases, shortage
from cloud.consumption.population import Network, Population
from cloud.consumption.shortage import Shortage
from scripts.population import buying, coarse, lessons, shortages, training
from scripts.population.learning import Told
from scripts.population.series import Series, read

DAYS_EACH, SHORTAGE_DAYS_EACH = 40, 80
NETWORKS = 3
SEED = 1


def main(arguments: list[str] | None = None) -> int:
    """2: there is no such file."""
    parser = argparse.ArgumentParser(prog="python -m scripts.population", description=__doc__)
    parser.add_argument("series", type=Path)
    parser.add_argument("intervals", type=Path)
    parser.add_argument("--out", type=Path, default=population.FILE.parent)
    asked = parser.parse_args(arguments)
    for file in (asked.series, asked.intervals):
        if not file.exists():
            sys.stderr.write(f"There is no file {file}: give one of daily use, and one of purchases.\n")
            return 2
    series = read(asked.series)
    made = taught(series, NETWORKS, told=_say)
    population.save(made, asked.out / population.FILE.name)
    shortage.save(taught_shortage(series, NETWORKS, told=_say), asked.out / shortage.FILE.name)
    bought = buying.taught(buying.read(asked.intervals), NETWORKS)
    purchases.save(bought, asked.out / purchases.FILE.name)
    print(f"{asked.out}: taught by {made.homes} homes and devices, and by the purchases of {bought.homes} homes")
    return 0


def taught(series: Series, networks: int, told: Told = lambda _line: None) -> Population:
    """By all of these series; the same series give the same networks."""
    given = lessons.lessons(series.used, series.kinds, DAYS_EACH, np.random.default_rng(SEED))
    made = _several("when a stock is gone", networks, lambda seed: training.train(given, seed), told)
    return Population(made, homes=len(set(series.entities)))


def taught_shortage(series: Series, networks: int, told: Told = lambda _line: None) -> Shortage:
    """By all of these series; the same series give the same networks."""
    each, rng = SHORTAGE_DAYS_EACH, np.random.default_rng(SEED)
    exactly = coarse.exact(lessons.lessons(series.used, series.kinds, each, rng, lessons.EARLY))
    exact = _several("what runs short", networks, lambda seed: shortages.train(exactly, seed), told)
    coarsely = coarse.coarse(series.used, series.kinds, each, rng)
    by_steps = _several("the same, seen coarsely", networks, lambda seed: shortages.train(coarsely, seed), told)
    return Shortage(exact, by_steps, homes=len(set(series.entities)))


def _several(what: str, networks: int, train: Callable[[int], Network], told: Told) -> tuple[Network, ...]:
    made = []
    for seed in range(networks):
        began_s = time.monotonic()
        made.append(train(seed))
        told(f"{what}: network {seed + 1} of {networks}, {time.monotonic() - began_s:.0f} s")
    return tuple(made)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
