"""From a step of an alarm to a message in the spool; what does not fit now is tried again."""

from collections import deque
from collections.abc import Callable

import structlog

from contract.alarms import Alarm, AlarmEvent
from contract.fields import Purpose
from contract.messages import Desired, encode
from edge.falls.steps import Step
from edge.reporting import Moment
from edge.spool import ALARMS, Spool
from edge.spool_room import SpoolFullError

log = structlog.get_logger()

AGAIN_MS = 1_000
_MOST_WAITING = 100


class AlarmLane:
    """Spools what the household has allowed: alarms under `safety`, the movement around them under `movement` too."""

    def __init__(self, spool: Spool, moment: Callable[[], Moment]) -> None:
        self._spool = spool
        self._moment = moment
        self._waiting: deque[tuple[str, Step]] = deque(maxlen=_MOST_WAITING)  # only while not even alarms fit
        self._again_ms: int | None = None

    def tell(self, device: str, step: Step) -> None:
        self._waiting.append((device, step))
        self.work()

    def due_ms(self) -> int | None:
        """When to try again. None: nothing waits."""
        return self._again_ms

    def work(self) -> None:
        is_again, self._again_ms = self._again_ms is not None, None
        while self._waiting:
            device, step = self._waiting[0]
            try:
                self._spool_step(device, step)
            except SpoolFullError:
                if not is_again:
                    log.critical("alarm_not_spooled", device=device, alarm=step.alarm_id, alarm_event=step.event.value)
                self._again_ms = self._moment().up_ms + AGAIN_MS
                return
            self._waiting.popleft()

    def _spool_step(self, device: str, step: Step) -> None:
        purpose = Purpose.MOVEMENT if step.event is AlarmEvent.EVIDENCE else Purpose.SAFETY
        desired, moment = self._spool.desired, self._moment()
        if desired is None or not {Purpose.SAFETY, purpose} <= set(desired.purposes):
            return
        self._spool.put(ALARMS, purpose, lambda seq: encode(self._message(device, step, desired, moment, seq)))
        log.warning(
            "alarm", device=device, alarm=step.alarm_id, kind=step.kind.value, alarm_event=step.event.value,
            by=step.by and step.by.value, drill=step.drill is not None,
        )  # fmt: skip

    def _message(self, device: str, step: Step, desired: Desired, moment: Moment, seq: int) -> Alarm:
        return Alarm(
            stream=self._spool.stream,
            seq=seq,
            boot=moment.boot,
            consent=desired.consent,
            alarm_id=step.alarm_id,
            kind=step.kind,
            event=step.event,
            device=device,
            up_ms=step.up_ms,
            at_ms=None if moment.at_ms is None else moment.at_ms - (moment.up_ms - step.up_ms),
            anchor=moment.anchor,
            confirm_in_ms=step.confirm_in_ms,
            probability=step.probability,
            by=step.by,
            drill=step.drill,
            movement=step.movement,
            update=step.update,
            after_ms=step.after_ms,
        )
