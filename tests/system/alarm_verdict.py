"""What must be true of every alarm once everything runs again and is quiet. Says what is not."""

import base64
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine
from sqlmodel import select

from cloud import db
from cloud.devices.inbox_tables import InboxMessage, SetAside
from cloud.emergencies import calling, history
from cloud.emergencies.rules import ACTIVE, AlarmState, Log, Outcome
from cloud.emergencies.tables import Alarm, AlarmAttempt, AlarmLogEntry, AlarmSignal
from cloud.outbox.tables import OutboxRow
from tests.system.alarm_homes import Band
from tests.system.alarm_people import Letter

BY_A_PERSON = {"link", "page"}
LETS_GO = {Log.PASSED_ON, Log.CALLED_AGAIN, Log.CLOSED}
CALLS = {Log.CALLED, Log.STAFF_CALLED}


@dataclass
class Record:
    """The database as it is now."""

    alarms: dict[str, Alarm]
    attempts: list[AlarmAttempt]
    signals: list[AlarmSignal]
    log: dict[str, list[AlarmLogEntry]] = field(default_factory=dict)
    inbox: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # of the alarm lane, by agent
    streams: Counter[str] = field(default_factory=Counter)
    set_aside: int = 0
    unsent: int = 0

    @classmethod
    def of(cls, engine: Engine) -> "Record":
        with db.reading(engine) as session:
            alarms = {alarm.id: alarm for alarm in session.exec(select(Alarm))}
            found = cls(alarms, list(session.exec(select(AlarmAttempt))), list(session.exec(select(AlarmSignal))))
            found.log = {alarm_id: history.log_of(session, alarm_id) for alarm_id in alarms}
            heard = session.exec(select(InboxMessage).where(InboxMessage.lane == "alarms")).all()
            for message in heard:
                found.inbox[message.agent_id].append(message.seq)
            found.streams.update({agent for agent, _ in {(m.agent_id, m.stream) for m in heard}})
            found.set_aside = len(session.exec(select(SetAside)).all())
            rows = session.exec(select(OutboxRow).where(OutboxRow.topic == calling.NOTIFY)).all()
            found.unsent = sum(row.done_at is None and row.dead_at is None for row in rows)
            session.expunge_all()
        return found

    def open(self) -> list[Alarm]:
        """Nobody has them."""
        return [a for a in self.alarms.values() if a.state in {AlarmState.RAISED, AlarmState.SUSPECTED}]

    def is_quiet(self) -> bool:
        return not (self.open() or self.unsent or any(a.outcome == Outcome.QUEUED for a in self.attempts))


def wrongs(record: Record, bands: list[Band], letters: list[Letter], taken: list[tuple[int, str]]) -> list[str]:
    """Empty: nothing was lost, doubled, closed or let go by itself."""
    return [
        *_lost(record, bands),
        *_not_told(record, letters),
        *_told_wrongly(record, letters),
        *_without_an_outcome(record, letters),
        *_forgotten(record, taken),
        *(wrong for alarm in record.alarms.values() for wrong in _life(alarm, record.log[alarm.id])),
    ]


def _lost(record: Record, bands: list[Band]) -> Iterator[str]:
    """Every alarm that an agent has taken is here once, whatever it joined."""
    if record.set_aside:
        yield f"{record.set_aside} messages set aside"
    signals = Counter(signal.agent_id for signal in record.signals)
    for band in bands:
        spooled, here = band.spooled(), sorted(record.inbox[band.agent_id])
        if here != list(range(1, spooled + 1)) or record.streams[band.agent_id] > 1:
            yield f"{band.agent_id} has spooled {spooled}, and here are {here}"
        if signals[band.agent_id] != spooled or band.reached > spooled:
            yield f"{band.agent_id}: {signals[band.agent_id]} of {spooled} alarms are here, {band.reached} pressed"
    active = Counter(a.wearer_id for a in record.alarms.values() if a.state in ACTIVE)
    yield from (f"wearer {wearer} has {n} active alarms" for wearer, n in active.items() if n > 1)


def _not_told(record: Record, letters: list[Letter]) -> Iterator[str]:
    told = {letter.number for letter in letters if letter.is_call}
    yield from (f"nobody was told of alarm {a.number}" for a in record.alarms.values() if a.number not in told)


