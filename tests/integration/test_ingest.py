"""Acknowledged after the commit, and never before."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlmodel import Session, select

from cloud import db
from cloud.consent import service as consent
from cloud.devices import inbox, registry
from cloud.devices.inbox_tables import ReadingRow, SetAside
from cloud.devices.tables import Agent
from cloud.flows import intake
from cloud.ingest import worker
from cloud.ingest.rate import TokenBuckets
from cloud.ingest.worker import Ingest
from cloud.people import service as people
from contract import topics
from contract.fields import Kind, Purpose, Quality, State
from contract.messages import AgentState, Reading, Readings, encode
from contract.topics import Up
from kit import ids
from kit.bus import BusDownError, Delivery
from kit.clock import ManualClock

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


class FakeBus:
    """Keeps what is published, and refuses on request."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.down = False
        self.deliver = lambda _delivery: None
        self.connected = lambda: None

    def start(self, subscriptions, on_message, on_connect, will=None) -> None:
        self.deliver, self.connected = on_message, on_connect

    def publish(self, topic, payload, *, retain=False) -> None:
        if self.down:
            raise BusDownError
        self.published.append(topic)

    def in_flight(self) -> int:
        return 0

    def hurry(self) -> None:
        pass

    def is_healthy(self) -> bool:
        return not self.down

    def stop(self) -> None:
        pass


@pytest.fixture
def engine(database_url: str):
    made = db.engine(database_url)
    with db.transaction(made) as session:
        household = people.add_household(session, ids.system, "Ada", "UTC", NOW)
        registry.add_agent(session, registry.NewAgent("pi-1", household.id, "Kitchen"), NOW)
        said = consent.Answer("supply", True, "text", "1", "en", None, "page")
        consent.answer(session, ids.system, household.id, said, NOW)
    yield made
    made.dispose()


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


@pytest.fixture
def ingest(engine, bus) -> Ingest:
    made = Ingest(engine, bus, ManualClock(NOW), ids.system)
    made.connect()
    return made


def delivery(seq: int, acked: list[int]) -> Delivery:
    reading = Reading(
        device="p", slot="1", up_ms=seq, at_ms=seq, kind=Kind.COUNT, value=1, quality=Quality.GOOD, basis="counter"
    )
    message = Readings(stream="ab" * 16, seq=seq, boot=1, purpose=Purpose.SUPPLY, consent=1, readings=[reading])
    return Delivery(topics.up("pi-1", Up.READINGS), encode(message), ack=lambda: acked.append(seq))


def test_all_that_is_queued_goes_into_one_commit(ingest, bus, engine):
    acked: list[int] = []
    for seq in range(1, 51):
        bus.deliver(delivery(seq, acked))

    assert ingest.step() == 50

    assert ingest.counters.commits == 1
    assert acked == list(range(1, 51))
    assert bus.published == [topics.down("pi-1", topics.Down.STORED)]


def test_what_came_over_a_connection_that_is_gone_does_not_wait_beside_its_repeats(ingest, bus):
    acked: list[int] = []
    for seq in range(1, 11):
        bus.deliver(replace(delivery(seq, acked), is_void=lambda seq=seq: seq % 2 == 0))
    bus.connected()
    for seq in range(2, 12, 2):
        bus.deliver(delivery(seq, acked))

    assert ingest.step() == 10
    assert acked == [1, 3, 5, 7, 9, 2, 4, 6, 8, 10]


def test_connections_that_break_before_they_stand_do_not_fill_the_queue(ingest, bus):
    gone: list[int] = []
    for seq in range(1, 5 * worker.FORGET_EVERY):
        bus.deliver(replace(delivery(seq, gone), is_void=lambda: True))

    assert ingest._queue.qsize() <= worker.FORGET_EVERY


def test_nothing_is_acknowledged_when_the_commit_fails(ingest, bus, monkeypatch):
    acked: list[int] = []
    bus.deliver(delivery(1, acked))
    ingest.stop()

    def refuse(*_args: object) -> None:
        raise db.sa.exc.OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr(intake, "on_messages", refuse)
    with pytest.raises(db.sa.exc.OperationalError):
        ingest.step()

    assert acked == []


def away() -> Exception:
    return db.sa.exc.OperationalError("insert", {}, Exception("the server closed the connection"))


def test_a_database_that_goes_away_while_messages_are_taken_one_by_one_costs_none_of_them(
    ingest, bus, engine, monkeypatch
):
    monkeypatch.setattr(worker, "RETRY_AFTER_S", 0.0)
    honest, troubles = intake.on_messages, [ZeroDivisionError(), away(), away()]

    def choke(session, new_id, arrived, now):
        if troubles:
            raise troubles.pop(0)
        return honest(session, new_id, arrived, now)

    monkeypatch.setattr(intake, "on_messages", choke)
    acked: list[int] = []
    for seq in (1, 2):
        bus.deliver(delivery(seq, acked))
    ingest.step()

    with Session(engine) as session:
        assert [r.seq for r in session.exec(select(ReadingRow))] == [1, 2]
        assert session.exec(select(SetAside)).all() == []
    assert acked == [1, 2]
    assert ingest.is_healthy()


