"""`python -m tests.system.power_cut_writers agent|cloud FOLDER`: writes on, and says what it has promised to keep.

Each line of the output is a number that was kept before it was said; the reader is on another disk.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, col, select

from cloud import db
from cloud.consent import service as consent
from cloud.devices import registry
from cloud.devices.inbox_tables import InboxMessage, ReadingRow
from cloud.flows import intake
from cloud.people import service as people
from contract import topics
from contract.fields import Kind, Purpose, Quality
from contract.messages import Reading, Readings, encode
from contract.topics import Up
from edge.spool import READINGS, Spool
from edge.spool_file import Setup
from kit import ids
from kit.bus import Delivery

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
STREAM = "9f" * 16


def agent(folder: Path) -> None:
    spool = Spool.open(Setup(folder, ids.system(), 50_000_000, ballast_bytes=10_000), ids.system)
    while True:
        _say(spool.put(READINGS, Purpose.SUPPLY, lambda seq: b"%d" % seq))


def kept_by_agent(folder: Path) -> set[int]:
    """The numbers of all messages, each of which says what it said."""
    spool = Spool.open(Setup(folder, ids.system(), 50_000_000, ballast_bytes=10_000), ids.system)
    found = spool.pending(READINGS, 0, 10_000_000)
    assert all(each.body == b"%d" % each.seq for each in found)
    spool.close()
    return {each.seq for each in found}


def cloud(folder: Path) -> None:
    url = f"sqlite:///{folder / 'cloud.db'}"
    db.upgrade(url)
    engine = db.engine(url)
    with db.transaction(engine) as session:
        if not registry.exists(session, "pi-1"):
            home = people.add_household(session, ids.system, "Ada", "UTC", NOW)
            registry.add_agent(session, registry.NewAgent("pi-1", home.id, "Kitchen"), NOW)
            said = consent.Answer("supply", True, "text", "1", "en", None, "command")
            consent.answer(session, ids.system, home.id, said, NOW)
        last = session.exec(select(InboxMessage.seq).order_by(col(InboxMessage.seq).desc()).limit(1)).first() or 0
    while True:
        last += 1
        with db.transaction(engine) as session:
            intake.on_messages(session, ids.system, [_message(last)], NOW)
        _say(last)


def kept_by_cloud(folder: Path) -> set[int]:
    """The numbers of all messages, each of which has its one reading."""
    engine = db.engine(f"sqlite:///{folder / 'cloud.db'}")
    with Session(engine) as session:
        seqs = list(session.exec(select(InboxMessage.seq).order_by(col(InboxMessage.seq))))
        rows = list(session.exec(select(ReadingRow.seq).order_by(col(ReadingRow.seq))))
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    engine.dispose()
    assert seqs == rows
    return set(seqs)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _message(seq: int) -> Delivery:
    reading = Reading(
        device="printer",
        slot="1.1",
        up_ms=seq,
        kind=Kind.LEVEL_FRACTION,
        value=0.5,
        quality=Quality.GOOD,
        basis="ratio",
    )
    said = Readings(stream=STREAM, seq=seq, boot=1, purpose=Purpose.SUPPLY, consent=1, readings=[reading])
    return Delivery(topics.up("pi-1", Up.READINGS), encode(said))


WRITERS: dict[str, Callable[[Path], None]] = {"agent": agent, "cloud": cloud}

if __name__ == "__main__":
    WRITERS[sys.argv[1]](Path(sys.argv[2]))
