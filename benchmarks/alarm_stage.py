"""What the table of alarms runs on: Mosquitto as shipped, the cloud as processes, a mail catcher, many homes.

Each agent has a connection of its own, over which its readings and its alarms leave.
"""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import broker_access, db, outbox
from cloud.consent.service import Answer
from cloud.devices import naming, registry
from cloud.emergencies import circle
from cloud.emergencies.tables import Contact
from cloud.flows import permissions, review
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.settings import Settings
from contract import decoding, topics
from contract.messages import DeviceReport, Stored
from contract.topics import Up
from kit import ids
from kit.bus import Delivery, Subscription
from kit.mosquitto import ACCESS, Mosquitto, configure, find, free_port
from kit.mqtt import PahoBus
from simulator.mail import Inbox, MailCatcher
from tests.shared import ROOT
from tests.support.databases import PostgresServer, SqliteFiles
from tests.support.processes import Child, until

AGENTS = 40
PURPOSES = ("safety", "supply")
CONSENT = len(PURPOSES)  # each answer is a version of the ledger
MOST_MAILS = 100_000  # whoever is not answered calls again, and every mail counts
PASSWORD = "of-the-cloud"  # noqa: S105 - of a broker that lives for a minute


@dataclass(frozen=True)
class Topology:
    """`roles` None: all of them in one process."""

    title: str
    is_postgres: bool
    roles: tuple[str | None, ...]


TOPOLOGIES = (
    Topology("SQLite, one process", is_postgres=False, roles=(None,)),
    Topology("PostgreSQL, ingest and jobs apart", is_postgres=True, roles=("ingest", "jobs")),
)


@dataclass
class Agent:
    """One home's agent: it publishes, and counts what the cloud has stored."""

    name: str
    bus: PahoBus
    stream: str = field(default_factory=ids.system)
    seqs: dict[str, int] = field(default_factory=lambda: {"readings": 0, "alarms": 0})
    stored_s: dict[tuple[str, int], float] = field(default_factory=dict)  # when it was heard, by lane and number
    stored: dict[str, set[int]] = field(default_factory=lambda: {"readings": set(), "alarms": set()})

    def next_seq(self, lane: str) -> int:
        self.seqs[lane] += 1
        return self.seqs[lane]

    def hear(self, delivery: Delivery) -> None:
        if delivery.topic.endswith("/stored"):
            said = decoding.decode(delivery.payload, Stored)
            assert not said.refused, said.refused
            for first, last in said.ranges:
                self.stored[said.lane].update(range(first, last + 1))
                for seq in range(first, last + 1):
                    self.stored_s.setdefault((said.lane, seq), time.monotonic())
        delivery.ack()

    def publish(self, name: Up, body: bytes) -> None:
        self.bus.publish(topics.up(self.name, name), body)


@dataclass(frozen=True)
class Stage:
    """Everything that runs. `wearers`: agent, wristband and the address of the only contact, each once."""

    agents: list[Agent]
    wearers: list[tuple[Agent, str, str]]
    inbox: Inbox
    cloud: list[Child]
    engine: Engine

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The cloud's processes stand still, and know nothing of it."""
        running = [child.process for child in self.cloud if child.process is not None]
        for process in running:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in running:
                process.send_signal(signal.SIGCONT)

    def is_quiet(self) -> bool:
        """No slot waits to be looked at, and nothing to be sent."""
        now = datetime.now(UTC)
        with db.reading(self.engine) as session:
            return not review.due(session, now) and outbox.oldest_waiting(session, now) == timedelta()


