"""How long a household's year takes: the real agent and the real cloud on a virtual clock, in one process."""

from pathlib import Path

from simulator import year

ONE_HOME = Path(__file__).resolve().parents[1] / "simulator" / "scenarios" / "one-home.toml"
SEED = 7
HEAD = ("days", "seconds", "days/s", "decisions", "orders", "broken promises")


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(365)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(30)


def _table(days: int) -> tuple[str, list[tuple[str, ...]]]:
    found = year.simulate(ONE_HOME, days=days, seed=SEED)
    row = (
        str(days),
        f"{found['seconds']}",
        f"{days / found['seconds']:.1f}",
        str(sum(found["decisions"].values())),
        str(sum(found["orders"].values())),
        str(len(found["broken_promises"])),
    )
    return f"A household's days: {found['scenario']}, seed {SEED}", [HEAD, row]
