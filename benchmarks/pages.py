"""How long the pages of a home take when a year lies behind it, and how much they ask of the database.

In one process, without a network and without a browser: the application, its templates and SQLite.
"""

import logging
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from cloud import db
from cloud.web import application
from tests.browser.reader import Reader, seen_by
from tests.browser.world import PASSWORD, Lived
from tests.support import a_year
from tests.support.statements import asked_of

WARM, TIMES = 5, 60
HEAD = ("page", "median ms", "95th ms", "statements", "kB")


def table() -> tuple[str, list[tuple[str, ...]]]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder, _home(Path(folder) / "home.db") as home:
        held = a_year.behind(home.engine)
        with Reader(application.create(home.web()), base_url="http://127.0.0.1") as ada:
            ada.post(f"/welcome/{home.invite()}", data={"password": PASSWORD})
            rows = [_row(ada, home, path) for path in seen_by(home)]
    behind = ", ".join(f"{count} {name}" for name, count in held.items())
    return f"Pages: SQLite, one process, {behind}", [HEAD, *rows]


def _row(ada: Reader, home: Lived, path: str) -> tuple[str, ...]:
    for _ in range(WARM):
        ada.get(path).raise_for_status()
    with asked_of(home.engine) as asked:
        size = len(ada.get(path).content)
    times = [_taken_ms(ada, path) for _ in range(TIMES)]
    slow = statistics.quantiles(times, n=20)[-1]
    name, _, query = re.sub(r"[0-9a-f]{32}", "…", path).partition("?")
    return (
        name + ("?…" if query else ""),
        f"{statistics.median(times):.1f}",
        f"{slow:.1f}",
        str(len(asked)),
        f"{size / 1000:.1f}",
    )


def _taken_ms(ada: Reader, path: str) -> float:
    began = time.perf_counter()
    ada.get(path)
    return (time.perf_counter() - began) * 1000


@contextmanager
def _home(path: Path) -> Iterator[Lived]:
    db.upgrade(f"sqlite:///{path}")
    engine = db.engine(f"sqlite:///{path}")
    yield Lived(engine).build()
    engine.dispose()
