"""From a look at a device to the readings of a message. Pure."""

from contract import limits
from contract.messages import Reading
from edge.polling import Look
from edge.reporting import Moment


def readings(look: Look, start: int, moment: Moment) -> list[Reading]:
    """As many as fit. `moment` is a little later than the look; both clocks ran on by the same."""
    at_ms = None if moment.at_ms is None else moment.at_ms - (moment.up_ms - look.up_ms)
    return [
        Reading(
            device=look.device,
            slot=level.slot,
            up_ms=look.up_ms,
            at_ms=at_ms,
            kind=level.kind,
            value=level.value,
            resolution=level.resolution,
            quality=level.quality,
            basis=level.basis,
            serial=level.serial,
        )
        for level in look.levels[start : start + limits.MAX_READINGS_PER_MESSAGE]
    ]
