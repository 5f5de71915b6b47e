"""`python -m benchmarks`: every table, each with its rival in the same run. Compare the ratios: machines are noisy."""

import sys
from collections.abc import Callable

from benchmarks import (
    alarms,
    backlog,
    beginning,
    depletion,
    falls,
    falls_board,
    falls_gyroscope,
    falls_reliability,
    falls_speed,
    falls_week,
    fleet,
    frontier,
    intake,
    intervals,
    latency,
    memory,
    pages,
    policy,
    printers,
    rivals,
    storm,
    throughput,
    wire,
    year,
)  # fmt: skip
from benchmarks.falls import MissingError

Table = Callable[[], tuple[str, list[tuple[str, ...]]]]

TABLES: dict[str, Table] = {
    "wire": wire.table,
    "intake": intake.table,
    "throughput": throughput.table,
    "latency": latency.table,
    "backlog": backlog.table,
    "falls": falls.table,
    "falls_reliability": falls_reliability.table,
    "falls_week": falls_week.table,
    "falls_board": falls_board.table,
    "falls_gyroscope": falls_gyroscope.table,
    "falls_speed": falls_speed.table,
    "depletion": depletion.table,
    "beginning": beginning.table,
    "rivals": rivals.table,
    "policy": policy.table,
    "frontier": frontier.table,
    "fleet": fleet.table,
    "intervals": intervals.table,
    "pages": pages.table,
    "printers": printers.table,
    "year": year.table,
    "alarms": alarms.table,
    "storm": storm.table,
    "memory": memory.table,
}
SHORT: dict[str, Table] = {
    each.__name__.rpartition(".")[2]: each.short_table
    for each in (
        alarms,
        backlog,
        beginning,
        depletion,
        fleet,
        frontier,
        intervals,
        latency,
        memory,
        policy,
        rivals,
        storm,
        throughput,
        year,
    )
}
"""With `--short`: for a machine that only looks whether it still runs."""


def main(words: list[str], tables: dict[str, Table] = TABLES) -> int:
    if "--short" in words:
        tables = tables | SHORT
    wanted = [word for word in words if word != "--short"] or list(tables)
    unknown = [name for name in wanted if name not in tables]
    if unknown:
        print(f"no such table: {', '.join(unknown)}; there are {', '.join(tables)}")
        return 2
    for name in wanted:
        try:
            title, rows = tables[name]()
        except MissingError as missing:
            print(f"\nskipped: {name} needs {missing}")
            continue
        print(f"\n{title}")
        for row in rows:
            print("  " + "  ".join(f"{cell:>14}" if n else f"{cell:44}" for n, cell in enumerate(row)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
