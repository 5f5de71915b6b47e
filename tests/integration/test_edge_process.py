"""The agent as a program: real broker, real files, killed at any moment, on a disk that is full."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract import topics
from contract.decoding import decode
from contract.fields import Loss, Purpose
from contract.messages import Desired, Readings, Stored, encode
from contract.topics import Down, Up
from edge.spool import ALARMS, READINGS, Spool
from edge.spool_file import Setup
from kit.bus import Delivery, Subscription
from kit.clock import ScaledClock
from kit.ids import seeded
from kit.mqtt import PahoBus
from tests.shared import ROOT, needs_program, needs_root

ME = "pi-1"
PATIENCE_S = 30


class Cloud:
    """Stores what it hears, and answers."""

    def __init__(self, port: int, password: str) -> None:
        self.kept: set[tuple[str, int]] = set()
        self.heard = 0
        self.bus = PahoBus("cloud", "127.0.0.1", port, "cloud", password)
        self.there = threading.Event()
        self.bus.start([Subscription(topics.every_up(Up.READINGS))], self._hear, self.there.set)
        assert self.there.wait(PATIENCE_S)

    def _hear(self, delivery: Delivery) -> None:
        message = decode(delivery.payload, Readings)
        self.heard += 1
        self.kept.add((message.stream, message.seq))
        delivery.ack()
        answer = Stored(stream=message.stream, lane="readings", ranges=[[message.seq, message.seq]])
        self.bus.publish(topics.down(ME, Down.STORED), encode(answer))


@pytest.fixture
def config(tmp_path, broker, passwords):
    (tmp_path / "weights.csv").write_text("grams\n" + "".join(f"{grams}\n" for grams in range(900, 100, -1)))
    path = tmp_path / "agent.toml"
    path.write_text(
        f'agent = "{ME}"\n[broker]\nhost = "127.0.0.1"\nport = {broker.port}\npassword = "{passwords[ME]}"\n'
        '[[devices]]\nname = "fridge-1"\ntype = "scale"\naddress = "weights.csv"\n'
    )
    return path


def started(config: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "edge", "--config", str(config), *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def until(condition) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def test_killed_again_and_again_it_loses_nothing(config, broker, passwords):
    cloud = Cloud(broker.port, passwords["cloud"])
    wish = Desired(config=1, consent=1, purposes=[Purpose.SUPPLY], poll_s=1)
    cloud.bus.publish(topics.down(ME, Down.DESIRED), encode(wish), retain=True)
    try:
        for kept in (1, 2, 3, 4):
            agent = started(config)
            until(lambda kept=kept: len(cloud.kept) >= kept)
            agent.kill()
            agent.wait()
        agent = started(config)
        until(lambda: len(cloud.kept) >= 6)
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(PATIENCE_S) == 0
    finally:
        cloud.bus.stop()

    spool = Spool.open(Setup(config.parent / "state", "test", ballast_bytes=0), seeded(1))
    waiting = {message.seq for message in spool.pending(READINGS, 0, 1000)}
    stored = {seq for _, seq in cloud.kept}
    spool.close()
    assert {stream for stream, _ in cloud.kept} == {spool.stream}
    assert stored | waiting == set(range(1, max(stored | waiting) + 1))


def test_on_a_clock_that_runs_fast_nothing_is_sent_twice(config, broker, passwords, tmp_path):
    ScaledClock.start(tmp_path / "clock", datetime(2026, 3, 1, tzinfo=UTC), rate=20_000)
    cloud = Cloud(broker.port, passwords["cloud"])
    wish = Desired(config=1, consent=1, purposes=[Purpose.SUPPLY], poll_s=3600)
    cloud.bus.publish(topics.down(ME, Down.DESIRED), encode(wish), retain=True)
    agent = started(config, "--clock", str(tmp_path / "clock"))
    try:
        until(lambda: len(cloud.kept) >= 10)
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.wait(PATIENCE_S)
        cloud.bus.stop()

    assert cloud.heard == len(cloud.kept)


@pytest.mark.root
def test_on_a_full_disk_alarms_are_still_taken_and_what_is_dropped_is_declared(tmp_path):
    needs_root()
    mount, umount = needs_program("mount"), needs_program("umount")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], check=False).returncode:
        pytest.skip("missing: the right to mount a tmpfs")
    try:
        _fill(disk)
    finally:
        subprocess.run([umount, "-l", disk], check=True)


def _fill(disk: Path) -> None:
    spool = Spool.open(Setup(disk / "state", "test"), seeded(1))
    for _ in range(400):
        spool.put(READINGS, Purpose.SUPPLY, lambda _seq: os.urandom(2000))
    try:
        with (disk / "other").open("wb") as other:
            while True:
                other.write(b"x" * 4096)
                other.flush()
    except OSError:
        pass  # the disk is full now
    spool.close()
    spool = Spool.open(Setup(disk / "state", "test"), seeded(1))  # a restart must still succeed

    for _ in range(3000):
        spool.put(READINGS, Purpose.SUPPLY, lambda _seq: os.urandom(2000))
    alarms = [spool.put(ALARMS, Purpose.SAFETY, lambda _seq: os.urandom(500)) for _ in range(20)]

    left = [message.seq for message in spool.pending(READINGS, 0, 10_000)]
    assert alarms == list(range(1, 21))
    assert left
    assert left[-1] == 3400
    assert [(gap.range, gap.reason) for gap in spool.gaps(10)] == [([1, left[0] - 1], Loss.SPOOL_FULL)]
    assert not (disk / "state" / "ballast").exists()
    (disk / "other").unlink()
    spool.settle()
    assert (disk / "state" / "ballast").exists()
    spool.close()
