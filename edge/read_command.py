"""`forehand-edge read URL`: what one device says now, as JSON lines, through the drivers that the agent uses."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from edge import read_events, read_lines, timesync
from edge.falls.steps import Step
from edge.reporting import Moment
from edge.sensors.base import Sensor, SensorError
from edge.sensors.ipp import IppAddress, IppPrinter
from edge.sensors.scale import ReplaySource, Scale, ScaleSetup
from edge.sensors.snmp import SnmpPrinter
from edge.sensors.snmp_address import SnmpAddress
from edge.sensors.wristband_address import WristbandAddress
from edge.sensors.wristband_listener import Listener
from kit import ids
from kit.clock import Clock, SystemClock

OK, FAILED, WRONG = 0, 1, 2
_EXAMPLES = """addresses:
  snmp://HOST[:PORT]/?community=public&version=2c     a printer, over SNMP (version 1, 2c or 3)
  ipp://HOST[:PORT]/ipp/print                         a printer, over IPP (ipps:// too)
  scale:///path/weights.csv?container_g=30            a weight scale
  imu://HOST:PORT, imu:///dev/ttyACM0                 a wristband's events, as they come
  replay:///path/recording.jsonl                      the events of a wristband's recording
"""


def main(words: list[str], clock: Clock | None = None) -> int:
    """0: read. 1: the device did not answer, or not so that it can be used. 2: the address is wrong."""
    asked = _parser().parse_args(words)
    clock = clock or SystemClock()
    try:
        lines = lines_of(asked.url, asked.seconds, clock)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG
    try:
        for line in lines():
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    except SensorError as error:
        sys.stderr.write(f"{asked.url.partition('?')[0]}: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        return OK
    return OK


def lines_of(url: str, seconds: float | None, clock: Clock) -> Callable[[], Iterator[str]]:
    """Raises ValueError that says what to write."""
    scheme = urlsplit(url).scheme
    if scheme == "snmp":
        return _polled(SnmpPrinter("printer-1", SnmpAddress.parse(url)), clock)
    if scheme in {"ipp", "ipps"}:
        return _polled(IppPrinter("printer-1", IppAddress.parse(url)), clock)
    if scheme == "scale":
        return _polled(_scale(url, clock), clock)
    if scheme == "replay":
        return lambda: _events(read_events.replayed(_path(url), "wristband-1", ids.system), None)
    if scheme == "imu":
        return _listened(url, seconds, clock)
    raise ValueError(f"{url!r} is no address that can be read.\n{_EXAMPLES}")


def _polled(sensor: Sensor, clock: Clock) -> Callable[[], Iterator[str]]:
    def lines() -> Iterator[str]:
        poll = sensor.poll()
        yield from read_lines.of_poll(poll, _moment(clock))
        if not poll.levels:
            sys.stderr.write(f"{poll.report.model or 'the device'} answers, and names no supplies\n")

    return lines


def _listened(url: str, seconds: float | None, clock: Clock) -> Callable[[], Iterator[str]]:
    parts = urlsplit(url)
    address = WristbandAddress.parse(f"tcp://{parts.netloc}" if parts.netloc else unquote(parts.path))
    if address.line is not None and Path(address.line).is_file():
        path = Path(address.line)
        return lambda: _events(read_events.replayed(path, "wristband-1", ids.system), None)
    listener = Listener(address.opener(), "wristband-1", clock)
    return lambda: _events(read_events.heard(listener, "wristband-1", ids.system, clock, seconds), clock)


def _events(steps: Iterator[Step], clock: Clock | None) -> Iterator[str]:
    """`clock` None: the events of a recording have no date."""
    for step in steps:
        moment = Moment(0, step.up_ms, None) if clock is None else _moment(clock)
        yield read_lines.of_step("wristband-1", step, moment)


def _scale(url: str, clock: Clock) -> Scale:
    said = dict(parse_qsl(urlsplit(url).query))
    grams = {"tare_g", "container_g", "max_g", "noise_g"}
    unknown = sorted(said.keys() - grams - {"slot", "description"})
    if unknown:
        raise ValueError(
            f"a scale's address knows no {unknown[0]!r}, only slot, description, {', '.join(sorted(grams))}"
        )
    known = {key: float(value) for key, value in said.items() if key in grams}
    setup = ScaleSetup(said.get("slot", "1"), said.get("description"), None, **known)
    return Scale("scale-1", ReplaySource(_path(url), clock.now), setup)


def _path(url: str) -> Path:
    """`scheme:///absolute/path`, or `scheme://relative/path`."""
    parts = urlsplit(url)
    path = unquote(parts.netloc + parts.path)
    if not path.strip("/"):
        raise ValueError(f"{url!r} names no file: write {parts.scheme}:///path/to/file")
    return Path(path)


def _moment(clock: Clock) -> Moment:
    now_ms = int(clock.now().timestamp() * 1000)
    return Moment(0, clock.up_ms(), now_ms if timesync.is_synchronised() else None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="forehand-edge read",
        description="Print what one device says, as JSON lines.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", help="the device's address")
    parser.add_argument("--seconds", type=float, help="how long to listen to imu://; else until it is ended")
    return parser
