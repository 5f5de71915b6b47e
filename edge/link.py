"""Sends what is spooled until the cloud says that it is stored."""

from dataclasses import dataclass

import structlog

from contract import topics
from contract.fields import Loss
from contract.messages import Stored
from contract.topics import Up
from edge.spool import ALARMS, LANES, READINGS, RESULTS, Spool, Spooled
from kit.bus import Bus, BusDownError
from kit.clock import Clock

log = structlog.get_logger()

GREETED_MS = 3_000  # in which a cloud that has just come answers what had waited for it at the broker
HURRY_MS = 1_000  # so often, while an alarm waits for a connection
_TOPICS = {ALARMS: Up.ALARMS, RESULTS: Up.RESULTS, READINGS: Up.READINGS}


@dataclass(frozen=True)
class Window:
    """How much may be on its way, and how long an answer may take."""

    places: int = 50
    for_alarms: int = 10  # of the places: nothing else ever takes the last ones
    answer_ms: int = 30_000
    longest_ms: int = 600_000
    alarm_answer_ms: int = 10_000
    alarm_longest_ms: int = 60_000
    quarantine_after: int = 8  # sends that went unanswered while others were answered


@dataclass
class _Sent:
    due_ms: int
    wait_ms: int
    answers: int  # how many answers had been heard when it was sent
    passed_over: int = 0


class Link:
    """The agent's side of the end-to-end acknowledgement. One thread; what it holds can be lost at any moment."""

    def __init__(self, agent: str, bus: Bus, spool: Spool, clock: Clock, window: Window) -> None:
        self._agent = agent
        self._bus = bus
        self._spool = spool
        self._clock = clock
        self._window = window
        self._connected = False
        self._sent: dict[tuple[str, int], _Sent] = {}
        self._reached = dict.fromkeys(LANES, 0)
        self._answers = 0
        self._heard_ms = 0

    def connected(self) -> None:
        """After each (re)connection: nobody knows what of the old one arrived, so all of it goes again."""
        self._connected = True
        for sent in self._sent.values():
            sent.due_ms = self._clock.up_ms()
            sent.wait_ms = self._window.answer_ms
            sent.answers = self._answers  # the connection's fault, not the message's

    def cloud_spoke(self) -> None:
        """A cloud that starts greets every agent. What it was sent before may have died with it or with the broker:
        unless it answers now, that goes again soon, not after the long pause that an outage has led to."""
        soon_ms = self._clock.up_ms() + GREETED_MS
        for sent in self._sent.values():
            if soon_ms < sent.due_ms:
                sent.due_ms, sent.wait_ms, sent.answers = soon_ms, self._window.answer_ms, self._answers

    def say(self, name: Up, body: bytes, *, retain: bool = False) -> bool:
        """One message that is not spooled. False: there is no connection; `connected` will follow."""
        if not self._connected:
            return False
        try:
            self._bus.publish(topics.up(self._agent, name), body, retain=retain)
        except BusDownError:
            self._connected = False
        return self._connected

    def work(self) -> None:
        """Send again what nobody answered, then what is new, the most urgent first."""
        if not self._connected:
            if self._holds_alarms():
                self._bus.hurry()
            return
        now_ms = self._clock.up_ms()
        for key in sorted((k for k, s in self._sent.items() if s.due_ms <= now_ms), key=_urgency):
            self._again(key, now_ms)
        for lane in LANES:
            for message in self._new(lane):
                if not self._send(message):
                    return
                self._reached[lane] = message.seq
                wait_ms = self._window.alarm_answer_ms if lane == ALARMS else self._window.answer_ms
                self._sent[lane, message.seq] = _Sent(now_ms + wait_ms, wait_ms, self._answers)

    def stored(self, answer: Stored) -> None:
        """The cloud has committed these, or never will."""
        if answer.stream == self._spool.stream:
            spans = [(first, last) for first, last in answer.ranges]
            self._spool.stored(answer.lane, spans)
            self._refused(answer)
            self._note_answers(answer.lane, spans + [(r.seq, r.seq) for r in answer.refused])
        if answer.gaps:
            self._spool.gaps_answered(answer.stream, answer.lane, [(first, last) for first, last in answer.gaps])

    def forget_dropped(self) -> None:
        """Free the places of messages that the spool let go of."""
        for lane, seq in list(self._sent):
            if self._spool.get(lane, seq) is None:
                del self._sent[lane, seq]

    def due_ms(self) -> int | None:
        """When `work` is needed next. None: only after something else happens."""
        if not self._connected:
            return self._clock.up_ms() + HURRY_MS if self._holds_alarms() else None
        if not self._sent:
            return None
        return min(sent.due_ms for sent in self._sent.values())

    def _holds_alarms(self) -> bool:
        return bool(self._spool.pending(ALARMS, 0, 1))

    def _new(self, lane: str) -> list[Spooled]:
        places = self._window.places - (0 if lane == ALARMS else self._window.for_alarms)
        room = places - len(self._sent)
        return self._spool.pending(lane, self._reached[lane], room) if room > 0 else []

    def _again(self, key: tuple[str, int], now_ms: int) -> None:
        sent, window = self._sent[key], self._window
        message = self._spool.get(*key)
        if message is None:
            del self._sent[key]
            return
        if self._answers > sent.answers:
            sent.passed_over += 1
        if sent.passed_over >= window.quarantine_after and message.lane != ALARMS:
            log.error("message_quarantined", lane=message.lane, seq=message.seq)
            self._spool.drop(message.lane, [message.seq], Loss.QUARANTINED)
            del self._sent[key]
            return
        crowded = message.lane != ALARMS and self._bus.in_flight() >= window.places
        if crowded or self._send(message):  # crowded: the broker has not even taken what we sent
            longest_ms = window.alarm_longest_ms if message.lane == ALARMS else window.longest_ms
            sent.wait_ms = min(2 * sent.wait_ms, longest_ms)
            sent.due_ms = now_ms + sent.wait_ms
            sent.answers = self._answers

    def _send(self, message: Spooled) -> bool:
        return self.say(_TOPICS[message.lane], message.body)

    def _refused(self, answer: Stored) -> None:
        for refused in answer.refused:
            log.warning("message_refused", lane=answer.lane, seq=refused.seq, reason=refused.reason)
        if answer.refused:
            self._spool.refuse(answer.lane, [refused.seq for refused in answer.refused])

    def _note_answers(self, lane: str, spans: list[tuple[int, int]]) -> None:
        named = [key for key in self._sent if key[0] == lane and any(a <= key[1] <= b for a, b in spans)]
        for key in named:
            del self._sent[key]
        if not named:
            return
        now_ms, window = self._clock.up_ms(), self._window
        if now_ms - self._heard_ms > window.answer_ms:  # the cloud is back: no need to wait out the long pauses
            for sent in self._sent.values():
                sent.due_ms = min(sent.due_ms, now_ms + window.answer_ms)
                sent.wait_ms = window.answer_ms
        self._heard_ms = now_ms
        self._answers += len(named)


def _urgency(key: tuple[str, int]) -> tuple[int, int]:
    return LANES.index(key[0]), key[1]
