"""Alarms from the first suspicion to their end. What does not fit into the spool now is tried again."""

from forehand import messages, wire, wishes
from forehand.wire import ALARMS, SAFETY

MOST_KEPT = 8  # steps that even the spool has no room for
AGAIN_MS = 1_000


class Alarms:
    """One pre-alarm per device. `moments` are the board's clocks, `new_id()` gives 32 hexadecimal digits."""

    def __init__(self, spool, moments, new_id):
        self._spool = spool
        self._moments = moments
        self._new_id = new_id
        self._suspected = {}  # device: (alarm_id, kind, when it counts as confirmed)
        self._steps = []  # told, and not yet spooled
        self._again_ms = None

    def suspect(self, device):
        """A fall, perhaps: said at once. Its id; the same again while it is open. None: not allowed."""
        if not self._may_tell(device):
            return None
        if device not in self._suspected:
            confirm_in_ms = self._spool.wish["prealarm_s"] * 1000
            up_ms = self._moments.up_ms()
            self._suspected[device] = (self._new_id(), "fall", up_ms + confirm_in_ms)
            self._tell(device, "suspected", confirm_in_ms=confirm_in_ms)
        return self._suspected[device][0]

    def cancel(self, device, by="wearer"):
        """By `wearer` or `recovery`. False: nothing is suspected any more."""
        return self._end(device, "cancelled", by)

    def call_for_help(self, device):
        """The wearer asks for help: confirmed at once; within a pre-alarm it confirms the fall. Its id, or None."""
        if not self._may_tell(device):
            return None
        if device not in self._suspected:
            self._suspected[device] = (self._new_id(), "sos", 0)
        alarm_id = self._suspected[device][0]
        self._end(device, "confirmed", "wearer")
        return alarm_id

    def work(self):
        """Confirm what nobody cancelled in time, and spool what waits for that."""
        if not self._is_allowed():
            self._suspected, self._steps = {}, []
        now_ms = self._moments.up_ms()
        for device in [each for each, open_alarm in self._suspected.items() if open_alarm[2] <= now_ms]:
            self._end(device, "confirmed", "detector")
        self._spool_steps()

    def due_ms(self):
        """None: only after something happens."""
        dues = [open_alarm[2] for open_alarm in self._suspected.values()]
        return min(dues if self._again_ms is None else dues + [self._again_ms], default=None)

    def _may_tell(self, device):
        if not wire.is_name(device):
            raise ValueError("a device has a short plain name")
        return self._is_allowed()

    def _is_allowed(self):
        return wishes.allows(self._spool.wish, SAFETY)

    def _end(self, device, event, by):
        if device not in self._suspected:
            return False
        self._tell(device, event, by=by)
        del self._suspected[device]
        return True

    def _tell(self, device, event, confirm_in_ms=None, by=None):
        alarm_id, kind, _ = self._suspected[device]
        step = {"device": device, "alarm_id": alarm_id, "kind": kind, "event": event, "by": by}
        step["confirm_in_ms"], step["moment"] = confirm_in_ms, self._moments.now()
        self._steps = (self._steps + [step])[-MOST_KEPT:]
        self._spool_steps()

    def _spool_steps(self):
        self._again_ms = None
        while self._steps:
            try:
                self._spool.put(ALARMS, SAFETY, lambda seq: self._body(seq, self._steps[0]))
            except OSError:
                self._again_ms = self._moments.up_ms() + AGAIN_MS
                return
            self._steps.pop(0)

    def _body(self, seq, step):
        spool = self._spool
        now_up_ms, now_at_ms = self._moments.now()
        up_ms, at_ms = step["moment"]
        if at_ms is None and now_at_ms is not None:
            at_ms = now_at_ms - (now_up_ms - up_ms)
        anchor = messages.anchor(spool.boot, now_up_ms, now_at_ms)
        return messages.alarm((spool.stream, seq, spool.boot), spool.wish["consent"], (up_ms, at_ms, anchor), step)
