"""From configuration to sensors: the one place that knows every driver."""

from pathlib import Path

from edge.config import DeviceConfig, IppConfig
from edge.sensors.base import Sensor
from edge.sensors.ipp import IppAddress, IppPrinter
from edge.sensors.scale import ReplaySource, Scale, ScaleSetup
from kit.clock import Clock


def sensors(configs: list[DeviceConfig], clock: Clock) -> list[Sensor]:
    return [_sensor(config, clock) for config in configs]


def _sensor(config: DeviceConfig, clock: Clock) -> Sensor:
    if isinstance(config, IppConfig):
        return IppPrinter(config.name, IppAddress.parse(config.address))
    setup = ScaleSetup(
        slot=config.slot,
        description=config.description,
        serial=config.serial,
        tare_g=config.tare_g,
        container_g=config.container_g,
        max_g=config.max_g,
        noise_g=config.noise_g,
    )
    return Scale(config.name, ReplaySource(Path(config.address), clock.now), setup)
