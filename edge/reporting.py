"""Tells the cloud what is in force here, when it changes and until gaps are known there."""

from dataclasses import dataclass

import msgspec
import structlog

from contract.messages import Anchor, DeviceReport, Gap, Reported, encode
from contract.topics import Up
from edge.link import Link
from edge.spool import Spool
from kit.clock import Clock

log = structlog.get_logger()

MAX_GAPS = 100  # so that a report keeps below the size limit; the next ones follow when these are answered
REPEAT_MS = 300_000


@dataclass(frozen=True)
class Moment:
    """Now, on the clocks of this boot. `at_ms` None: the wall clock is not synchronised yet."""

    boot: int
    up_ms: int
    at_ms: int | None

    @property
    def anchor(self) -> Anchor | None:
        return None if self.at_ms is None else Anchor(boot=self.boot, up_ms=self.up_ms, at_ms=self.at_ms)


class Reporter:
    """One retained message; published on change, and with a heartbeat where somebody's safety hangs on it."""

    def __init__(self, version: str, spool: Spool, link: Link, clock: Clock, heartbeat_ms: int | None = None) -> None:
        self._version = version
        self._spool = spool
        self._link = link
        self._clock = clock
        self._heartbeat_ms = heartbeat_ms
        self._heartbeat_due_ms: int | None = None
        self._told: Reported | None = None
        self._refused_told = 0
        self._again_ms: int | None = None

    def forget(self) -> None:
        """After a reconnection: tell it again, whatever was told."""
        self._told = None

    def due_ms(self) -> int | None:
        """None: only after something changes."""
        return min((due for due in (self._again_ms, self._heartbeat_due_ms) if due is not None), default=None)

    def work(self, devices: list[DeviceReport], moment: Moment) -> None:
        now_ms = self._clock.up_ms()
        gaps = self._spool.gaps(MAX_GAPS)
        report = self._report(devices, gaps, moment)
        if self._again_ms is None and report.refused != self._refused_told:
            self._again_ms = now_ms + REPEAT_MS  # soon enough: with each refusal, a revoked agent would never be quiet
        due_ms = self.due_ms()
        overdue = due_ms is not None and now_ms >= due_ms
        if self._told is not None and _steady(report) == self._told and not overdue:
            return
        if not self._link.say(Up.REPORTED, _encoded(report), retain=True):
            self._told = self._again_ms = self._heartbeat_due_ms = None  # said anew after the next connection
            return
        self._told, self._refused_told = _steady(report), report.refused
        self._again_ms = now_ms + REPEAT_MS if gaps else None
        self._heartbeat_due_ms = self._heartbeat_ms and now_ms + self._heartbeat_ms
        if gaps:
            self._spool.gaps_told(gaps)

    def _report(self, devices: list[DeviceReport], gaps: list[Gap], moment: Moment) -> Reported:
        desired = self._spool.desired
        return Reported(
            stream=self._spool.stream,
            boot=moment.boot,
            agent_version=self._version,
            config=desired.config if desired else 0,
            consent=desired.consent if desired else 0,
            purposes=sorted(desired.purposes) if desired else [],
            anchor=moment.anchor,
            devices=devices,
            gaps=gaps,
            spooled=self._spool.count,
            refused=self._spool.refused,
        )


def _steady(report: Reported) -> Reported:
    """Without what changes all the time; that the clock became synchronised does count."""
    anchor = report.anchor and Anchor(boot=report.anchor.boot, up_ms=0, at_ms=0)
    return msgspec.structs.replace(report, anchor=anchor, spooled=0, refused=0)


def _encoded(report: Reported) -> bytes:
    """Where the devices have too much to say, the rest still goes."""
    try:
        return encode(report)
    except ValueError:
        log.exception("report_too_large", devices=len(report.devices))
        bare = [msgspec.structs.replace(device, slots=[]) for device in report.devices]
        return encode(msgspec.structs.replace(report, devices=bare))
