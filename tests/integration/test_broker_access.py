"""The running broker is told from the database, over its dynamic security plugin."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy.engine import Engine

from cloud import broker_access, db
from cloud.broker_access import LAST_WORD, LOOKS_ANYWAY, BrokerAccess
from cloud.devices import credentials, registry
from cloud.devices.registry import NewAgent
from cloud.flows import enrolling
from cloud.flows.enrolling import Secrets
from cloud.settings import Settings
from contract import topics
from contract.permissions import CLOUD_USERS, KEEPER
from contract.topics import Up
from kit import broker_control
from kit.broker_control import Control, ControlError
from kit.bus import BusDownError
from kit.mosquitto import ACCESS, Mosquitto
from kit.mqtt import PahoBus
from tests.reviewing import START, Home
from tests.support.brokers import Listener, let_in
from tests.support.processes import until

KEY, KEEPERS = "k" * 32, "of-the-keeper"
SETTINGS = Settings(
    broker_password=SecretStr("of-the-cloud"), broker_keeper_password=SecretStr("of-the-keeper"),
    credential_key=SecretStr(KEY),
)  # fmt: skip


@dataclass
class Cloud:
    """Agents in the database, and the part that tells the broker."""

    engine: Engine
    broker: Mosquitto
    household_id: str
    now: datetime = START
    listeners: list[Listener] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.access = BrokerAccess(self.engine, SETTINGS, lambda: broker_control.connected(self.keeper(), KEEPER))

    def keeper(self, password: str = KEEPERS) -> PahoBus:
        return PahoBus(KEEPER, "127.0.0.1", self.broker.port, KEEPER, password, clean=True)

    def starts_broker(self) -> None:
        self.broker.stop()
        self.broker.directory.mkdir(exist_ok=True)
        with db.reading(self.engine) as session:
            text = broker_access.document(session, SETTINGS, self.now)
        (self.broker.directory / ACCESS).write_text(text)
        self.broker.start()

    def tells(self, later: timedelta = timedelta(seconds=2)) -> None:
        self.now += later
        self.access.tell(self.now)

    def adds(self, agent_id: str) -> str:
        with db.transaction(self.engine) as session:
            agent = registry.announce(session, NewAgent(agent_id, self.household_id, agent_id), self.now)
            return enrolling.give_credential(session, agent, Secrets(KEY.encode(), b"123456789012"))

    def renews(self, agent_id: str) -> str:
        with db.transaction(self.engine) as session:
            return enrolling.give_credential(
                session, registry.agent(session, agent_id), Secrets(KEY.encode(), b"123456789012")
            )

    def revokes(self, agent_id: str) -> None:
        with db.transaction(self.engine) as session:
            registry.revoke(session, agent_id, self.now)

    def connects(self, agent_id: str, password: str) -> Listener:
        made = Listener(PahoBus(agent_id, "127.0.0.1", self.broker.port, agent_id, password))
        made.bus.start([], made.on_message, made.on_connect)
        self.listeners.append(made)
        return made

    def holds(self) -> set[str]:
        with broker_control.connected(self.keeper(), KEEPER) as control:
            return set(control.users())


@pytest.fixture
def cloud(database_url, broker: Mosquitto):
    engine = db.engine(database_url)
    home = Home(engine)
    home.move_in()
    made = Cloud(engine, broker, home.household_id)
    with db.transaction(engine) as session:
        registry.revoke(session, "pi-1", START - timedelta(days=1))
    made.starts_broker()
    yield made
    for listener in made.listeners:
        listener.bus.stop()
    engine.dispose()


def is_in(listener: Listener) -> bool:
    return listener.connections == 1 and listener.bus.is_healthy()


def test_an_agent_that_is_added_may_connect_and_what_it_says_arrives(cloud):
    password = cloud.adds("hall")
    cloud.tells()

    hall = cloud.connects("hall", password)

    until(lambda: is_in(hall))
    hall.bus.publish(topics.up("hall", Up.READINGS), b"{}")
    until(lambda: hall.bus.in_flight() == 0)
    assert cloud.holds() == {*CLOUD_USERS, KEEPER, "hall"}


def test_a_revoked_one_hears_a_last_word_and_is_then_cut_off_and_stays_outside(cloud):
    password = cloud.adds("hall")
    stays = cloud.adds("attic")
    cloud.tells()
    hall, attic = cloud.connects("hall", password), cloud.connects("attic", stays)
    until(lambda: is_in(hall) and is_in(attic))

    cloud.revokes("hall")
    cloud.tells()
    assert is_in(hall)
    cloud.tells(LAST_WORD)

    until(lambda: not hall.bus.is_healthy())
    with pytest.raises(BusDownError):
        hall.bus.publish(topics.up("hall", Up.READINGS), b"{}")
    assert is_in(attic)
    assert "hall" not in cloud.holds()


def test_another_pi_takes_the_place_of_the_first_which_is_cut_off(cloud):
    first = cloud.adds("hall")
    cloud.tells()
    old = cloud.connects("hall", first)
    until(lambda: is_in(old))

    second = cloud.renews("hall")
    cloud.tells()

    until(lambda: not old.bus.is_healthy())
    old.bus.stop()
    new = cloud.connects("hall", second)
    until(lambda: is_in(new))


def test_a_broker_that_has_lost_what_it_knew_is_told_within_a_minute(cloud):
    password = cloud.adds("hall")
    cloud.tells()
    cloud.broker.kill()
    let_in(cloud.broker, {KEEPER: "of-the-keeper", **dict.fromkeys(CLOUD_USERS, "of-the-cloud")})
    assert "hall" not in cloud.holds()

    cloud.tells(LOOKS_ANYWAY)

    until(lambda: is_in(cloud.connects("hall", password)))


def test_what_was_told_is_still_known_after_the_broker_was_killed(cloud):
    password = cloud.adds("hall")
    cloud.tells()

    cloud.broker.kill()
    cloud.broker.start()

    hall = cloud.connects("hall", password)
    until(lambda: is_in(hall))


def test_a_stranger_in_the_broker_is_put_out(cloud):
    let_in(cloud.broker, {KEEPER: "of-the-keeper", "stranger": "came by night"})
    stranger = cloud.connects("stranger", "came by night")
    until(lambda: is_in(stranger))

    cloud.tells()

    until(lambda: not stranger.bus.is_healthy())


def test_many_are_told_and_found_again(cloud):
    for n in range(150):
        cloud.adds(f"box-{n}")
    cloud.tells()

    assert len(cloud.holds()) == 150 + len(CLOUD_USERS) + 1


def test_one_whose_password_was_drawn_elsewhere_stays_and_is_told_of_when_it_is_lost(cloud, capsys):
    with db.transaction(cloud.engine) as session:
        password = registry.add_agent(session, NewAgent("old", cloud.household_id, "old"), cloud.now)
    cloud.starts_broker()
    old = cloud.connects("old", password)
    until(lambda: is_in(old))
    cloud.tells()
    assert is_in(old)
    assert "broker_not_told" not in capsys.readouterr().out

    let_in(cloud.broker, {KEEPER: "of-the-keeper"})
    for _ in range(3):
        cloud.tells(LOOKS_ANYWAY)

    said = capsys.readouterr().out
    assert said.count("broker_not_told") == 1
    assert "claim anew, or start the broker with a new file: old" in said


def test_a_broker_that_is_away_is_said_once_and_told_when_it_is_back(cloud, monkeypatch, capsys):
    monkeypatch.setattr(broker_control, "CONNECTS_WITHIN_S", 0.5)
    password = cloud.adds("hall")
    cloud.broker.stop()
    for _ in range(3):
        cloud.tells(LOOKS_ANYWAY)
    assert capsys.readouterr().out.count("broker_not_told") == 1

    cloud.broker.start()
    cloud.tells(LOOKS_ANYWAY)

    until(lambda: is_in(cloud.connects("hall", password)))


def test_a_wrong_keepers_password_is_said_without_it(cloud, monkeypatch):
    monkeypatch.setattr(broker_control, "CONNECTS_WITHIN_S", 0.5)
    guessing = broker_control.connected(cloud.keeper("guess"), KEEPER)
    with pytest.raises(ControlError, match="does not let cloud-keeper in") as told, guessing:
        pass
    assert "guess" not in str(told.value)


def test_what_changes_while_the_broker_is_told_counts(cloud, monkeypatch):
    """Somebody revokes it between our look at the database and what we tell."""
    cloud.adds("hall")
    carry_out = Control.carry_out

    def meanwhile(control: Control, steps) -> None:
        carry_out(control, steps)
        monkeypatch.setattr(Control, "carry_out", carry_out)
        with db.transaction(cloud.engine) as session:
            registry.revoke(session, "hall", cloud.now - LAST_WORD)

    monkeypatch.setattr(Control, "carry_out", meanwhile)
    cloud.tells()

    assert "hall" not in cloud.holds()


def test_the_password_is_the_derived_one(cloud):
    assert cloud.adds("hall") == credentials.password(KEY.encode(), "hall", 1)
