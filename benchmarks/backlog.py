"""A home that was cut off for three days: how long its real agent takes to hand over what it holds."""

import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

from benchmarks.alarm_stage import CONSENT, TOPOLOGIES, Topology, database, environment, furnish, start_role
from contract.fields import Kind, Purpose, Quality
from contract.messages import Reading, Readings, encode
from edge.spool import READINGS, Spool
from edge.spool_file import Setup
from kit import ids
from kit.mosquitto import ACCESS, Mosquitto, configure, find, free_port
from tests.support.processes import Child, until

AWAY, EVERY, SLOTS = timedelta(hours=72), timedelta(minutes=1), 5
PATIENCE_S = 300.0
NAME = "home-0"


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(AWAY)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(AWAY / 24)


def _table(away: timedelta) -> tuple[str, list[tuple[str, ...]]]:
    rows = [("seconds", "messages", "readings", "drained in")]
    for topology in TOPOLOGIES:
        count = away // EVERY
        rows.append((topology.title, str(count), str(count * SLOTS), f"{_drained_s(topology, count):.1f}"))
    return f"Backlog: {away} of one home, {SLOTS} readings every {EVERY}, by the real agent", rows


def _drained_s(topology: Topology, count: int) -> float:
    with ExitStack() as running:
        work = Path(running.enter_context(tempfile.TemporaryDirectory()))
        broker = Mosquitto(work / "broker", free_port(), find() or "mosquitto")
        configure(broker.directory, broker.port)
        env = environment(work, database(is_postgres=topology.is_postgres, work=work, running=running), broker.port, "")
        password = furnish(env, 0, broker.directory / ACCESS, 1)[NAME]
        broker.start()
        running.callback(broker.stop)
        for role in topology.roles:
            start_role(running, work, env, role, f"cloud-{role}" if role else "cloud")
        _fill(work / "pi" / "state", count)
        (work / "pi" / "agent.toml").write_text(
            f'agent = "{NAME}"\n[broker]\nhost = "127.0.0.1"\nport = {broker.port}\npassword = "{password}"\n'
        )
        log = broker.directory / "mosquitto.log"
        until(lambda: "as cloud" in log.read_text())
        agent = Child(("edge", "--config", str(work / "pi" / "agent.toml")), env, work / "agent.log")
        agent.start()
        running.callback(agent.stop)
        until(lambda: f"as {NAME} " in log.read_text())
        began_s = time.monotonic()
        until(lambda: _waiting(work / "pi" / "state") == 0, PATIENCE_S)
        return time.monotonic() - began_s


def _fill(state: Path, count: int) -> None:
    state.mkdir(parents=True)
    spool = Spool.open(Setup(state, "earlier", 200_000_000), ids.system)
    spool.belong_to(NAME)
    stream = spool.stream

    def body(seq: int) -> bytes:
        at_ms = int(time.time() * 1000) - (count - seq) * int(EVERY.total_seconds() * 1000)
        taken = [
            Reading(
                device="printer", slot=f"1.{n}", up_ms=60_000 * seq, at_ms=at_ms, kind=Kind.LEVEL_FRACTION, value=0.5,
                resolution=0.01, quality=Quality.GOOD, basis="ratio",
            )
            for n in range(SLOTS)
        ]  # fmt: skip
        return encode(
            Readings(stream=stream, seq=seq, boot=spool.boot, purpose=Purpose.SUPPLY, consent=CONSENT, readings=taken)
        )

    for _ in range(count):
        spool.put(READINGS, Purpose.SUPPLY, body)
    spool.close()


def _waiting(state: Path) -> int:
    with closing(sqlite3.connect(f"file:{state / 'spool.db'}?mode=ro", uri=True)) as spool:
        return int(spool.execute("SELECT count(*) FROM messages").fetchone()[0])
