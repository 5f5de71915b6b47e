"""`python -m edge --config agent.toml`: run the agent, or with `--once` show what its devices say.

`python -m edge enrol URL CODE`: become an agent. `read`, `discover`, `check-config`, `doctor`, `status`: commands.py.
"""

import argparse
import signal
import sqlite3
import ssl
import sys
import threading
import time
from pathlib import Path

import structlog

from edge import commands, devices, enrolling, timesync
from edge import config as configuration
from edge.agent import Agent, Devices, Timing
from edge.aside import Worker, inline
from edge.config import AgentConfig, BrokerConfig, ConfigError
from edge.enrolling import EnrolError
from edge.second_way import Outlet
from edge.sensors.base import Poll, SensorError
from edge.sensors.wearable import Wearable
from edge.spool import Spool
from edge.spool_file import Setup, SpoolError
from edge.spool_room import SpoolFullError
from edge.trust import trusting
from edge.ways import config as ways
from kit import ids
from kit.clock import Clock, ScaledClock, SystemClock
from kit.mqtt import PahoBus
from kit.service_manager import ServiceManager

log = structlog.get_logger()

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MEGABYTE = 1_000_000
LISTEN_S = 3.0


def main(arguments: list[str] | None = None) -> int:
    """0: all well. 1: something did not answer, or the spool broke. 2: the configuration is wrong."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["enrol"]:
        return _enrol(words[1:])
    if words and words[0] in commands.NAMED:
        return commands.NAMED[words[0]](words[1:])
    asked = _parser().parse_args(words)
    try:
        config = configuration.load(asked.config)
        clock = ScaledClock(asked.clock) if asked.clock else SystemClock()
        if asked.once:
            return look_once(_devices(config, clock))
        return _run(config, clock, scaled=asked.clock is not None)
    except (ConfigError, SpoolError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except SpoolFullError as error:
        sys.stderr.write(f"The agent cannot begin: {error}. Make room.\n")
        return 1
    except sqlite3.DatabaseError as error:
        sys.stderr.write(f"The spool broke: {error}. Start again: it is then set aside, and its loss declared.\n")
        return 1


def _enrol(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m edge enrol", description="Make this machine an agent.")
    parser.add_argument("url", help="of the page, such as https://example")
    parser.add_argument("code", help="as the page shows it")
    parser.add_argument("--folder", type=Path, default=Path(), help="where agent.toml is, or is to be")
    parser.add_argument("--ca-file", type=Path, help="the certificate of an authority of your own, for page and broker")
    asked = parser.parse_args(words)
    try:
        enrolling.prepare(asked.folder)
        enrolled = enrolling.ask(asked.url, asked.code, enrolling.client(asked.ca_file))
        path = enrolling.keep(enrolled, asked.folder, asked.ca_file)
    except (EnrolError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(
        f"This is {enrolled.agent} now. Name its devices in {path}, then: python -m edge --config {path}\n"
    )
    return 0


def look_once(here: Devices) -> int:
    """Read each device, listen to each wristband for some seconds, and print what they said."""
    if not here.sensors and not here.wearables:
        sys.stdout.write("There are no devices: add a [[devices]] table with name, type and address.\n")
    silent = sum(not _listens(wearable) for wearable in here.wearables)
    for sensor in here.sensors:
        try:
            sys.stdout.write(shown(sensor.poll()))
        except SensorError as error:
            silent += 1
            sys.stdout.write(f"{sensor.device}: {error}\n")
    return 1 if silent else 0


def _listens(wearable: Wearable) -> bool:
    """False: it says nothing."""
    wearable.start(lambda: None)
    until = time.monotonic() + LISTEN_S
    while not wearable.take() and time.monotonic() < until:
        time.sleep(0.05)
    wearable.stop()
    report = wearable.report()
    if not report.reachable:
        sys.stdout.write(f"{report.device}: the wristband says nothing\n")
        return False
    worn = {True: "worn", False: "not worn", None: "worn or not, it does not say"}[report.worn]
    battery = "" if report.battery_fraction is None else f", battery {report.battery_fraction:.0%}".replace("%", " %")
    sys.stdout.write(f"{report.device}: {report.type}, {worn}{battery}\n")
    return True


def shown(poll: Poll) -> str:
    """One line for the device, one for each slot."""
    report = poll.report
    known = [report.model, report.serial and f"serial {report.serial}", report.uuid and f"uuid {report.uuid}"]
    lines = [f"{report.device}: {', '.join(part for part in known if part) or report.type}"]
    slots = {slot.slot: slot for slot in report.slots}
    for level in poll.levels:
        slot = slots[level.slot]
        value = "-" if level.value is None else f"{level.value:g}"
        name = slot.description or slot.colour or ""
        how = f"{level.quality:<11} {level.basis:<18} {slot.supply:<11}"
        lines.append(f"  {level.slot:<6} {level.kind:<15} {value:>8}  {how} {name}".rstrip())
    if not poll.levels:
        lines.append("  it names no supplies")
    return "\n".join(lines) + "\n"


def _run(config: AgentConfig, clock: Clock, *, scaled: bool) -> int:
    setup = Setup(Path(config.state_dir), _boot_id(), config.spool_max_mb * _MEGABYTE)
    spool = Spool.open(setup, ids.system)
    timing = Timing(clock, lambda: True, network=SystemClock()) if scaled else Timing(clock, timesync.is_synchronised)
    agent = Agent(config, _bus(config), spool, _devices(config, clock, timing.network), timing)
    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()
        agent.wake.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    log.info("agent_started", agent=config.agent, devices=len(config.devices), spooled=spool.count, boot=spool.boot)
    try:
        agent.run(stop, ServiceManager.here())
    finally:
        spool.close()
    log.info("agent_stopped", agent=config.agent)
    return 0


def _devices(config: AgentConfig, clock: Clock, network: Clock | None = None) -> Devices:
    return Devices(
        devices.sensors(config.devices, clock),
        devices.wearables(config.devices, clock, network),
        aside=Worker("looks at devices"),
        outlet=_outlet(config),
    )


def _outlet(config: AgentConfig) -> Outlet:
    """With a thread of its own: neither a printer nor an alarm waits for the other."""
    way = None if config.second_way is None else ways.opened(config.second_way)
    return Outlet(way, config.unheard_after_s * 1000, inline if way is None else Worker("second way out"))


def _bus(config: AgentConfig) -> PahoBus:
    broker = config.broker
    return PahoBus(
        config.agent,
        broker.host,
        broker.port,
        broker.username,
        broker.password,
        protocol=5 if broker.protocol == "5" else 311,
        tls=_tls(broker) if broker.tls or broker.ca_file else None,
    )


def _tls(broker: BrokerConfig) -> ssl.SSLContext:
    try:
        return trusting(broker.ca_file)
    except OSError as error:
        raise ConfigError(f"the broker's authority in ca_file cannot be read: {error}") from error


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError as error:
        raise SpoolError(f"cannot tell the machine's starts apart: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge", description="Reads the devices at home for Forehand.")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the agent's file, agent.toml")
    parser.add_argument("--once", action="store_true", help="read each device once, print it, and end")
    parser.add_argument("--clock", type=Path, metavar="FILE", help="run on the shared clock of a demo")
    return parser


if __name__ == "__main__":
    sys.exit(main())
