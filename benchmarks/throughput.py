"""From the broker to committed rows: our ingest beside what one would write first, and a bare insert without a broker.

Everything runs on the same cores: publishers (mosquitto_pub, QoS 1), Mosquitto as shipped, the database, the ingest. A
message holds one reading, about 300 bytes. Ours deduplicates, asks for consent, marks slots and answers `stored`.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import sqlalchemy as sa
from msgspec.structs import replace

from benchmarks import throughput_rival
from benchmarks.alarm_stage import CONSENT, database, environment, furnish, start_role
from benchmarks.falls import MissingError
from benchmarks.wire import message
from contract import topics
from contract.messages import encode
from contract.topics import Up
from kit.mosquitto import ACCESS, Mosquitto, configure, find, free_port
from tests.support.processes import until

AGENTS, EACH = 20, 3_000
RIVAL_SHARE = 10  # it is slow: so much less is enough to see its rate
FINISHES_WITHIN_S = 300.0


@dataclass(frozen=True)
class Case:
    """`ingests`: processes that divide the messages; None: the rival."""

    title: str
    is_postgres: bool
    ingests: int | None


CASES = (
    Case("SQLite: a commit for each message (paho)", is_postgres=False, ingests=None),
    Case("SQLite: Forehand, 1 ingest", is_postgres=False, ingests=1),
    Case("PostgreSQL: a commit for each message (paho)", is_postgres=True, ingests=None),
    Case("PostgreSQL: Forehand, 1 ingest", is_postgres=True, ingests=1),
    Case("PostgreSQL: Forehand, 2 ingests", is_postgres=True, ingests=2),
    Case("PostgreSQL: Forehand, 4 ingests", is_postgres=True, ingests=4),
)


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(EACH)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(EACH // 10)


def _table(each: int) -> tuple[str, list[tuple[str, ...]]]:
    publisher = shutil.which("mosquitto_pub")
    if publisher is None:
        raise MissingError("mosquitto_pub (Debian: mosquitto-clients)")
    rows = [("from broker to committed rows", "messages", "messages/s", "times")]
    for is_postgres in (False, True):
        rivals = 1.0
        for case in (case for case in CASES if case.is_postgres == is_postgres):
            count = each if case.ingests else max(10, each // RIVAL_SHARE)
            rate = _rate(case, publisher, count)
            rivals = rivals if case.ingests else rate
            rows.append((case.title, str(AGENTS * count), f"{rate:.0f}", f"{rate / rivals:.1f}"))
    return f"Throughput: {AGENTS} agents publish at once, QoS 1, one reading in a message", rows


def _rate(case: Case, publisher: str, each: int) -> float:
    with ExitStack() as running:
        work = Path(running.enter_context(tempfile.TemporaryDirectory()))
        url = database(is_postgres=case.is_postgres, work=work, running=running)
        broker = Mosquitto(work / "broker", free_port(), find() or "mosquitto")
        configure(broker.directory, broker.port)
        env = environment(work, url, broker.port, "") | {"FOREHAND_INGEST_SHARES": str((case.ingests or 1) > 1)}
        passwords = furnish(env, 0, broker.directory / ACCESS, AGENTS)
        broker.start()
        running.callback(broker.stop)
        engine = sa.create_engine(url)
        running.callback(engine.dispose)
        counted = "rival" if case.ingests is None else "inbox"
        if case.ingests is None:
            _start_rival(running, url, broker.port, env)
        names = [f"cloud-ingest-{n + 1}" if n else "cloud-ingest" for n in range(case.ingests or 0)]
        for name in names:
            start_ingest(running, work, env, name)
        return _drained(engine, counted, AGENTS * each, lambda: _publish(publisher, broker.port, passwords, each, work))


Publish = Callable[[], AbstractContextManager[float]]


def _drained(engine: sa.Engine, counted: str, count: int, publish: Publish) -> float:
    """Messages a second, from the first publish until the last is committed."""
    question = sa.text(f"SELECT count(*) FROM {counted}")  # noqa: S608 - one of two names

    def stored() -> int:
        with engine.connect() as connection:
            return int(connection.execute(question).scalar_one())

    with publish() as began_s:
        until(lambda: stored() >= count, FINISHES_WITHIN_S)
        return count / (time.monotonic() - began_s)


@contextmanager
def _publish(publisher: str, port: int, passwords: dict[str, str], each: int, work: Path) -> Iterator[float]:
    """Every agent at once, from a file of its own. Gives when it began."""
    body = "\n".join(encode(replace(message(seq), consent=CONSENT)).decode() for seq in range(1, each + 1))
    (work / "messages").write_text(f"{body}\n")
    began_s, running = time.monotonic(), []
    for name, password in passwords.items():
        topic = topics.up(name, Up.READINGS)
        command = [publisher, "-p", str(port), "-u", name, "-P", password, "-i", name, "-q", "1", "-l", "-t", topic]
        with (work / "messages").open("rb") as lines:
            running.append(subprocess.Popen(command, stdin=lines))
    yield began_s
    for each_one in running:
        each_one.wait()


def start_ingest(running: ExitStack, work: Path, env: dict[str, str], name: str) -> None:
    """Returns when it listens: what was published before its first subscription would never come."""
    port = free_port()
    start_role(running, work, env | {"FOREHAND_STATUS_PORT": str(port)}, "ingest", name)

    def is_ready() -> bool:
        with suppress(httpx2.TransportError):
            return httpx2.get(f"http://127.0.0.1:{port}/readyz").is_success
        return False

    until(is_ready)


def _start_rival(running: ExitStack, url: str, port: int, env: dict[str, str]) -> None:
    command = [sys.executable, "-m", throughput_rival.__name__, url, str(port), env["FOREHAND_BROKER_PASSWORD"]]
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
    running.callback(child.wait)
    running.callback(child.kill)
    assert child.stdout is not None
    child.stdout.readline()  # it listens
