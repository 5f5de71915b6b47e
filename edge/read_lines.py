"""What one look at a device showed, as JSON lines: one for each supply. Pure."""

import json
from typing import Any

import msgspec

from contract import limits
from contract.messages import SlotReport
from edge import batches
from edge.falls.steps import Step
from edge.polling import Look
from edge.reporting import Moment
from edge.sensors.base import Level, Poll


def of_poll(poll: Poll, moment: Moment) -> list[str]:
    """The keys of a reading on the wire; for a printer, also what its slot is and the device's own answer (`raw`)."""
    look = Look(poll.report.device, poll.levels, moment.up_ms)
    firsts = range(0, len(poll.levels), limits.MAX_READINGS_PER_MESSAGE)
    readings = [reading for first in firsts for reading in batches.readings(look, first, moment)]
    slots = {slot.slot: slot for slot in poll.report.slots}
    is_printer = poll.report.type == "printer"
    lines = []
    for reading, level in zip(readings, poll.levels, strict=True):
        told = msgspec.to_builtins(reading)
        if is_printer:
            told |= _of_slot(slots[level.slot], level)
        lines.append(_line(told))
    return lines


def _of_slot(slot: SlotReport, level: Level) -> dict[str, Any]:
    return {
        "index": slot.slot,
        "description": slot.description,
        "supply": slot.supply.value,
        "colour": slot.colour,
        "part_number": slot.part_number,
        "raw": dict(level.raw) if level.raw is not None else None,
    }


def of_step(device: str, step: Step, moment: Moment) -> str:
    """One step of an alarm. The movement itself is only counted: half a minute of it fills a screen."""
    at_ms = None if moment.at_ms is None else moment.at_ms - (moment.up_ms - step.up_ms)
    return _line(
        {
            "device": device,
            "up_ms": step.up_ms,
            "at_ms": at_ms,
            "event": step.event.value,
            "kind": step.kind.value,
            "alarm_id": step.alarm_id,
            "by": step.by and step.by.value,
            "probability": step.probability,
            "update": step.update and step.update.value,
            "confirm_in_ms": step.confirm_in_ms,
            "samples": len(step.movement.acc_mg) // 3 if step.movement else None,
        }
    )


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, allow_nan=False)
