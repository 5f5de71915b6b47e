"""`python -m benchmarks`: every table, each with its rival in the same run. Compare the ratios: machines are noisy."""

import sys

from benchmarks import alarms, falls, intake, pages, wire

TABLES = {
    "wire": wire.table,
    "intake": intake.table,
    "falls": falls.table,
    "pages": pages.table,
    "alarms": alarms.table,
}
SHORT = {"alarms": alarms.short_table}
"""With `--short`: for a machine that only looks whether it still runs."""


def main() -> int:
    tables = TABLES | SHORT if "--short" in sys.argv else TABLES
    wanted = [word for word in sys.argv[1:] if word != "--short"] or list(TABLES)
    unknown = [name for name in wanted if name not in TABLES]
    if unknown:
        print(f"no such table: {', '.join(unknown)}; there are {', '.join(TABLES)}")
        return 2
    for name in wanted:
        title, rows = tables[name]()
        print(f"\n{title}")
        for row in rows:
            print("  " + "  ".join(f"{cell:>14}" if n else f"{cell:44}" for n, cell in enumerate(row)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
