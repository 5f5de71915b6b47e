"""Tells the cloud what is in force here, when it changes and until gaps are known there."""

from forehand import messages, records, wire

REPEAT_MS = 300_000
HEARTBEAT_MS = 900_000  # where somebody's safety hangs on it
MOST_GAPS_TOLD = 20  # the next ones follow when these are answered
WRISTBAND = "wristband"


class Reporter:
    """One retained message. `devices`: dicts as `messages.device` takes them; raises ValueError as that does."""

    def __init__(self, version, spool, link, devices):
        self._version = version
        self._spool = spool
        self._link = link
        self._devices = {facts["device"]: dict(facts) for facts in devices}
        self._shown = {}  # by whether a wristband may be told of: all devices as JSON
        self._shown_as(is_guarded=True)
        self._told = None
        self._refused_told = 0
        self._again_ms = None
        self._heartbeat_ms = None

    def tell(self, device, facts):
        """What changed of a device. Raises ValueError where the wire cannot say it."""
        changed = dict(self._devices[device])
        changed.update(facts)
        wire.text(messages.device(changed))
        self._devices[device], self._shown = changed, {}

    def forget(self):
        """After a reconnection: tell it again, whatever was told."""
        self._told = None

    def due_ms(self):
        """None: only after something changes."""
        return min([due for due in (self._again_ms, self._heartbeat_ms) if due is not None], default=None)

    def work(self, moment):
        """`moment`: up_ms, at_ms."""
        up_ms, at_ms = moment
        if not self._link.is_up:
            return
        if self._again_ms is None and self._spool.refused != self._refused_told:
            self._again_ms = up_ms + REPEAT_MS  # not with each refusal: a revoked board would never be quiet
        due_ms = self.due_ms()
        steady = self._steady(at_ms is not None)
        if steady == self._told and (due_ms is None or up_ms < due_ms):
            return
        if not self._link.say("reported", self._body(moment), retain=True):
            self._told = self._again_ms = self._heartbeat_ms = None
            return
        self._told, self._refused_told = steady, self._spool.refused
        self._again_ms = up_ms + REPEAT_MS if self._spool.gaps else None
        self._heartbeat_ms = up_ms + HEARTBEAT_MS if self._has_wristband() else None

    def _steady(self, knows_time):
        """What a change of is worth a report; that the clock became right is."""
        wish = self._spool.wish
        gaps = [tuple(gap) for gap in self._spool.gaps[:MOST_GAPS_TOLD]]
        in_force = None if wish is None else (wish["config"], wish["consent"], wish["purposes"])
        return knows_time, in_force, gaps, self._shown_as(self._is_guarded())

    def _shown_as(self, is_guarded):
        """Whether somebody wears a wristband is nobody's business before they said so."""
        if is_guarded not in self._shown:
            every = [facts for facts in self._devices.values() if facts["type"] != WRISTBAND or is_guarded]
            self._shown[is_guarded] = wire.text([messages.device(facts) for facts in every])
        return self._shown[is_guarded]

    def _is_guarded(self):
        wish = self._spool.wish
        return wish is not None and "safety" in wish["purposes"]

    def _has_wristband(self):
        return any(facts["type"] == WRISTBAND for facts in self._devices.values())

    def _body(self, moment):
        spool, wish = self._spool, self._spool.wish or {}
        devices = self._shown_as(self._is_guarded())
        gaps = [
            messages.gap(spool.stream, wire.LANES[lane], first, last, records.LOSSES[reason])
            for lane, first, last, reason in spool.gaps[:MOST_GAPS_TOLD]
        ]
        return wire.text(
            (
                "v", 1, "stream", spool.stream, "boot", spool.boot, "agent_version", self._version,
                "config", wish.get("config", 0), "consent", wish.get("consent", 0),
                "purposes", wish.get("purposes", []), "anchor", messages.anchor(spool.boot, *moment),
                "devices", wire.raw(devices), "gaps", gaps, "spooled", spool.count(), "refused", spool.refused,
            )
        ).encode()  # fmt: skip
