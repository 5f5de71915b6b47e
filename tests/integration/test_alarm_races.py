"""Two processes do something with the same alarm at the same moment, each with its own connection."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import Session, select

from cloud import db
from cloud.devices import registry
from cloud.devices.inbox_tables import SetAside
from cloud.emergencies import links
from cloud.emergencies.links import For
from cloud.emergencies.rules import AlarmState, Disposition, Outcome
from cloud.emergencies.sending import AlarmSender
from cloud.emergencies.tables import Alarm, AlarmSignal, LinkKey, Reach, Wearer
from cloud.ingest.worker import ALARMS, Ingest
from cloud.jobs.alarms import Alarms
from contract import decoding, topics
from contract.alarms import Alarm as Message
from contract.alarms import AlarmBy, AlarmEvent, AlarmKind
from contract.messages import Stored, encode
from contract.topics import Up
from kit import ids
from kit.bus import Delivery
from tests.alarms_world import MINUTE, SAM, SECOND, STREAM, Night, PlainWords
from tests.support.at_once import at_once
from tests.support.chances import NoChance

ROUNDS = 5


@dataclass
class Answers:
    """A bus that only remembers what was said."""

    said: list[Stored] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.said.append(decoding.decode(payload, Stored))


@pytest.fixture
def night(database_url: str) -> Iterator[Night]:
    engine = db.engine(database_url)
    made = Night(engine, ids.system)
    made.move_in("Bert", "Cara")
    yield made
    engine.dispose()


@pytest.fixture
def ingests(night: Night) -> list[Ingest]:
    made: list[Any] = [Ingest(night.engine, Answers(), night.clock, ids.system, ALARMS) for _ in range(2)]
    return made


def message(night: Night, seq: int, event: AlarmEvent, agent: str = "pi-1", **more: Any) -> Delivery:
    """Of an occurrence that has the same number as its first message."""
    fields: dict[str, Any] = {"kind": AlarmKind.FALL, "alarm_id": f"{seq:032x}"} | more
    said = Message(
        stream=STREAM, seq=seq, boot=1, consent=1, event=event, device="band", up_ms=seq,
        at_ms=int(night.now.timestamp() * 1000), **fields,
    )  # fmt: skip
    return Delivery(topics.up(agent, Up.ALARMS), encode(said))


def sos(night: Night, seq: int) -> Delivery:
    return message(night, seq, AlarmEvent.CONFIRMED, kind=AlarmKind.SOS, by=AlarmBy.WEARER)


def deliver(ingests: list[Ingest], *deliveries: Delivery) -> None:
    """One to each, at the same moment."""
    for ingest, delivery in zip(ingests, deliveries, strict=True):
        ingest._on_message(delivery)
    assert at_once(*(ingest.step for ingest in ingests)) == [1] * len(ingests)


def _called(night: Night, seq: int) -> Alarm:
    """An alarm of which Bert has been told."""
    night.deliver(sos(night, seq))
    night.loop.step(night.now)
    return night.alarms()[-1]


def answered(ingest: Any) -> list[int]:
    return [seq for stored in ingest.bus.said for first, last in stored.ranges for seq in range(first, last + 1)]


def of(night: Night, row: type) -> list[Any]:
    with Session(night.engine) as session:
        return list(session.exec(select(row)))


def unharmed(night: Night, ingests: list[Ingest]) -> bool:
    return not of(night, SetAside) and not any(ingest.counters.poisonous for ingest in ingests)


def test_the_same_message_through_two_processes_is_one_alarm_and_one_call(night, ingests):
    for seq in range(101, 101 + ROUNDS):
        deliver(ingests, sos(night, seq), sos(night, seq))
        alarm = night.alarms()[-1]
        assert (alarm.state, alarm.calls, len(night.attempts(alarm))) == (AlarmState.RAISED, 1, 1)
        night.closes(SAM, Disposition.HELPED, alarm)

    assert len(night.alarms()) == ROUNDS
    assert [answered(ingest) for ingest in ingests] == [list(range(101, 101 + ROUNDS))] * 2
    assert unharmed(night, ingests)


def test_two_suspicions_at_once_are_one_alarm(night, ingests):
    for seq in range(101, 101 + 2 * ROUNDS, 2):
        both = (message(night, each, AlarmEvent.SUSPECTED, confirm_in_ms=30_000) for each in (seq, seq + 1))
        deliver(ingests, *both)
        alarm = night.alarms()[-1]
        assert night.log(alarm) == ["suspected", "repeated"]
        night.closes(SAM, Disposition.FALSE_ALARM, alarm)

    assert len(night.alarms()) == ROUNDS
    assert len(of(night, AlarmSignal)) == 2 * ROUNDS + 1  # and the try-on
    assert unharmed(night, ingests)


@pytest.mark.parametrize("number", range(2))
def test_a_band_never_heard_of_calls_twice_at_once(night, ingests, number):
    with db.transaction(night.engine) as session:
        registry.add_agent(session, registry.NewAgent("pi-2", night.household_id, "Kitchen"), night.now)
    both = (
        message(night, seq, AlarmEvent.CONFIRMED, "pi-2", kind=AlarmKind.SOS, by=AlarmBy.WEARER) for seq in (101, 102)
    )
    deliver(ingests, *both)

    (wearer,) = (wearer for wearer in of(night, Wearer) if wearer.person_id is None)
    (alarm,) = (alarm for alarm in of(night, Alarm) if alarm.wearer_id == wearer.id)
    assert [signal.alarm_id for signal in of(night, AlarmSignal) if signal.agent_id == "pi-2"] == [alarm.id] * 2
    assert sorted(seq for ingest in ingests for seq in answered(ingest)) == [101, 102]
    assert unharmed(night, ingests)


def test_a_confirmation_and_the_timer_for_silence_raise_it_once(night, ingests):
    for seq in range(101, 101 + 2 * ROUNDS, 2):
        ingests[0]._on_message(message(night, seq, AlarmEvent.SUSPECTED, confirm_in_ms=30_000))
        ingests[0].step()
        night.clock.advance(40 * SECOND)
        confirmed = message(
            night, seq + 1, AlarmEvent.CONFIRMED, by=AlarmBy.DETECTOR, alarm_id=f"{seq:032x}"
        )  # fmt: skip
        ingests[1]._on_message(confirmed)
        at_once(ingests[1].step, lambda: night.loop.run_timers(night.now))
        alarm = night.alarms()[-1]
        assert (night.log(alarm).count("raised"), alarm.calls) == (1, 1)
        night.closes(SAM, Disposition.HELPED, alarm)


def test_an_answer_and_the_timer_for_the_next_call(night):
    for seq in range(101, 101 + ROUNDS):
        alarm = _called(night, seq)
        night.clock.advance(3 * MINUTE)
        bert = night.contact("Bert")
        at_once(lambda: night.loop.run_timers(night.now), lambda who=bert, it=alarm: night.takes(who, it))
        night.loop.step(night.now)
        log, alarm = night.log(alarm), night.alarms()[-1]
        assert alarm.state == AlarmState.ACKNOWLEDGED
        assert "called" not in log[log.index("acknowledged") :]
        assert log.count("called") == alarm.calls
        assert not [a for a in night.attempts(alarm) if a.outcome == Outcome.QUEUED]
        night.closes(SAM, Disposition.HELPED, alarm)


def test_a_renewal_and_the_end_of_the_lease(night):
    for seq in range(101, 101 + ROUNDS):
        alarm = _called(night, seq)
        bert = night.contact("Bert")
        night.takes(bert, alarm)
        night.clock.advance(30 * MINUTE)
        at_once(lambda: night.loop.run_timers(night.now), lambda who=bert, it=alarm: night.takes(who, it))
        alarm = night.alarms()[-1]
        assert (alarm.state, alarm.acknowledged_until) == (AlarmState.ACKNOWLEDGED, night.now + 30 * MINUTE)
        assert night.log(alarm)[-1] in {"renewed", "acknowledged"}
        night.closes(SAM, Disposition.HELPED, alarm)


def test_two_processes_look_at_a_timer_and_one_calls(night):
    others = [Alarms(night.engine, night.clock, ids.system, night.loop.senders, NoChance()) for _ in range(3)]
    for seq in range(101, 101 + ROUNDS):
        alarm = _called(night, seq)
        night.clock.advance(3 * MINUTE)
        done = at_once(*(lambda loop=loop: loop.run_timers(night.now) for loop in others))
        assert (sum(done), night.alarms()[-1].calls) == (1, 2)
        night.closes(SAM, Disposition.HELPED, alarm)


def test_two_people_close_it_at_once_and_one_has_done_it(night):
    for seq in range(101, 101 + ROUNDS):
        alarm = _called(night, seq)
        ends = at_once(*(lambda it=alarm: night.closes(SAM, Disposition.HELPED, it) for _ in range(2)))
        assert sorted(isinstance(end, Alarm) for end in ends) == [False, True]
        assert night.log(alarm).count("closed") == 1


@pytest.mark.parametrize("number", range(2))
def test_the_first_two_messages_ever_make_one_key_and_both_links_lead_somewhere(night, number):
    said: list[str] = []
    sender = AlarmSender(night.engine, PlainWords(), lambda _target, mail, _reference: said.append(mail.html))
    loops = [Alarms(night.engine, night.clock, ids.system, sender.senders(), NoChance()) for _ in range(2)]
    with db.transaction(night.engine) as session:
        session.add(Reach(id=ids.system(), contact_id=night.contact("Bert").contact_id, channel="webhook", address="x"))
    night.deliver(sos(night, 101))
    at_once(*(lambda loop=loop: loop.step(night.now) for loop in loops))

    (key,) = of(night, LinkKey)
    read = [links.read([bytes.fromhex(key.secret)], path.removeprefix("/answer/")) for path in said]
    assert {link and link.good_for for link in read} == {For.ANSWER}
    assert len(read) == 2