def _told_wrongly(record: Record, letters: list[Letter]) -> Iterator[str]:
    """A repeat speaks of the same alarm, and its link leads there."""
    numbers: dict[str, set[int]] = defaultdict(set)
    attempts = {attempt.id: attempt for attempt in record.attempts}
    for letter in letters:
        numbers[letter.reference].add(letter.number)
        attempt = attempts.get(attempt_of(letter))
        if attempt is None or record.alarms[attempt.alarm_id].number != letter.number or attempt.address != letter.to:
            yield f"the link in {letter} leads elsewhere: {attempt}"
    yield from (f"{reference} told of {n}" for reference, n in numbers.items() if len(n) > 1)


def _without_an_outcome(record: Record, letters: list[Letter]) -> Iterator[str]:
    arrived = {attempt_of(letter) for letter in letters}
    for attempt in record.attempts:
        if attempt.outcome == Outcome.QUEUED:
            yield f"for ever queued: {attempt}"
        if attempt.outcome == Outcome.FAILED and attempt.code != "not_needed":
            yield f"failed, although the mail server is there: {attempt}"
        if attempt.outcome in {Outcome.SENT, Outcome.ANSWERED} and attempt.id not in arrived:
            yield f"never arrived: {attempt}"


def _forgotten(record: Record, taken: list[tuple[int, str]]) -> Iterator[str]:
    """Who was told that they have it stands in the log."""
    names = {(record.alarms[a.alarm_id].number, a.address): a.name for a in record.attempts}
    for number, whose in taken:
        log = next(record.log[a.id] for a in record.alarms.values() if a.number == number)
        name = names.get((number, whose))
        if not any(e.actor == name and e.event in {Log.ACKNOWLEDGED, Log.RENEWED} and e.how == "link" for e in log):
            yield f"{whose} has taken alarm {number}, and the log does not know"


def _life(alarm: Alarm, log: list[AlarmLogEntry]) -> Iterator[str]:
    """Closed by a person, and held for as long as who took it was promised."""
    held_until: datetime | None = None
    for entry in log:
        if entry.event in {Log.ACKNOWLEDGED, Log.RENEWED}:
            held_until = datetime.fromisoformat(entry.detail["until"])
            if entry.how not in BY_A_PERSON:
                yield f"alarm {alarm.number} was taken by {entry.how}"
        elif entry.event in LETS_GO:
            held_until = None
        elif entry.event == Log.ACK_EXPIRED:
            if held_until is None or entry.at < held_until:
                yield f"alarm {alarm.number} was let go at {entry.at}, promised until {held_until}"
            held_until = None
        elif entry.event in CALLS | {Log.RAISED} and held_until is not None:
            yield f"alarm {alarm.number} was called at {entry.at}, although held until {held_until}"
    yield from _end(alarm, log, held_until)


def _end(alarm: Alarm, log: list[AlarmLogEntry], held_until: datetime | None) -> Iterator[str]:
    calls = [entry.detail["call"] for entry in log if entry.event in CALLS]
    if calls != list(range(1, alarm.calls + 1)):
        yield f"alarm {alarm.number} was called {alarm.calls} times, the log has {calls}"
    if (alarm.state == AlarmState.ACKNOWLEDGED) != (held_until is not None):
        yield f"alarm {alarm.number} is {alarm.state}, its log says held until {held_until}"
    closings: list[Any] = [entry for entry in log if entry.event == Log.CLOSED]
    if alarm.state == AlarmState.CLOSED:
        closed_well = len(closings) == 1 and closings[0].how in BY_A_PERSON and closings[0].actor == alarm.closed_by
        if not closed_well or not alarm.closed_by:
            yield f"alarm {alarm.number} was closed by {alarm.closed_by}: {closings}"
    elif closings or alarm.state not in ACTIVE:
        yield f"alarm {alarm.number} is {alarm.state}: {closings}"


def attempt_of(letter: Letter) -> str:
    raw = base64.urlsafe_b64decode(letter.token + "=" * (-len(letter.token) % 4))
    return raw[1:17].hex()
