"""Memory of each role at rest and after work, beside bare processes of the same libraries.

RSS counts a page that several processes share in each of them; PSS divides it between them, so that the sum of PSS is
what they take together. At rest: ready, and some seconds left alone.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from benchmarks import alarms, memory_rival
from benchmarks.alarm_stage import (
    PASSWORD,
    TOPOLOGIES,
    Agent,
    Topology,
    connected,
    database,
    environment,
    furnish,
)
from cloud import db
from cloud.devices import registry
from cloud.people import service as people
from cloud.people.tables import Account
from contract.topics import Up
from kit.mosquitto import ACCESS, Mosquitto, configure, find, free_port
from tests.support.processes import Child, until

MESSAGES, SHORT_MESSAGES = 5_000, 200
VISITS, SHORT_VISITS = 50, 3
POLLS, SHORT_POLLS = 30, 3
SCALES = 24
IN_FLIGHT = 100
REST_S = 3.0
PATIENCE_S = 300.0
PAGES = ("/", "/away", "/agreements", "/permissions", "/data", "/settings")
HEAD = ("MB", "PSS at rest", "RSS at rest", "PSS after work", "RSS after work")


@dataclass(frozen=True)
class Work:
    """How much each has to do."""

    messages: int
    visits: int
    polls: int


Rows = list[tuple[str, ...]]


def table() -> tuple[str, Rows]:
    return _table(Work(MESSAGES, VISITS, POLLS))


def short_table() -> tuple[str, Rows]:
    return _table(Work(SHORT_MESSAGES, SHORT_VISITS, SHORT_POLLS))


def _table(work: Work) -> tuple[str, Rows]:
    rows = [HEAD]
    for topology in TOPOLOGIES:
        with ExitStack() as running:
            rows += _ours(_set_up(running, topology), topology, work)
    with ExitStack() as running:
        rows += _bare(_set_up(running, TOPOLOGIES[0]), work)
    said = f"{work.messages} messages, {work.visits * len(PAGES)} pages, {work.polls} polls of {SCALES} scales"
    return f"Memory: {said}", rows


@dataclass
class _World:
    """Who runs here, by the name of its row. Each has a port that tells whether it is ready."""

    running: ExitStack
    work: Path
    env: dict[str, str]
    engine: Engine
    broker: Mosquitto
    passwords: dict[str, str]
    children: dict[str, Child] = field(default_factory=dict)

    def start(self, title: str, words: tuple[str, ...], env: dict[str, str] | None = None) -> Child:
        child = Child(words, self.env | (env or {}), self.work / f"{len(self.children)}.log")
        child.start()
        self.running.callback(child.stop)
        self.children[title] = child
        return child

    def weigh(self, works: Callable[[], None]) -> Rows:
        time.sleep(REST_S)
        rest = {title: _taken(child) for title, child in self.children.items()}
        works()
        return [(title, *rest[title], *_taken(child)) for title, child in self.children.items()]


def _taken(child: Child) -> tuple[str, str]:
    """PSS and RSS, in MB."""
    assert child.process is not None
    said = Path(f"/proc/{child.process.pid}/smaps_rollup").read_text()
    words = {line.split()[0]: line.split()[1] for line in said.splitlines()[1:]}
    return f"{int(words['Pss:']) / 1000:.0f}", f"{int(words['Rss:']) / 1000:.0f}"


def _set_up(running: ExitStack, topology: Topology) -> _World:
    """Two homes: one with a real agent, one whose readings we publish."""
    work = Path(running.enter_context(tempfile.TemporaryDirectory()))
    broker = Mosquitto(work / "broker", free_port(), find() or "mosquitto")
    configure(broker.directory, broker.port)
    url = database(is_postgres=topology.is_postgres, work=work, running=running)
    env = environment(work, url, broker.port, "")
    passwords = furnish(env, 0, broker.directory / ACCESS, agents=2)
    broker.start()
    running.callback(broker.stop)
    engine = db.engine(url)
    running.callback(engine.dispose)
    return _World(running, work, env, engine, broker, passwords)


def _ours(world: _World, topology: Topology, work: Work) -> Rows:
    roles = (*topology.roles, "web") if topology.is_postgres else topology.roles
    for role in roles:
        port = world.env["FOREHAND_WEB_PORT"] if role in {None, "web"} else str(free_port())
        own = {"FOREHAND_STATUS_PORT": port, "FOREHAND_BROKER_USERNAME": f"cloud-{role}" if role else "cloud"}
        world.start(f"{topology.title}: {role or 'all roles'}", ("cloud", role) if role else ("cloud",), own)
        until(lambda port=port: _is_ready(port))  # type: ignore[misc]
    if not topology.is_postgres:
        world.start("edge: the agent", ("edge", "--config", str(_agent(world))))
    return world.weigh(lambda: _works(world, work))


def _works(world: _World, work: Work) -> None:
    """Readings come in and are looked at, somebody looks at every page, and the real agent looks at its scales."""
    _publish(world, work.messages, awaits=True)
    _visit(world, work.visits)
    if not world.env["FOREHAND_DATABASE_URL"].startswith("postgresql"):
        time.sleep(work.polls)


def _bare(world: _World, work: Work) -> Rows:
    port, name = str(free_port()), memory_rival.__name__
    world.start("bare: FastAPI, SQLModel, uvicorn", (name, "web", port, f"sqlite:///{world.work / 'bare.db'}"))
    hears = world.start("bare: paho", (name, "hear", str(world.broker.port), PASSWORD, str(work.messages)))
    at = f"http://127.0.0.1:{port}/"
    until(lambda: _answers(at))
    until(lambda: "listening" in hears.says())

    def works() -> None:
        _publish(world, work.messages, awaits=False)
        until(lambda: "heard" in hears.says(), PATIENCE_S)
        with httpx2.Client() as visitor:
            for n in range(work.visits * len(PAGES)):
                visitor.post(at, params={"body": f"note {n}"}).raise_for_status()
                visitor.get(at).raise_for_status()

    return world.weigh(works)


def _publish(world: _World, count: int, *, awaits: bool) -> None:
    with ExitStack() as running:
        agent = connected(running, "home-1", world.broker.port, world.passwords["home-1"])
        until(agent.bus.is_healthy)
        for _ in range(count):
            agent.publish(Up.READINGS, alarms.readings(agent, 1))
            until(lambda: agent.bus.in_flight() < IN_FLIGHT)
        until(lambda: agent.bus.in_flight() == 0, PATIENCE_S)
        if awaits:
            until(lambda: _is_all_stored(agent, count), PATIENCE_S)


def _is_all_stored(agent: Agent, count: int) -> bool:
    return len(agent.stored["readings"]) == count


def _visit(world: _World, times: int) -> None:
    """As the person of the second home, by an invitation."""
    with db.transaction(world.engine) as session:
        invite = people.invite(session, _account(session), datetime.now(UTC))
    with httpx2.Client(base_url=f"http://127.0.0.1:{world.env['FOREHAND_WEB_PORT']}", follow_redirects=True) as ada:
        ada.post(f"/welcome/{invite}", data={"password": "a-long-password-of-hers"}).raise_for_status()
        for page in PAGES * times:
            ada.get(page).raise_for_status()


def _account(session: Session) -> Account:
    return session.exec(select(Account).where(Account.email == "ada@home-1.example.org")).one()


def _agent(world: _World) -> Path:
    """A real one, which looks at its scales every second."""
    with db.transaction(world.engine) as session:
        registry.agent(session, "home-0").poll_s = 1
    (world.work / "weights.csv").write_text("grams\n" + "".join(f"{1500 - n}\n" for n in range(1000)))
    scale = 'type = "scale"\naddress = "weights.csv"\nmax_g = 2000\n'
    scales = "".join(f'[[devices]]\nname = "scale-{n}"\n{scale}' for n in range(SCALES))
    at = f'host = "127.0.0.1"\nport = {world.broker.port}\npassword = "{world.passwords["home-0"]}"\n'
    (world.work / "agent.toml").write_text(f'agent = "home-0"\n[broker]\n{at}{scales}')
    return world.work / "agent.toml"


def _is_ready(port: str) -> bool:
    return _answers(f"http://127.0.0.1:{port}/readyz")


def _answers(url: str) -> bool:
    with suppress(httpx2.TransportError):
        return httpx2.get(url).is_success
    return False