@contextmanager
def set_up(topology: Topology, wearers_each: int) -> Iterator[Stage]:
    with ExitStack() as running:
        work = Path(running.enter_context(tempfile.TemporaryDirectory()))
        broker = Mosquitto(work / "broker", free_port(), find() or "mosquitto")
        configure(broker.directory, broker.port)
        catcher = MailCatcher(inbox=Inbox(MOST_MAILS))
        catcher.start()
        running.callback(catcher.stop)
        url = database(is_postgres=topology.is_postgres, work=work, running=running)
        env = environment(work, url, broker.port, catcher.smtp_url)
        engine = db.engine(url)
        running.callback(engine.dispose)
        passwords = furnish(env, wearers_each, broker.directory / ACCESS)
        broker.start()
        running.callback(broker.stop)
        cloud = [start_role(running, work, env, role, f"cloud-{role}" if role else "cloud") for role in topology.roles]
        agents = [connected(running, name, broker.port, password) for name, password in passwords.items()]
        until(lambda: all(agent.bus.is_healthy() for agent in agents))
        wearers = [(agent, band(n), contact(agent.name, n)) for n in range(wearers_each) for agent in agents]
        yield Stage(agents, wearers, catcher.inbox, cloud, engine)


def band(number: int) -> str:
    return f"band-{number}"


def contact(agent: str, number: int) -> str:
    return f"{agent}-{number}@example.org"


def database(*, is_postgres: bool, work: Path, running: ExitStack) -> str:
    if not is_postgres:
        return SqliteFiles(work).fresh("cloud", migrated=True)
    server = PostgresServer(work / "postgres", durable=True)
    server.start()
    running.callback(server.stop)
    return server.fresh("cloud", migrated=True)


def environment(work: Path, url: str, broker_port: int, smtp_url: str) -> dict[str, str]:
    given = {
        "DATABASE_URL": url,
        "DATA_DIR": str(work / "data"),
        "BROKER_PORT": str(broker_port),
        "BROKER_PASSWORD": PASSWORD,
        "WEB_PORT": str(free_port()),
        "SMTP_URL": smtp_url,
        "LOG_LEVEL": "WARNING",
    }
    return {**os.environ, **{f"FOREHAND_{name}": value for name, value in given.items()}, "PYTHONPATH": str(ROOT)}


def furnish(env: dict[str, str], wearers_each: int, access: Path, agents: int = AGENTS) -> dict[str, str]:
    """Homes, agents, wristbands, one contact for each; returns the agents' passwords."""
    settings = Settings(database_url=env["FOREHAND_DATABASE_URL"], broker_password=env["FOREHAND_BROKER_PASSWORD"])
    engine = db.engine(settings.database_url)
    with db.transaction(engine) as session:
        found = {f"home-{n}": _home(session, f"home-{n}", wearers_each) for n in range(agents)}
        access.write_text(broker_access.document(session, settings, datetime.now(UTC)))
    engine.dispose()
    return found


def _home(session: Session, name: str, wearers_each: int) -> str:
    now = datetime.now(UTC)
    home = people.add_household(session, ids.system, name, "UTC", now)
    people.add_person(session, ids.system, NewPerson("Ada", f"ada@{name}.example.org", household_id=home.id), now)
    password = registry.add_agent(session, registry.NewAgent(name, home.id, name), now)
    for purpose in PURPOSES:
        said = Answer(purpose, True, "text", "1", "en", None, "command")  # noqa: FBT003
        permissions.answer(session, ids.system, home.id, said, now)
    heard = naming.Heard(registry.agent(session, name), now)
    for number in range(wearers_each):
        naming.note(session, ids.system, heard, DeviceReport(device=band(number), type="wristband"))
        device = naming.called(session, name, band(number))
        assert device is not None
        wearer = circle.of_device(session, ids.system, home.id, device.id, now)
        new = circle.NewContact("Bert", "en", (("email", contact(name, number)),))
        added = circle.add_contact(session, ids.system, wearer.id, new, now)
        assert isinstance(added, Contact)
        circle.agree(session, added, alarms=True, drills=False, now=now)
    return password


def start_role(running: ExitStack, work: Path, env: dict[str, str], role: str | None, user: str) -> Child:
    words = ("cloud", role) if role else ("cloud",)
    child = Child(words, {**env, "FOREHAND_BROKER_USERNAME": user}, work / f"{user}.log")
    child.start()
    running.callback(child.stop)
    return child


def connected(running: ExitStack, name: str, port: int, password: str) -> Agent:
    agent = Agent(name, PahoBus(name, "127.0.0.1", port, name, password))
    agent.bus.start([Subscription(topics.every_down(name))], agent.hear, lambda: None)
    running.callback(agent.bus.stop)
    return agent
