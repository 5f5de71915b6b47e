"""The C client's example as a program: a real broker that is killed, a flash file, and the program killed too."""

import os
import subprocess
import threading
import time
from collections import Counter

import pytest

from contract import topics
from contract.alarms import Alarm
from contract.decoding import decode, type_of
from contract.fields import Purpose, State
from contract.messages import Desired, Readings, Reported, Stored, encode
from contract.topics import Down, Up
from kit.bus import Delivery, Subscription
from kit.mqtt import PahoBus
from tests.firmware_c import program

ME = "pi-1"
PATIENCE_S = 60
EVERY_MS = 20


class Cloud:
    """Allows, stores what it hears, and answers; a repeat is answered again and changes nothing."""

    def __init__(self, port: int, password: str) -> None:
        self.kept: dict[tuple[str, str, int], bytes] = {}
        self.heard: Counter[tuple[str, str, int]] = Counter()
        self.changed: list[tuple[str, str, int]] = []
        self.states: list[State] = []
        self.reports: list[Reported] = []
        self.bus = PahoBus("cloud", "127.0.0.1", port, "cloud", password)
        self.answers_lost: set[int] = set()
        self.there = threading.Event()
        self.bus.start([Subscription(topics.every_up(name)) for name in Up], self._hear, self.there.set)
        assert self.there.wait(PATIENCE_S)

    def numbers(self, lane: str) -> list[int]:
        return sorted(seq for _, of, seq in list(self.kept) if of == lane)

    def _hear(self, delivery: Delivery) -> None:
        message = decode(delivery.payload, type_of(topics.parse(delivery.topic).name))
        if isinstance(message, Readings | Alarm):
            self._keep(message, delivery.payload)
        elif isinstance(message, Reported):
            self.reports.append(message)
        else:
            self.states.append(message.state)
        if self.states and self.states[-1] is State.READY and not isinstance(message, Readings | Alarm):
            wish = Desired(config=1, consent=1, purposes=[Purpose.SUPPLY, Purpose.SAFETY])
            self.bus.publish(topics.down(ME, Down.DESIRED), encode(wish), retain=True)
        delivery.ack()

    def _keep(self, message: Readings | Alarm, body: bytes) -> None:
        key = message.stream, message.lane, message.seq
        self.heard[key] += 1
        if self.kept.setdefault(key, body) != body:
            self.changed.append(key)
        if self.heard[key] == 1 and message.seq in self.answers_lost:
            return
        answer = Stored(stream=message.stream, lane=message.lane, ranges=[[message.seq, message.seq]])
        self.bus.publish(topics.down(ME, Down.STORED), encode(answer))


@pytest.fixture
def cloud(broker, passwords):
    made = Cloud(broker.port, passwords["cloud"])
    yield made
    made.bus.stop()


@pytest.fixture
def machine(tmp_path, broker, passwords):
    """Starts the example; its lines come to an end with it."""
    running: list[subprocess.Popen[str]] = []

    def start(count: int) -> "subprocess.Popen[str]":
        words = [program("example_host"), ME, "127.0.0.1", broker.port, tmp_path / "flash", EVERY_MS, count]
        process = subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "FH_PASSWORD": passwords[ME]},
        )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def until(condition) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.02)


def kept(process: "subprocess.Popen[str]") -> tuple[int, int]:
    """How many readings and alarms the program had in its flash, by its own word, when it ended."""
    said, _ = process.communicate(timeout=PATIENCE_S)
    return said.count("kept "), said.count("alarm\n")


def test_every_reading_is_stored_once_although_the_broker_is_killed_in_the_middle(cloud, broker, machine):
    cloud.answers_lost = {15, 55, 105}
    process = machine(200)
    for pause in (20, 60, 110):
        until(lambda least=pause: len(cloud.kept) > least)
        broker.kill()
        time.sleep(0.3)
        broker.start()
    process.stdin.write("sos\n")
    process.stdin.flush()

    assert kept(process) == (200, 1)
    assert process.returncode == 0
    assert cloud.numbers("readings") == list(range(1, 201))
    assert cloud.numbers("alarms") == [1]
    assert cloud.changed == []
    assert {seq for (_, _, seq), times in cloud.heard.items() if times > 1} >= cloud.answers_lost
    until(lambda: cloud.states[-1] is State.SLEEPING)
    assert cloud.reports[-1].devices[0].serial == "SC-0042"


def test_the_program_is_killed_again_and_again_and_what_it_had_taken_is_stored_under_one_stream(cloud, machine):
    taken = 0
    for round_ in range(1, 6):
        process = machine(1_000)
        until(lambda least=20 * round_: len(cloud.kept) > least)
        process.kill()
        taken += kept(process)[0]
    last = machine(10)
    taken += kept(last)[0]

    numbers = cloud.numbers("readings")
    assert numbers == list(range(1, len(numbers) + 1))
    assert taken <= len(numbers) <= taken + 5  # one more each time: taken, and killed before it said so
    assert len({stream for stream, _, _ in cloud.kept}) == 1
    assert cloud.changed == []
    assert State.LOST in cloud.states
    assert [report.gaps for report in cloud.reports if report.gaps] == []
