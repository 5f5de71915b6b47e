"""Three homes with a wristband each, two contacts for each wearer, and staff: for alarms while everything is killed."""

import json
import os
import socket
import sqlite3
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from cloud import broker_access, db
from cloud.consent.service import Answer
from cloud.devices import naming, registry
from cloud.devices.tables import Agent
from cloud.emergencies import circle
from cloud.emergencies.circle import NewContact
from cloud.emergencies.tables import Contact
from cloud.flows import permissions
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Account, Person, Role
from cloud.settings import Settings
from contract.messages import DeviceReport
from kit import ids
from kit.mosquitto import ACCESS
from tests.movements import FS, falling, in_turn, lying, standing

HERE = "127.0.0.1"
CONTACTS = ("bert", "cara")
STEP_S = 3  # shorter than people may choose, so that a test sees all of the plan
LEASES_S = (7, 900, 900)  # of the first an answer runs out within the test, of the others it does not
PREALARM_S = 8
FRAME = 10  # samples in a line
REACHES_S = 3.0  # what is not in the spool by then was pressed in vain, as the wearer notices


@dataclass(frozen=True)
class Staff:
    """Somebody, of the service for example, who is signed in."""

    name: str
    secret: str
    csrf: str


@dataclass
class Band:
    """The wristband's end of the line. It is the one that is called."""

    agent_id: str
    state: Path  # the agent's own folder
    host: str = HERE
    reached: int = 0
    vain: int = 0
    buzzes: list[str] = field(default_factory=list)
    _line: socket.socket | None = None

    def __post_init__(self) -> None:
        self._door = socket.create_server((self.host, 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._listen, name=f"band of {self.agent_id}", daemon=True).start()

    def press(self) -> bool:
        """A long press. False: the agent did not take it, or died before it had; nobody can hold that against it."""
        before = self.spooled()
        if self._says("sos") and self._says("up"):
            end = time.monotonic() + REACHES_S
            while time.monotonic() < end and self._line is not None:
                if self.spooled() > before:
                    self.reached += 1
                    return True
                time.sleep(0.02)
        self.vain += 1
        return False

    def falls(self) -> bool:
        """Its wearer stands, falls and lies, at the pace of life. False: the agent has not taken the suspicion."""
        before, samples = self.spooled(), standing(4) + falling() + lying(4)
        for first in range(0, len(samples), FRAME):
            said = {"fs_hz": FS, "acc_mg": in_turn(samples[first : first + FRAME]), "worn": True}
            self.tells(json.dumps(said))
            time.sleep(FRAME / FS)
            if self.spooled() > before:
                self.reached += 1
                return True
        self.vain += 1
        return False

    def spooled(self) -> int:
        """How many alarms the agent has ever taken into its spool."""
        return self._asked("SELECT next_seq - 1 FROM lanes WHERE lane = 'alarms'")

    def waiting(self) -> int:
        """How many of them the cloud has not confirmed."""
        return self._asked("SELECT count(*) FROM messages WHERE lane = 'alarms'")

    def tells(self, line: str) -> None:
        """A line of the driver's own; nobody listens while the agent is away."""
        if self._line is not None:
            with suppress(OSError):
                self._line.sendall(line.encode() + b"\n")

    def is_heard(self) -> bool:
        """The agent is on the line."""
        return self._line is not None

    def close(self) -> None:
        self._door.close()

    def _asked(self, query: str) -> int:
        path = self.state / "spool.db"
        if not path.exists():
            return 0
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as spool:
            if not spool.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages'").fetchone():
                return 0  # it is just being made
            row = spool.execute(query).fetchone()
        return 0 if row is None else int(row[0])

    def _says(self, button: str) -> bool:
        line = self._line
        if line is None:
            return False
        try:
            line.sendall(json.dumps({"button": button, "worn": True}).encode() + b"\n")
        except OSError:
            return False
        return True

    def _listen(self) -> None:
        with suppress(OSError):  # the door is closed at the end
            while True:
                line, _ = self._door.accept()
                with suppress(OSError), line:
                    self._line = line
                    self._hear(line)
                self._line = None

    def _hear(self, line: socket.socket) -> None:
        with line.makefile("rb") as lines:
            for said in lines:
                self.buzzes.append(json.loads(said)["buzz"])


def furnish(url: str, work: Path, broker: tuple[int, str]) -> tuple[list[Band], Staff]:
    """Everything that people would have entered by now. `broker`: port, and the cloud's password there."""
    engine, now = db.engine(url), datetime.now(UTC)
    settings = Settings(broker_password=broker[1])
    with db.transaction(engine) as session:
        bands = [home(session, work, broker[0], number, now) for number in range(len(LEASES_S))]
        session.flush()
        (work / "broker" / ACCESS).write_text(broker_access.document(session, settings, now))
        staff = _staff(session, now)
    engine.dispose()
    return bands, staff


def home(
    session: Session, work: Path, broker_port: int, number: int, now: datetime, hosts: tuple[str, str] = (HERE, HERE)
) -> Band:
    """With its agent.toml in a folder of its own. `hosts`: as the agent sees the broker, and the wristband."""
    agent_id = f"pi-{number}"
    household = people.add_household(session, ids.system, f"Home {number}", "Europe/Berlin", now)
    new = NewPerson(f"Ada {number}", f"ada-{number}@example.org", household_id=household.id)
    person, _ = people.add_person(session, ids.system, new, now)
    password = registry.add_agent(session, registry.NewAgent(agent_id, household.id, "Bedroom"), now)
    registry.set_prealarm(session, agent_id, PREALARM_S)
    said = Answer("safety", True, "Use: safety", "1", "en", person.id, "page")
    permissions.answer(session, ids.system, household.id, said, now)
    _wearer(session, household.id, person.id, number, now)
    folder = work / agent_id
    folder.mkdir()
    band = Band(agent_id, folder / "state", hosts[1])
    (folder / "agent.toml").write_text(
        f'agent = "{agent_id}"\n[broker]\nhost = "{hosts[0]}"\nport = {broker_port}\npassword = "{password}"\n'
        f'[[devices]]\nname = "band"\ntype = "wristband"\naddress = "tcp://{band.host}:{band.port}"\n'
    )
    return band


def _wearer(session: Session, household_id: str, person_id: str, number: int, now: datetime) -> None:
    agent = session.get_one(Agent, f"pi-{number}")
    naming.note(session, ids.system, naming.Heard(agent, now), DeviceReport(device="band", type="wristband"))
    device = naming.called(session, agent.id, "band")
    assert device is not None
    wearer = circle.of_device(session, ids.system, household_id, device.id, now)
    circle.name(session, wearer, person_id, now)
    wearer.step_s, wearer.rounds, wearer.lease_s = STEP_S, 1, LEASES_S[number]
    session.add(wearer)
    session.flush()
    for name in CONTACTS:
        new = NewContact(f"{name} {number}", "en", (("email", f"{name}-{number}@example.org"),))
        contact = circle.add_contact(session, ids.system, wearer.id, new, now)
        assert isinstance(contact, Contact)
        circle.agree(session, contact, alarms=True, drills=False, now=now)


def _staff(session: Session, now: datetime) -> Staff:
    new = NewPerson("Sam", "sam@forehand.example", Role.STAFF)
    person, _ = people.add_person(session, ids.system, new, now)
    return signed_in(session, person, now)


def signed_in(session: Session, person: Person, now: datetime) -> Staff:
    secret = people.sign_in(session, session.get_one(Account, person.id), now).secret
    session.flush()
    found = people.who(session, secret, now)
    assert found is not None
    return Staff(person.name, secret, found[1].csrf_secret)


def environment(work: Path, url: str, broker: tuple[int, str], ports: tuple[int, str]) -> dict[str, str]:
    """Of every process of the cloud. `ports`: of the pages, and the mail server's URL."""
    given = {
        "DATABASE_URL": url,
        "DATA_DIR": str(work / "data"),
        "BROKER_PORT": str(broker[0]),
        "BROKER_PASSWORD": broker[1],
        "WEB_PORT": str(ports[0]),
        "PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
        "SMTP_URL": ports[1],
        "LOG_LEVEL": "INFO",
    }
    return {**os.environ, **{f"FOREHAND_{name}": value for name, value in given.items()}}
