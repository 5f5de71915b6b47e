"""From decoded bytes to committed rows on SQLite: what is queued in one commit, beside a commit for each message.

Without a broker: identity, consent, the agent's standing, readings and slots marked as due, all in the transaction.
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from benchmarks.wire import message
from cloud import db
from cloud.consent import service as consent
from cloud.devices import registry
from cloud.flows import intake
from cloud.people import service as people
from contract import topics
from contract.messages import encode
from contract.topics import Up
from kit import ids
from kit.bus import Delivery

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MESSAGES = 5_000
ALONE = 500


def table() -> tuple[str, list[tuple[str, ...]]]:
    rows = [("messages a second", "per commit", "messages/s", "times")]
    with tempfile.TemporaryDirectory() as folder:
        alone = _rate(Path(folder) / "alone.db", ALONE, 1)
        rows.append(("a commit for each message", "1", f"{alone:.0f}", "1.0"))
        for size in (20, 500):
            rate = _rate(Path(folder) / f"{size}.db", MESSAGES, size)
            rows.append(("what is queued, in one commit", str(size), f"{rate:.0f}", f"{rate / alone:.1f}"))
    return "Intake: SQLite, WAL, synchronous FULL, one process", rows


def _rate(path: Path, count: int, size: int) -> float:
    engine = _prepared(path)
    batches = list(_batches(count, size))
    began = time.perf_counter()
    for batch in batches:
        with db.transaction(engine) as session:
            intake.on_messages(session, ids.system, batch, NOW)
    rate = count / (time.perf_counter() - began)
    engine.dispose()
    return rate


def _batches(count: int, size: int) -> Iterator[list[Delivery]]:
    topic = topics.up("pi-1", Up.READINGS)
    for first in range(1, count + 1, size):
        yield [Delivery(topic, encode(message(seq))) for seq in range(first, min(first + size, count + 1))]


def _prepared(path: Path) -> Engine:
    url = f"sqlite:///{path}"
    db.upgrade(url)
    engine = db.engine(url)
    with db.transaction(engine) as session:
        home = people.add_household(session, ids.system, "Ada", "UTC", NOW)
        registry.add_agent(session, registry.NewAgent("pi-1", home.id, "Kitchen"), NOW)
        said = consent.Answer("supply", True, "text", "1", "en", None, "command")  # noqa: FBT003
        consent.answer(session, ids.system, home.id, said, NOW)
    return engine
