"""When the cloud says nothing to a confirmed alarm: the wearer is told, and it leaves by the second way out."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from contract.alarms import Alarm, AlarmEvent
from contract.decoding import Refused, decode
from contract.fields import Refusal
from contract.messages import Stored
from edge.aside import Aside, inline
from edge.spool import ALARMS, Spool
from edge.ways.way import Call, Way, WayError
from kit.clock import Clock

log = structlog.get_logger()

GREETED_MS = 5_000  # what an earlier life has left gets so long to be stored, after a start
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 5_000, 300_000
_NOT_UNDERSTOOD = frozenset({Refusal.MALFORMED, Refusal.UNKNOWN_VERSION, Refusal.TOO_LARGE})
_AT_ONCE = 50


class Voice(Protocol):
    """What is said at the wearer."""

    def unheard(self, device: str, since_ms: int) -> None:
        """Nobody has heard of it yet. Not over a pre-alarm, nor over help that was promised since."""
        ...

    def heard(self, device: str) -> None:
        """That is over, and nothing is promised by it."""
        ...


@dataclass(frozen=True)
class Outlet:
    """`way` None: there is none, and only the wearer is told. `aside`: where it may be slow."""

    way: Way | None = None
    after_ms: int = 20_000
    aside: Aside = inline


@dataclass(frozen=True)
class Clocks:
    """`here` is what alarms are dated by; `network` measures how long an answer takes."""

    here: Clock
    network: Clock


@dataclass
class _Open:
    call: Call
    seq: int
    since_ms: int
    due_ms: int
    tries: int = 0
    is_refused: bool = False  # the cloud does not understand it, and never will store it
    sending: Future[None] | None = None


class SecondWay:
    """On the agent's thread, and never waits. What is open stands in the spool: a restart forgets nothing."""

    def __init__(self, agent: str, spool: Spool, voice: Voice, outlet: Outlet, clocks: Clocks) -> None:
        self._agent = agent
        self._spool = spool
        self._voice = voice
        self._outlet = outlet
        self._clocks = clocks
        self._reached = 0
        self._open: dict[str, _Open] = {}
        self._likely: dict[str, float | None] = {}
        self._wake: Callable[[], None] = lambda: None
        self._take_over()

    def start(self, wake: Callable[[], None]) -> None:
        """`wake` is called, from any thread, when a way has answered."""
        self._wake = wake

    def work(self) -> None:
        for seq, alarm in self._new():
            self._read(seq, alarm)
        for open_ in list(self._open.values()):
            if open_.sending is not None and open_.sending.done():
                self._sent(open_, open_.sending)
            if not open_.is_refused and self._spool.get(ALARMS, open_.seq) is None:
                self._close(open_)
            elif open_.sending is None and self._clocks.network.up_ms() >= open_.due_ms:
                self._unheard(open_)

    def due_ms(self) -> int | None:
        """On the network's clock. None: only after something else happens."""
        if any(open_.sending is not None and open_.sending.done() for open_ in self._open.values()):
            return self._clocks.network.up_ms()
        return min((open_.due_ms for open_ in self._open.values() if open_.sending is None), default=None)

    def refused(self, answer: Stored) -> None:
        """To be asked before the spool lets go: what the cloud does not understand is still somebody's need."""
        gone = {refused.seq for refused in answer.refused if refused.reason in _NOT_UNDERSTOOD}
        if answer.lane != ALARMS or answer.stream != self._spool.stream:
            return
        for open_ in self._open.values():
            if open_.seq in gone:
                open_.is_refused, open_.due_ms = True, self._clocks.network.up_ms()

    def _new(self) -> list[tuple[int, Alarm]]:
        found = []
        while messages := self._spool.pending(ALARMS, self._reached, _AT_ONCE):
            self._reached = messages[-1].seq
            for message in messages:
                try:
                    found.append((message.seq, decode(message.body, Alarm)))
                except Refused:  # of another version of ours
                    log.warning("alarm_in_spool_not_understood", seq=message.seq)
        return found

    def _take_over(self) -> None:
        """From an earlier life: silence means yes, here as in the cloud. An agent that died in the pre-alarm spoke."""
        left = self._new()
        ended = {alarm.alarm_id for _, alarm in left if alarm.event in {AlarmEvent.CONFIRMED, AlarmEvent.CANCELLED}}
        for seq, alarm in left:
            self._read(seq, alarm)
            if alarm.event is AlarmEvent.SUSPECTED and alarm.alarm_id not in ended:
                self._await(seq, alarm, alarm.confirm_in_ms or 0)

    def _read(self, seq: int, alarm: Alarm) -> None:
        if alarm.event is AlarmEvent.SUSPECTED:
            self._likely[alarm.alarm_id] = alarm.probability
        elif alarm.event is AlarmEvent.CONFIRMED:
            self._await(seq, alarm, 0)
            self._likely.pop(alarm.alarm_id, None)
        elif alarm.event is AlarmEvent.CANCELLED:
            self._likely.pop(alarm.alarm_id, None)

    def _await(self, seq: int, alarm: Alarm, more_ms: int) -> None:
        if alarm.drill is not None:
            return
        here_ms, network_ms = self._clocks.here.up_ms(), self._clocks.network.up_ms()
        is_ours = alarm.boot == self._spool.boot and alarm.up_ms <= here_ms
        age_ms = here_ms - alarm.up_ms if is_ours else self._outlet.after_ms + more_ms
        call = Call(
            self._agent, alarm.alarm_id, alarm.device, alarm.kind.value, alarm.by and alarm.by.value, alarm.at_ms,
            self._likely.get(alarm.alarm_id),
        )  # fmt: skip
        wait_ms = max(min(GREETED_MS, self._outlet.after_ms), self._outlet.after_ms + more_ms - age_ms)
        since_ms = alarm.up_ms if is_ours else here_ms
        self._open[alarm.alarm_id] = _Open(call, seq, since_ms, network_ms + wait_ms)

    def _unheard(self, open_: _Open) -> None:
        if not open_.tries:
            log.critical("alarm_unheard", alarm=open_.call.alarm_id, device=open_.call.device)
        self._voice.unheard(open_.call.device, open_.since_ms)
        pause_ms = min(FIRST_PAUSE_MS * 2 ** min(open_.tries, 10), LONGEST_PAUSE_MS)
        open_.tries += 1
        open_.due_ms = self._clocks.network.up_ms() + pause_ms
        way = self._outlet.way
        if way is not None and open_.call.alarm_id not in self._spool.answered:
            open_.sending = self._outlet.aside(partial(way.send, open_.call, open_.tries))
            open_.sending.add_done_callback(lambda _: self._wake())

    def _sent(self, open_: _Open, sending: Future[None]) -> None:
        open_.sending = None
        try:
            sending.result()
        except WayError as error:
            log.warning("second_way_failed", alarm=open_.call.alarm_id, attempt=open_.tries, error=str(error))
        except Exception:  # a fault in one way must not end the agent
            log.exception("second_way_broken", alarm=open_.call.alarm_id)
        else:
            log.warning("second_way_taken", alarm=open_.call.alarm_id, attempt=open_.tries)
            self._spool.answered.add(open_.call.alarm_id)
            if open_.is_refused:
                del self._open[open_.call.alarm_id]  # more will not come of it

    def _close(self, open_: _Open) -> None:
        """The cloud has it, or its owner has taken back what allowed it."""
        self._open.pop(open_.call.alarm_id, None)
        if open_.tries and not any(o.tries for o in self._open.values() if o.call.device == open_.call.device):
            self._voice.heard(open_.call.device)
