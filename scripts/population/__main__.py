"""`python -m scripts.population SERIES.parquet [--out FILE]`: teach the forecast, write the file that ships with it.

Columns: `y` (daily use), `entity` (whose), `source` (what kind of use), and `split`: only rows of `dev` are read.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from cloud.consumption import population
from cloud.consumption.population import Population
from scripts.population import lessons, training
from scripts.population.series import Series, read

DAYS_EACH = 40
NETWORKS = 3
SEED = 1


def main(arguments: list[str] | None = None) -> int:
    """2: there is no such file."""
    parser = argparse.ArgumentParser(prog="python -m scripts.population", description=__doc__)
    parser.add_argument("series", type=Path)
    parser.add_argument("--out", type=Path, default=population.FILE)
    asked = parser.parse_args(arguments)
    if not asked.series.exists():
        sys.stderr.write(f"There is no file {asked.series}: give one of daily use.\n")
        return 2
    made = taught(read(asked.series), NETWORKS, told=lambda line: print(line, flush=True))
    population.save(made, asked.out)
    print(f"{asked.out}: {len(made.networks)} networks, taught by {made.homes} homes and devices")
    return 0


def taught(series: Series, networks: int, told: training.Told = lambda _line: None) -> Population:
    """By all of these series; the same series give the same networks."""
    given = lessons.lessons(series.used, series.kinds, DAYS_EACH, np.random.default_rng(SEED))
    made = []
    for seed in range(networks):
        began_s = time.monotonic()
        made.append(training.train(given, seed))
        told(f"network {seed + 1} of {networks}: {len(given.scale)} lessons, {time.monotonic() - began_s:.0f} s")
    return Population(tuple(made), homes=len(set(series.entities)))


if __name__ == "__main__":
    sys.exit(main())
