"""`forehand-edge doctor`: what works here, what does not, and what to do about it, in plain words."""

import argparse
import os
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge import config as configuration
from edge import devices, timesync
from edge.config import AgentConfig, ConfigError
from edge.sensors.base import Sensor, SensorError
from edge.sensors.wearable import Wearable
from kit.clock import Clock, SystemClock

OK, UNWELL, WRONG = 0, 1, 2
CONNECT_S = 5.0
LISTEN_S = 3.0
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Finding:
    """`remedy` empty: it works."""

    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"does not work: {self.what}\n               {self.remedy}" if self.remedy else f"works: {self.what}"


def main(words: list[str]) -> int:
    """0: all works. 1: something does not. 2: agent.toml cannot be used, and nothing else was looked at."""
    parser = argparse.ArgumentParser(prog="forehand-edge doctor", description="Say what works here and what does not.")
    parser.add_argument("config", type=Path, help="the agent's file, agent.toml")
    asked = parser.parse_args(words)
    try:
        config = configuration.load(asked.config)
    except ConfigError as error:
        sys.stdout.write(f"{Finding(str(asked.config), str(error))}\n")
        return WRONG
    unwell = 0
    for finding in findings(config, SystemClock()):
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
        unwell += finding.remedy != ""
    return UNWELL if unwell else OK


def findings(config: AgentConfig, clock: Clock) -> Iterator[Finding]:
    """One after the other: a device may take some seconds to answer."""
    yield Finding(f"agent.toml of {config.agent}")
    yield _folder(Path(config.state_dir), config.spool_max_mb)
    yield _clock(is_right=timesync.is_synchronised())
    yield _broker(config.broker.host, config.broker.port)
    for sensor in devices.sensors(config.devices, clock):
        yield _sensor(sensor)
    for wearable in devices.wearables(config.devices, clock):
        yield _wearable(wearable)
    if not config.devices:
        yield Finding("devices: there are none", "Add a [[devices]] table: forehand-edge discover finds printers.")


def _folder(folder: Path, room_mb: int) -> Finding:
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    what = f"the folder {folder} for what is still to be sent"
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding(what, f"This user may not write there. Run this as the agent's user, or give it {there}.")
    free_mb = shutil.disk_usage(there).free // _MEGABYTE
    if free_mb < room_mb:
        return Finding(
            what, f"{free_mb} MB are free and up to {room_mb} may be needed. Make room, or lower spool_max_mb."
        )
    return Finding(f"{what} ({free_mb} MB free)")


def _clock(*, is_right: bool) -> Finding:
    if is_right:
        return Finding("the clock is set by the network")
    return Finding(
        "the clock", "It is not set by the network yet: timedatectl set-ntp true. Readings are dated once it is."
    )


def _broker(host: str, port: int) -> Finding:
    what = f"the broker at {host}:{port}"
    try:
        socket.create_connection((host, port), CONNECT_S).close()
    except socket.gaierror:
        return Finding(what, f"There is no machine called {host}: is the name right, and is the network up?")
    except OSError as error:
        return Finding(what, f"It cannot be reached ({error}). Is it running, and does a firewall let port {port} out?")
    return Finding(f"{what} can be reached")


def _sensor(sensor: Sensor) -> Finding:
    try:
        poll = sensor.poll()
    except SensorError as error:
        return Finding(sensor.device, f"{error}")
    known = sum(level.value is not None for level in poll.levels)
    about = f"{sensor.device}: {poll.report.model or poll.report.type}"
    if not poll.levels:
        return Finding(
            about,
            "It answers, and names no supplies. A printer may tell them over SNMP and not over IPP, or the other way.",
        )
    if not known:
        return Finding(f"{about} answers; of {len(poll.levels)} supplies it says only that there is some, or nothing")
    return Finding(f"{about} answers; {known} of {len(poll.levels)} supplies with a level")


def _wearable(wearable: Wearable) -> Finding:
    heard = threading.Event()
    wearable.start(heard.set)
    until_s = LISTEN_S
    while not (taken := wearable.take()) and until_s > 0:
        heard.wait(0.1)
        until_s -= 0.1
    wearable.stop()
    if taken or wearable.report().reachable:
        return Finding(f"{wearable.device}: the wristband is heard")
    return Finding(
        wearable.device, f"Nothing was heard for {LISTEN_S:g} s. Is it charged, on, near, and is its address right?"
    )
