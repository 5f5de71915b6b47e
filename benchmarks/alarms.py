"""From publishing an alarm until the mail server has its mail: idle, and behind a backlog of readings.

Real are Mosquitto as shipped, the cloud's processes, the database and SMTP. The backlog comes from the same agents,
over the same broker, through the same cloud: once in the largest messages that the contract allows, once with a single
reading in each, which is the harder one: it drains for minutes.
"""

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.alarm_stage import AGENTS, CONSENT, TOPOLOGIES, Agent, Stage, Topology, set_up
from contract import limits
from contract.alarms import Alarm, AlarmBy, AlarmEvent, AlarmKind
from contract.fields import Kind, Purpose, Quality
from contract.messages import Reading, Readings, encode
from contract.topics import Up
from edge.link import Window
from kit import ids
from tests.support.processes import until

BACKLOG = 100_000
PER_MESSAGE = (limits.MAX_READINGS_PER_MESSAGE, 1)
DRAIN_S = 300.0
SLOTS = 4  # a printer's colours
ALARMS, EVERY_S = 200, 0.25
SHORT_ALARMS, SHORT_BACKLOG = 40, 20_000
IN_FLIGHT = 50  # so that an agent's alarm waits for no reading in the agent's own connection
PATIENCE_S = 60.0
SETTLES_S = 2.0  # a process that stood still for long takes its leases anew
HEAD = ("ms", "alarms", "p50", "p95", "p99", "max", "sent again", "readings/s", "least waiting")


Meanwhile = Callable[[Callable[[], None]], None]  # it is given what waits for the alarms that are on their way


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    alarms: int = ALARMS
    backlog: int = BACKLOG


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(Size())


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(Size(SHORT_ALARMS, SHORT_BACKLOG))


def _table(size: Size) -> tuple[str, list[tuple[str, ...]]]:
    rows = [HEAD]
    for topology in TOPOLOGIES:
        rows += _rows(topology, size)
    return f"Alarms: publish to hand-over to SMTP; backlogs of {size.backlog} readings from {AGENTS} agents", rows


def _rows(topology: Topology, size: Size) -> Iterator[tuple[str, ...]]:
    waiting = 4  # for the warm-up
    settings = 1 + len(PER_MESSAGE)
    with set_up(topology, math.ceil((settings * size.alarms + waiting) / AGENTS)) as stage:
        wearers = iter(stage.wearers)
        try:
            warm_up(stage, [next(wearers) for _ in range(waiting)])
            idle = _alarms(stage, [next(wearers) for _ in range(size.alarms)], lambda _: None)
            yield (f"{topology.title}, idle", *_told(*idle), "-", "-")
            for per_message in PER_MESSAGE:
                drain = _Drain(stage, size.backlog, per_message)
                loaded = _alarms(stage, [next(wearers) for _ in range(size.alarms)], drain.keep_up)
                yield (f"{topology.title}, {per_message} a message", *_told(*loaded), *drain.told())
                if per_message != PER_MESSAGE[-1]:
                    until(drain.is_over, DRAIN_S)
        except AssertionError:
            for child in stage.cloud:
                print(child.log.name, child.says()[-3000:])
            raise


def warm_up(stage: Stage, wearers: Sequence[tuple[Agent, str, str]] = ()) -> None:
    """Every agent's slots are known, every template is compiled. What is said before the cloud listens is lost."""
    bodies = [(agent, readings(agent, SLOTS)) for agent in stage.agents]

    def are_known() -> bool:
        for agent, body in bodies:
            if not agent.stored["readings"]:
                agent.publish(Up.READINGS, body)
        time.sleep(0.5)
        return all(agent.stored["readings"] for agent in stage.agents)

    until(are_known)
    until(stage.is_quiet)
    _alarms(stage, wearers, lambda _: None)


@dataclass
class _Sent:
    """An alarm on its way. Like the real agent, this one sends again what the cloud has not confirmed."""

    agent: Agent
    seq: int
    body: bytes
    at_s: float = field(default_factory=time.monotonic)
    times: int = 0
    last_s: float = 0.0

    def send(self) -> None:
        self.times, self.last_s = self.times + 1, time.monotonic()
        self.agent.publish(Up.ALARMS, self.body)

    def is_overdue(self) -> bool:
        waited_ms = 1000 * (time.monotonic() - self.last_s)
        return self.seq not in self.agent.stored["alarms"] and waited_ms > Window().alarm_answer_ms


