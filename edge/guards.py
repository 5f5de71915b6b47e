"""Guards: each wearable with its monitor. Worked in every step, they never wait for anything."""

from collections.abc import Callable

import msgspec
import structlog

from contract.fields import Purpose, point
from contract.messages import Desired, DeviceReport
from edge.alarm_lane import AlarmLane
from edge.falls.monitor import Monitor
from edge.falls.steps import Answer, Buzz, Pattern, Press
from edge.sensors.wearable import Frame, Heard, Wearable
from kit.clock import Clock
from kit.ids import Ids

log = structlog.get_logger()

_USUAL_HZ = 50.0


class Guard:
    """One wearer. Armed only while the household allows it; then it stays armed, whatever the connection does."""

    def __init__(self, wearable: Wearable, ids: Ids) -> None:
        self.wearable = wearable
        self._monitor = Monitor(ids)
        self._fs_hz = _USUAL_HZ
        self._up_ms = 0
        self._is_armed = self._has_heard = False
        self._says, self._says_since_ms = Pattern.OFF, 0

    def work(self, now_ms: int, wanted: Desired) -> list[Answer]:
        """Everything heard since, and the time that has passed."""
        if not self._is_armed:
            log.info("guard_armed", device=self.wearable.device)
        self._is_armed = True
        wish = wanted.band(self.wearable.device)
        self._monitor.prealarm_ms, self._monitor.point = wanted.prealarm_s * 1000, point(wish.point)
        self._monitor.ask_after(wish.inactivity_h)
        answers = [answer for heard in self.wearable.take() for answer in self._heard(heard)]
        due_ms = self.wearable.due_ms()
        if due_ms is not None and due_ms <= now_ms:
            return answers  # there is more of the past to hear first, as after a clock that ran ahead
        return answers + self._monitor.at(self._reached(now_ms))

    def disarm(self) -> list[Answer]:
        """What is heard from now on is not even looked at."""
        self.wearable.take()
        if self._is_armed:
            log.warning("guard_disarmed", device=self.wearable.device)
        self._is_armed = False
        return self._monitor.disarm()

    def report(self) -> DeviceReport:
        """With what only the monitor knows: a battery that was low stays so until it is well."""
        notices: list[str] = [notice.value for notice in self._monitor.notices()]
        return msgspec.structs.replace(self.wearable.report(), notices=notices, point=self._monitor.point.value)

    def drill(self, command: str, now_ms: int) -> list[Answer]:
        return self._monitor.drill(command, self._reached(now_ms))

    @property
    def has_heard(self) -> bool:
        """The wristband has said something since the start."""
        return self._has_heard

    def waits(self) -> bool:
        """An alarm is under way: something is still to be told of it."""
        return self._monitor.due_ms() is not None

    def buzz(self, pattern: Pattern, now_ms: int) -> bool:
        """False: it could not be said. What is not said of a pre-alarm, or of its end, is so all the same."""
        is_said = self.wearable.buzz(pattern)
        if is_said or pattern is not Pattern.UNHEARD:
            self._says, self._says_since_ms = pattern, now_ms
        return is_said

    def unheard(self, since_ms: int, now_ms: int) -> None:
        """Each word at the wearer has its rank: to cancel in time goes first, and help promised since is more news."""
        is_promised = self._says is Pattern.HELP and self._says_since_ms >= since_ms
        if self._says not in {Pattern.PREALARM, Pattern.UNHEARD} and not is_promised:
            self.buzz(Pattern.UNHEARD, now_ms)

    def heard(self, now_ms: int) -> None:
        if self._says is Pattern.UNHEARD:
            self.buzz(Pattern.OFF, now_ms)

    def due_ms(self) -> int | None:
        dues = (self.wearable.due_ms(), self._monitor.due_ms())
        return min((due for due in dues if due is not None), default=None)

    def _heard(self, heard: Heard) -> list[Answer]:
        self._has_heard = True
        up_ms = self._reached(heard.up_ms)
        if heard.begins:
            answers = self._monitor.wear(up_ms, worn=None)
            return answers + self._monitor.at(up_ms) + self._framed(heard.frame, up_ms)
        return self._monitor.at(up_ms) + self._framed(heard.frame, up_ms)

    def _framed(self, frame: Frame, up_ms: int) -> list[Answer]:
        answers: list[Answer] = []
        if frame.worn is not None:
            answers += self._monitor.wear(up_ms, worn=frame.worn)
        if frame.battery_fraction is not None:
            self._monitor.charge(frame.battery_fraction)
        if frame.button is not None:
            answers += self._monitor.pressed(Press(frame.button), up_ms)
        self._fs_hz = frame.fs_hz or self._fs_hz
        if frame.acc_mg:
            answers += self._monitor.moved(self._fs_hz, frame.acc_mg, up_ms)
        return answers

    def _reached(self, up_ms: int) -> int:
        """Moments come in order, whoever stamped them."""
        self._up_ms = max(self._up_ms, up_ms)
        return self._up_ms


