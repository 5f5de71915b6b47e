"""What a command makes the devices do."""

import structlog

from contract.fields import Order
from contract.messages import Command, Desired
from edge.falls.steps import Pattern
from edge.guards import Guards
from edge.polling import Poller
from edge.reporting import Moment

log = structlog.get_logger()

Outcome = tuple[bool, str]
"""Done or not, and why not."""


def obey(command: Command, moment: Moment, poller: Poller, guards: Guards, desired: Desired | None) -> Outcome:
    if moment.at_ms is None:
        return False, "the clock is not set yet"
    if moment.at_ms > command.expires_ms:
        return False, "expired"
    if command.order is Order.DRILL:
        return guards.drill(command.id, command.device, desired)
    if command.order is Order.HELP_IS_COMING:
        shown = guards.buzz(command.device, Pattern.HELP)
        return (True, "") if shown else (False, "no wristband here can say so")
    return _identify(command, poller)


def _identify(command: Command, poller: Poller) -> Outcome:
    sensors = poller.sensors() if command.device is None else [poller.sensor(command.device)]
    shown = [sensor.identify() for sensor in sensors if sensor is not None]
    log.info("identify", device=command.device, shown=sum(shown))
    return (True, "") if any(shown) else (False, "no device here can show itself")
