"""From configuration to sensors and wearables: the one place that knows every driver."""

from pathlib import Path

from edge.config import DeviceConfig, IppConfig, ScaleConfig, SnmpConfig, WristbandConfig
from edge.sensors.base import Sensor
from edge.sensors.ipp import IppAddress, IppPrinter
from edge.sensors.scale import ReplaySource, Scale, ScaleSetup
from edge.sensors.snmp import SnmpPrinter
from edge.sensors.snmp_address import SnmpAddress
from edge.sensors.wearable import Wearable
from edge.sensors.wristband import Wristband
from edge.sensors.wristband_address import WristbandAddress
from edge.sensors.wristband_listener import Listener
from edge.sensors.wristband_replay import Replay
from kit.clock import Clock


def sensors(configs: list[DeviceConfig], clock: Clock) -> list[Sensor]:
    """What is looked at from time to time."""
    return [_sensor(config, clock) for config in configs if not isinstance(config, WristbandConfig)]


def wearables(configs: list[DeviceConfig], clock: Clock, network: Clock | None = None) -> list[Wearable]:
    """What is listened to all the time. `network` measures its silence; None: `clock`."""
    return [_wristband(config, clock, network) for config in configs if isinstance(config, WristbandConfig)]


def _sensor(config: IppConfig | SnmpConfig | ScaleConfig, clock: Clock) -> Sensor:
    if isinstance(config, IppConfig):
        return IppPrinter(config.name, IppAddress.parse(config.address))
    if isinstance(config, SnmpConfig):
        return SnmpPrinter(config.name, SnmpAddress.parse(config.address))
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


def _wristband(config: WristbandConfig, clock: Clock, network: Clock | None) -> Wristband:
    address = WristbandAddress.parse(config.address)
    if address.file is not None:
        return Wristband(config.name, Replay(Path(address.file), config.name, clock), clock, config.serial)
    return Wristband(config.name, Listener(address.opener(), config.name, clock), clock, config.serial, network)