class Guards:
    """All of them. What they say goes into the alarm lane at once."""

    def __init__(self, wearables: list[Wearable], ids: Ids, clock: Clock, lane: AlarmLane) -> None:
        self._guards = {wearable.device: Guard(wearable, ids) for wearable in wearables}
        self._clock = clock
        self._lane = lane

    def start(self, arrived: Callable[[], None]) -> None:
        for guard in self._guards.values():
            guard.wearable.start(arrived)

    def stop(self) -> None:
        for guard in self._guards.values():
            guard.wearable.stop()

    def work(self, desired: Desired | None) -> None:
        self._lane.work()
        for guard in self._guards.values():
            self._answered(guard, self._worked(guard, desired))

    def due_ms(self) -> int | None:
        """None: only after something arrives."""
        dues = [self._lane.due_ms(), *(guard.due_ms() for guard in self._guards.values())]
        return min((due for due in dues if due is not None), default=None)

    def reports(self, desired: Desired | None) -> list[DeviceReport]:
        """Whether somebody wears a wristband is nobody's business before they said so."""
        reports = [guard.report() for guard in self._guards.values()]
        return reports if _is_armed(desired) else []

    def drill(self, command: str, device: str | None, desired: Desired | None) -> tuple[bool, str]:
        """Done or not, and why not. Without a device named all of them would be rehearsed: only if there is one."""
        guards = self._named(device)
        if len(guards) != 1:
            return False, "no such wristband here" if not guards else "say which wristband"
        if not _is_armed(desired):
            return False, "fall alarms are not allowed"
        self._answered(guards[0], guards[0].drill(command, self._clock.up_ms()))
        return True, ""

    def buzz(self, device: str | None, pattern: Pattern) -> bool:
        """False: no wristband could do it."""
        now_ms = self._clock.up_ms()
        return sum(guard.buzz(pattern, now_ms) for guard in self._named(device)) > 0  # all of them, not the first

    def unheard(self, device: str, since_ms: int) -> None:
        """The cloud says nothing to what happened then: no word of help, but of waiting for it."""
        for guard in self._named(device):
            guard.unheard(since_ms, self._clock.up_ms())

    def heard(self, device: str) -> None:
        """The cloud has it. Help is promised when a person has answered, and not before."""
        for guard in self._named(device):
            guard.heard(self._clock.up_ms())

    def _named(self, device: str | None) -> list[Guard]:
        if device is None:
            return list(self._guards.values())
        return [self._guards[device]] if device in self._guards else []

    def _worked(self, guard: Guard, desired: Desired | None) -> list[Answer]:
        if desired is None or not _is_armed(desired):
            return guard.disarm()
        try:
            return guard.work(self._clock.up_ms(), desired)
        except Exception:  # a fault in one guard must not silence the others
            log.exception("guard_failed", device=guard.wearable.device)
            return []

    def _answered(self, guard: Guard, answers: list[Answer]) -> None:
        for answer in answers:
            if isinstance(answer, Buzz):
                guard.buzz(answer.pattern, self._clock.up_ms())
            else:
                self._lane.tell(guard.wearable.device, answer)


def _is_armed(desired: Desired | None) -> bool:
    return desired is not None and Purpose.SAFETY in desired.purposes
