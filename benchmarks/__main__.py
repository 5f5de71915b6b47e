"""`python -m benchmarks`: every table, each with its rival in the same run. Compare the ratios: machines are noisy."""

import sys

from benchmarks import falls, intake, pages, wire

TABLES = {"wire": wire.table, "intake": intake.table, "falls": falls.table, "pages": pages.table}


def main() -> int:
    wanted = sys.argv[1:] or list(TABLES)
    unknown = [name for name in wanted if name not in TABLES]
    if unknown:
        print(f"no such table: {', '.join(unknown)}; there are {', '.join(TABLES)}")
        return 2
    for name in wanted:
        title, rows = TABLES[name]()
        print(f"\n{title}")
        for row in rows:
            print("  " + "  ".join(f"{cell:>14}" if n else f"{cell:44}" for n, cell in enumerate(row)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