def test_a_poisonous_message_is_set_aside_as_soon_as_the_database_is_there_again(ingest, bus, engine, monkeypatch):
    monkeypatch.setattr(worker, "RETRY_AFTER_S", 0.0)
    honest, troubles = inbox.set_aside, [away()]

    def choke(*given):
        if troubles:
            raise troubles.pop(0)
        honest(*given)

    def poisonous(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(inbox, "set_aside", choke)
    monkeypatch.setattr(intake, "on_messages", poisonous)
    acked: list[int] = []
    bus.deliver(delivery(1, acked))
    ingest.step()

    with Session(engine) as session:
        assert len(session.exec(select(SetAside)).all()) == 1
    assert acked == [1]


def test_what_a_failed_step_had_taken_is_taken_again_and_counts_once(engine, bus, monkeypatch):
    ingest = Ingest(engine, bus, ManualClock(NOW), ids.system, _buckets=TokenBuckets(burst=2, per_s=0))
    ingest.connect()
    acked: list[int] = []
    for seq in (1, 2):
        bus.deliver(delivery(seq, acked))

    def fail(*_given: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(intake, "on_messages", fail)
        patched.setattr(inbox, "set_aside", fail)
        with pytest.raises(ZeroDivisionError):
            ingest.step()
    assert acked == []

    assert ingest.step() == 2
    with Session(engine) as session:
        assert [r.seq for r in session.exec(select(ReadingRow))] == [1, 2]
    assert acked == [1, 2]


def test_one_poisonous_message_does_not_take_its_neighbours_with_it(ingest, bus, engine, monkeypatch):
    acked: list[int] = []
    honest = intake.on_messages

    def choke(session, new_id, arrived, now):
        if any(b'"seq":2,' in d.payload for d in arrived):
            raise ZeroDivisionError
        return honest(session, new_id, arrived, now)

    monkeypatch.setattr(intake, "on_messages", choke)
    for seq in (1, 2, 3):
        bus.deliver(delivery(seq, acked))
    ingest.step()

    with Session(engine) as session:
        assert [r.seq for r in session.exec(select(ReadingRow))] == [1, 3]
        assert len(session.exec(select(SetAside)).all()) == 1
    assert acked == [1, 2, 3]


def test_a_lost_answer_is_given_again_when_the_message_comes_again(ingest, bus):
    bus.down = True
    bus.deliver(delivery(1, []))
    ingest.step()
    bus.down = False

    bus.deliver(delivery(1, []))
    ingest.step()

    assert len(bus.published) == 1


def test_an_agent_gone_wild_is_left_unanswered_and_loses_nothing(engine, bus):
    ingest = Ingest(engine, bus, ManualClock(NOW), ids.system, _buckets=TokenBuckets(burst=3, per_s=1))
    ingest.connect()
    acked: list[int] = []
    for seq in range(1, 6):
        bus.deliver(delivery(seq, acked))
    ingest.step()

    with Session(engine) as session:
        assert [r.seq for r in session.exec(select(ReadingRow))] == [1, 2, 3]
    assert len(acked) == 5
    assert ingest.counters.over_limit == 2


def test_every_kind_of_message_counts_and_a_drain_of_readings_swallows_no_birth(engine, bus):
    ingest = Ingest(engine, bus, ManualClock(NOW), ids.system, _buckets=TokenBuckets(burst=3, per_s=0))
    ingest.connect()
    for seq in range(1, 6):
        bus.deliver(delivery(seq, []))
    for session in range(1, 6):
        born = encode(AgentState(state=State.READY, session=session))
        bus.deliver(Delivery(topics.up("pi-1", Up.STATE), born))
    ingest.step()

    with Session(engine) as session:
        agent = session.exec(select(Agent)).one()
    assert (agent.state, agent.session) == ("ready", 3)
    assert ingest.counters.over_limit == 4


def test_a_worker_that_does_not_come_back_is_not_healthy(engine, bus, monkeypatch):
    at_s, holds, entered = [1000.0], threading.Event(), threading.Event()
    stuck = Ingest(engine, bus, ManualClock(NOW), ids.system, monotonic_s=lambda: at_s[0])

    def hangs(*_arguments) -> list[intake.Reply]:
        entered.set()
        holds.wait(30)
        return []

    monkeypatch.setattr(intake, "on_messages", hangs)
    stuck.start()
    try:
        bus.deliver(delivery(1, []))
        assert entered.wait(10)
        assert stuck.is_healthy()

        at_s[0] += worker.STUCK_AFTER_S

        assert not stuck.is_healthy()
    finally:
        holds.set()
        stuck.stop()
