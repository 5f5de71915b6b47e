"""One home from which tests take something away: scales that are read once a second, a wristband, two contacts.

Real are the agent's process, Mosquitto as shipped, the cloud's process with all its roles, and SMTP.
"""

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import Engine
from sqlmodel import func, select

from cloud import broker_access, db
from cloud.devices.inbox_tables import ReadingRow
from cloud.settings import Settings
from kit.mosquitto import ACCESS, Mosquitto, configure, free_port
from simulator.mail import MailCatcher
from tests.shared import ROOT, needs_program
from tests.support.homes import allow
from tests.support.processes import Child, until
from tests.system.alarm_homes import HERE, Band, environment, home
from tests.system.alarm_people import Letter

SCALES = 12
PASSWORD = "of-the-cloud"
LANES = ("readings", "alarms")


@dataclass(frozen=True)
class Place:
    """Where the parts are, and what starts them. `hosts`: broker and wristband, as the agent reaches them."""

    hosts: tuple[str, str] = (HERE, HERE)
    agent_within: tuple[str, ...] = ()
    agent_env: dict[str, str] = field(default_factory=dict)
    cloud_env: dict[str, str] = field(default_factory=dict)
    state: Path | None = None  # of the agent; None: beside agent.toml


@dataclass
class Home:
    """Everything that runs."""

    engine: Engine
    band: Band
    broker: Mosquitto
    cloud: Child
    agent: Child
    catcher: MailCatcher

    def spooled(self, lane: str) -> int:
        """How many messages were ever spooled."""
        return self._asked("SELECT coalesce(max(next_seq), 1) - 1 FROM lanes WHERE lane = ?", lane)

    def waiting(self, up_to: dict[str, int]) -> int:
        """How many of these the cloud has not confirmed."""
        query = "SELECT count(*) FROM messages WHERE lane = ? AND seq <= ?"
        return sum(self._asked(query, lane, last) for lane, last in up_to.items())

    def stored(self) -> int:
        """How many readings the cloud has."""
        with db.reading(self.engine) as session:
            return session.exec(select(func.count()).select_from(ReadingRow)).one()

    def goes_on(self, seconds: float = 30.0) -> None:
        """A second's readings arrive."""
        before = self.stored()
        until(lambda: self.stored() >= before + SCALES, seconds)

    def presses(self) -> None:
        """The wearer calls for help, until the agent has it."""
        until(self.band.press, 30)

    def drains(self, seconds: float = 60.0) -> None:
        """What was spooled until now is stored, or given up."""
        so_far = {lane: self.spooled(lane) for lane in LANES}
        until(lambda: self.waiting(so_far) == 0, seconds)

    def called(self) -> set[str]:
        """Who was called by mail, however often: a mail may come twice."""
        letters = [Letter.of(mail) for mail in self.catcher.inbox.mails()]
        return {letter.to for letter in letters if letter is not None and letter.is_call}

    def settles(self) -> None:
        """No device is read any more, and what was spooled arrives."""
        self.agent.stop()
        path = Path(self.agent.words[-1])
        path.write_text(path.read_text().partition("[[devices]]")[0])
        self.agent.start()
        self.drains()

    def _asked(self, query: str, *values: object) -> int:
        path = self.band.state / "spool.db"
        if not path.exists():
            return 0
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as spool:
            return int(spool.execute(query, values).fetchone()[0])


@contextmanager
def running(work: Path, url: str, place: Place | None = None) -> Iterator[Home]:
    """All of it, from when readings arrive and the wristband is on the line. `url`: a migrated database."""
    place = place or Place()
    broker = Mosquitto(work / "broker", free_port(), needs_program("mosquitto"), place.hosts[0])
    configure(broker.directory, broker.port, broker.address)
    catcher = MailCatcher()
    catcher.start()
    engine = db.engine(url)
    band = _furnished(engine, work, broker.port, place)
    env = environment(work, url, (broker.port, PASSWORD), (free_port(), catcher.smtp_url)) | {"PYTHONPATH": str(ROOT)}
    ours = {"FOREHAND_BROKER_HOST": place.hosts[0], "FOREHAND_BROKER_USERNAME": "cloud"}
    cloud = Child(("cloud",), env | ours | place.cloud_env, work / "cloud.log")
    words = ("edge", "--config", str(work / band.agent_id / "agent.toml"))
    agent = Child(words, env | place.agent_env, work / "agent.log", within=place.agent_within)
    made = Home(engine, band, broker, cloud, agent, catcher)
    try:
        broker.start()
        cloud.start()
        agent.start()
        until(lambda: made.stored() > SCALES and band.is_heard())
        yield made
    finally:
        _end(made)


def _end(made: Home) -> None:
    """What the processes said is shown when the test fails."""
    for child in (made.agent, made.cloud):
        child.stop()
        sys.stdout.write(f"{child.log.name}:\n{child.says()[-3000:]}\n")
    made.broker.stop()
    sys.stdout.write((made.broker.directory / "mosquitto.log").read_text()[-1000:])
    made.catcher.stop()
    made.band.close()
    made.engine.dispose()


def _furnished(engine: Engine, work: Path, broker_port: int, place: Place) -> Band:
    now = datetime.now(UTC)
    with db.transaction(engine) as session:
        band = home(session, work, broker_port, 0, now, place.hosts)
        session.flush()
        access = broker_access.document(session, Settings(broker_password=PASSWORD), now)
    (work / "broker" / ACCESS).write_text(access)
    allow(engine, "supply")
    path = band.state.parent / "agent.toml"
    band.state = place.state or band.state
    scales = "".join(_scale(path.parent, number) for number in range(SCALES))
    path.write_text(f'state_dir = "{band.state}"\n{path.read_text()}{scales}')
    return band


def _scale(folder: Path, number: int) -> str:
    (folder / f"scale-{number}.jsonl").write_text(json.dumps({"grams": 900.0 - number}) + "\n")
    return f'[[devices]]\nname = "scale-{number}"\ntype = "scale"\naddress = "scale-{number}.jsonl"\n'