def _alarms(stage: Stage, wearers: Sequence[tuple[Agent, str, str]], meanwhile: Meanwhile) -> tuple[list[float], int]:
    """How many ms each took, none left out, and how many were sent again. `meanwhile` is called before each."""
    sent: dict[str, _Sent] = {}
    came_s: dict[str, float] = {}
    chances = random.Random(1)  # noqa: S311 - repeatable on purpose

    def all_came() -> bool:
        _send_again(sent.values())
        for mail in stage.inbox.mails():
            if (mail.message["X-Forehand-Id"] or "").startswith("alarm-"):
                came_s.setdefault(mail.recipients[0], mail.came_s)
        return sent.keys() <= came_s.keys()

    for agent, device, address in wearers:
        meanwhile(lambda: until(all_came, PATIENCE_S))
        _send_again(sent.values())
        time.sleep(EVERY_S * chances.uniform(0.5, 1.5))
        kind = chances.choice((AlarmKind.FALL, AlarmKind.SOS))
        seq = agent.next_seq("alarms")
        sent[address] = _Sent(agent, seq, _alarm(agent, seq, device, kind))
        sent[address].send()
    until(all_came, PATIENCE_S)
    taken_ms = [1000 * (came_s[address] - each.at_s) for address, each in sent.items()]
    return taken_ms, sum(each.times - 1 for each in sent.values())


def _send_again(sent: Iterable[_Sent]) -> None:
    for each in sent:
        if each.is_overdue():
            each.send()


@dataclass
class _Drain:
    """A backlog is put into the broker, and filled up again when half of it is stored.

    The cloud stands still meanwhile, with no alarm on its way: it stores faster than anybody here can publish.
    """

    stage: Stage
    backlog: int
    per_message: int
    began_s: float = 0.0
    before: int = -1
    least: int | None = None

    def keep_up(self, wait_for_alarms: Callable[[], None]) -> None:
        """Called before each alarm, which finds at least `least` readings before it."""
        if self.before < 0:
            self.before, self.began_s = self._stored(), time.monotonic()
        if self._waiting() < self.backlog // 2:
            wait_for_alarms()
            stood_s = time.monotonic()
            with self.stage.stopped():
                self._fill()
            time.sleep(SETTLES_S)
            self.began_s += time.monotonic() - stood_s
        self.least = min(self._waiting(), self.backlog if self.least is None else self.least)

    def is_over(self) -> bool:
        return self._waiting() == 0

    def told(self) -> tuple[str, str]:
        drained = (self._stored() - self.before) * self.per_message
        return f"{drained / (time.monotonic() - self.began_s):.0f}", str(self.least)

    def _waiting(self) -> int:
        """Readings that were published, and of which no agent has heard that they are stored."""
        agents = self.stage.agents
        return self.per_message * sum(agent.seqs["readings"] - len(agent.stored["readings"]) for agent in agents)

    def _fill(self) -> None:
        agents = self.stage.agents
        for n in range((self.backlog - self._waiting()) // self.per_message):
            agent = agents[n % len(agents)]
            agent.publish(Up.READINGS, readings(agent, self.per_message))
            while agent.bus.in_flight() > IN_FLIGHT:
                time.sleep(0.001)

    def _stored(self) -> int:
        return sum(len(agent.stored["readings"]) for agent in self.stage.agents)


def readings(agent: Agent, count: int) -> bytes:
    seq, now_ms = agent.next_seq("readings"), int(time.time() * 1000)
    readings = [
        Reading(
            device="printer", slot=f"1.{n % SLOTS}", up_ms=1000 * seq + n, at_ms=now_ms - count + n,
            kind=Kind.LEVEL_FRACTION, value=0.37, resolution=0.01, quality=Quality.GOOD, basis="ratio",
        )
        for n in range(count)
    ]  # fmt: skip
    said = Readings(
        stream=agent.stream, seq=seq, boot=1, purpose=Purpose.SUPPLY, consent=CONSENT, readings=readings
    )  # fmt: skip
    return encode(said)


def _alarm(agent: Agent, seq: int, device: str, kind: AlarmKind) -> bytes:
    """As it comes when its suspicion got lost, or of a wearer who pressed the button: the most work at once."""
    now_ms = int(time.time() * 1000)
    by = AlarmBy.WEARER if kind is AlarmKind.SOS else AlarmBy.DETECTOR
    said = Alarm(
        stream=agent.stream, seq=seq, boot=1, consent=CONSENT, alarm_id=ids.system(), kind=kind,
        event=AlarmEvent.CONFIRMED, device=device, up_ms=1, at_ms=now_ms, by=by,
    )  # fmt: skip
    return encode(said)


def _told(taken_ms: list[float], again: int) -> tuple[str, ...]:
    return *quantiles(taken_ms), str(again)


def quantiles(taken_ms: list[float]) -> tuple[str, ...]:
    """How many there are, and the p50, p95, p99 and largest: nothing is interpolated."""
    ordered = sorted(taken_ms)
    shares = (0.5, 0.95, 0.99, 1.0)
    return str(len(ordered)), *(f"{ordered[math.ceil(share * len(ordered)) - 1]:.0f}" for share in shares)
