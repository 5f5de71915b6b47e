"""A reconnect storm: the broker dies under many agents and starts again; how long until each is heard again.

The clients are the same, and say the same at their birth; only what they wait between two tries differs. The rival
tries at a fixed pace, which all begin at the same moment. Everything runs on the same cores.
"""

import math
import operator
import random
import resource
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.alarm_stage import TOPOLOGIES, database, environment, furnish, start_role
from benchmarks.storm_clients import Crowd, Wait
from kit.mosquitto import ACCESS, Mosquitto, configure, find, free_port
from kit.mqtt import LONGEST_WAIT_S, SHORTEST_WAIT_S
from tests.support.processes import until

AGENTS, SHORT_AGENTS = 1_000, 50
AWAY_S, SHORT_AWAY_S = 10.0, 2.0
FIXED_S = 1.0
FILES_EACH, OTHER_FILES = 1, 500
PATIENCE_S = 300.0
STORMS, SHORT_STORMS = 3, 1  # of each: the cloud's own wait is a matter of chance, and the longest is shown
CONNECTIONS = (" as cloud-ingest ", " as cloud-ingest-alarms ")
HEAD = (
    "seconds after the broker is back",
    "the cloud",
    "all connected",
    "half stored",
    "all stored",
    "tries",
    "most/s",
)


def spread(failures: int) -> float:
    """As kit.mqtt waits."""
    longest_s = min(LONGEST_WAIT_S, SHORTEST_WAIT_S * 2 ** min(failures, 20))
    return random.uniform(longest_s / 2, longest_s)  # noqa: S311 - spreads a stampede


def fixed(_failures: int) -> float:
    return FIXED_S


WAITS: dict[str, Wait] = {f"all at once, every {FIXED_S:.0f} s": fixed, "Forehand: spread, longer each time": spread}


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(AGENTS, AWAY_S, STORMS)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(SHORT_AGENTS, SHORT_AWAY_S, SHORT_STORMS)


def _table(agents: int, away_s: float, storms: int) -> tuple[str, list[tuple[str, ...]]]:
    rows = [HEAD]
    with ExitStack() as running:
        sea = _set_up(running, agents)
        for title, wait in WAITS.items():
            longest = map(max, zip(*(sea.storm(wait, away_s) for _ in range(storms)), strict=True))
            rows.append((title, *(f"{each:.1f}" if isinstance(each, float) else str(each) for each in longest)))
    what = f"{agents} agents, the broker killed and away for {away_s:.0f} s"
    return f"Storm: {what}; PostgreSQL, one ingest; the longest of {storms}", rows


@dataclass
class _Sea:
    """What the storms go over."""

    broker: Mosquitto
    crowd: Crowd

    def storm(self, wait: Wait, away_s: float) -> tuple[float | int, ...]:
        crowd = self.crowd
        crowd.wait = wait
        self.broker.kill()
        ends_s = time.monotonic() + away_s
        until(crowd.are_gone)
        crowd.begin()
        time.sleep(max(0.0, ends_s - time.monotonic()))
        before = self.connected()
        self.broker.start()
        back_s = time.monotonic()
        until(lambda: all(map(operator.gt, self.connected(), before)), PATIENCE_S)
        cloud_s = time.monotonic() - back_s
        until(crowd.are_done, PATIENCE_S)
        connected_s = [(home.connected_s or 0.0) - back_s for home in crowd.homes]
        stored_s = [(home.stored_s or 0.0) - back_s for home in crowd.homes]
        most = max(Counter(map(math.floor, connected_s)).values())
        return cloud_s, max(connected_s), median(stored_s), max(stored_s), crowd.tries, most

    def connected(self) -> list[int]:
        """How often each connection of the cloud was made, as the broker tells."""
        said = (self.broker.directory / "mosquitto.log").read_text(errors="replace")
        return [said.count(name) for name in CONNECTIONS]


def _set_up(running: ExitStack, agents: int) -> _Sea:
    """Everybody is connected, and one reading of each is stored."""
    _may_open(agents)
    work = Path(running.enter_context(tempfile.TemporaryDirectory()))
    topology = next(each for each in TOPOLOGIES if each.is_postgres)
    broker = Mosquitto(work / "broker", free_port(), find() or "mosquitto")
    configure(broker.directory, broker.port)
    env = environment(work, database(is_postgres=True, work=work, running=running), broker.port, "")
    passwords = furnish(env, 0, broker.directory / ACCESS, agents)
    broker.start()
    running.callback(broker.stop)
    for role in topology.roles:
        start_role(running, work, env, role, f"cloud-{role}")
    sea = _Sea(broker, Crowd(broker.port, passwords, spread))
    running.callback(sea.crowd.close)
    until(lambda: all(sea.connected()))
    until(sea.crowd.are_done, PATIENCE_S)
    return sea


def _may_open(agents: int) -> None:
    """A connection is a file, here and at the broker."""
    wanted = agents * FILES_EACH + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))
