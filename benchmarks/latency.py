"""From publishing a reading until its agent hears that it is committed, at a steady rate.

Each agent is a `mosquitto_pub`, and one `mosquitto_sub` notes when any of them is told what: what the measuring itself
takes of the cores that broker, database and cloud share would else be most of the figure.
"""

import dataclasses
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from benchmarks.alarm_stage import AGENTS, CONSENT, TOPOLOGIES, Topology, database, environment, furnish
from benchmarks.alarms import quantiles
from benchmarks.falls import MissingError
from benchmarks.throughput import start_ingest
from benchmarks.wire import message
from contract import decoding, topics
from contract.messages import Stored, encode
from contract.topics import Down, Up
from kit import ids, mosquitto_passwords
from kit.dynamic_security import User, document
from kit.mosquitto import ACCESS, Mosquitto, configure, find, free_port
from tests.support.processes import until

RATES = (100, 1_000)
SECONDS, SHORT_SECONDS = 20, 3
SETTLES_S = 1.0
LISTENER = User("listener", says=(), hears=(topics.down("+", Down.STORED),), mark="")
PASSWORD = "of-the-listener"  # noqa: S105 - of a broker that lives for a minute
HEAD = ("ms", "messages", "p50", "p95", "p99", "max", "a second")


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(SECONDS)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(SHORT_SECONDS)


def _table(seconds: int) -> tuple[str, list[tuple[str, ...]]]:
    if shutil.which("mosquitto_sub") is None:
        raise MissingError("mosquitto_sub and mosquitto_pub (Debian: mosquitto-clients)")
    rows = [HEAD, *(row for topology in TOPOLOGIES for row in _rows(topology, seconds))]
    return f"Latency: publish to hearing `stored`; {AGENTS} agents, one reading in a message", rows


def _rows(topology: Topology, seconds: int) -> Iterator[tuple[str, ...]]:
    with ExitStack() as running:
        work = Path(running.enter_context(tempfile.TemporaryDirectory()))
        url = database(is_postgres=topology.is_postgres, work=work, running=running)
        broker = Mosquitto(work / "broker", free_port(), find() or "mosquitto")
        configure(broker.directory, broker.port)
        env = environment(work, url, broker.port, "")
        passwords = furnish(env, 0, broker.directory / ACCESS)
        _let_in(broker.directory / ACCESS)
        broker.start()
        running.callback(broker.stop)
        start_ingest(running, work, env, "cloud-ingest")
        ear = _listening(running, work, broker.port)
        agents = [_connected(running, broker.port, *one) for one in passwords.items()]
        _warm_up(agents, ear)
        for per_second in RATES:
            taken_ms, rate = _publish(agents, ear, per_second * seconds, per_second)
            yield "PostgreSQL" if topology.is_postgres else "SQLite", *quantiles(taken_ms), f"{rate:.0f}"


@dataclass
class _Agent:
    """Publishes only."""

    name: str
    publisher: "subprocess.Popen[bytes]"
    stream: str = field(default_factory=ids.system)
    seq: int = 0

    def publish(self) -> None:
        self.seq += 1
        body = encode(replace(message(self.seq, self.stream), consent=CONSENT))
        assert self.publisher.stdin is not None
        self.publisher.stdin.write(body + b"\n")


def _connected(running: ExitStack, port: int, name: str, password: str) -> _Agent:
    says = ["mosquitto_pub", *_who(port, name, password), "-l", "-t", topics.up(name, Up.READINGS)]
    publisher = subprocess.Popen(says, stdin=subprocess.PIPE, bufsize=0)
    running.callback(publisher.wait)
    running.callback(publisher.terminate)
    return _Agent(name, publisher)


@dataclass(frozen=True)
class _Ear:
    """Hears what every agent is told. `heard`: the file into which it goes, each line as it comes."""

    heard: Path

    def stored_s(self) -> dict[tuple[str, int], float]:
        """When it heard of each agent's messages, by number, that they are stored; seconds since 1970."""
        found: dict[tuple[str, int], float] = {}
        for line in self.heard.read_text().splitlines():
            at, topic, body = line.split(" ", 2)
            name = topic.split("/")[2]
            for first, last in decoding.decode(body.encode(), Stored).ranges:
                found |= {(name, seq): float(at) for seq in range(first, last + 1)}
        return found


def _listening(running: ExitStack, work: Path, port: int) -> _Ear:
    ear = _Ear(work / "heard")
    hears = ["mosquitto_sub", *_who(port, LISTENER.name, PASSWORD), "-F", "%U %t %p", "-t", LISTENER.hears[0]]
    with ear.heard.open("wb") as file:
        subscriber = subprocess.Popen(["stdbuf", "-oL", *hears], stdout=file)
    running.callback(subscriber.wait)
    running.callback(subscriber.terminate)
    return ear


def _let_in(access: Path) -> None:
    """The listener, beside all who may connect already."""
    entry = mosquitto_passwords.entry(LISTENER.name, PASSWORD, b"twelve bytes")
    known = json.loads(access.read_text())
    more = json.loads(document([dataclasses.replace(LISTENER, entry=entry)]))
    for part in ("clients", "roles"):
        known[part] += more[part]
    access.write_text(json.dumps(known))


def _who(port: int, name: str, password: str) -> list[str]:
    return ["-p", str(port), "-u", name, "-P", password, "-i", name, "-q", "1"]


def _warm_up(agents: list[_Agent], ear: _Ear) -> None:
    """Their slots are known. What is said before somebody listens is lost."""

    def are_known() -> bool:
        heard = {name for name, _ in ear.stored_s()}
        silent = [agent for agent in agents if agent.name not in heard]
        for agent in silent:
            agent.publish()
        time.sleep(0.5)
        return not silent

    until(are_known)


def _publish(agents: list[_Agent], ear: _Ear, count: int, per_second: int) -> tuple[list[float], float]:
    """What each took, from the moment at which it was due to leave: a publisher that falls behind hides nothing."""
    due_s: dict[tuple[str, int], float] = {}
    began_s = time.time()
    for n in range(count):
        agent = agents[n % len(agents)]
        leaves_s = began_s + n / per_second
        time.sleep(max(0.0, leaves_s - time.time()))
        agent.publish()
        due_s[agent.name, agent.seq] = leaves_s
    rate = count / (time.time() - began_s)
    time.sleep(SETTLES_S)
    until(lambda: due_s.keys() <= ear.stored_s().keys())
    heard_s = ear.stored_s()
    return [1000 * (heard_s[one] - at_s) for one, at_s in due_s.items()], rate
