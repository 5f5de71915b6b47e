"""Slow devices: they are looked at aside, and delay nobody."""

import threading
import time
from concurrent.futures import Future

import pytest

from contract.topics import Up
from edge.agent import Agent, Devices, Timing
from edge.aside import Worker, inline
from edge.sensors.wearable import Frame, Heard
from edge.spool import Spool
from kit.clock import SystemClock
from kit.ids import seeded
from kit.memory_bus import MemoryBroker
from tests.edge_world import CONFIG, ME, FakeCloud, FakePrinter
from tests.wearers import SAFETY, SUPPLY, FakeWristband, WornWorld


@pytest.mark.parametrize("aside", [inline, Worker("test")])
def test_a_result_and_an_error_come_back_from_both(aside):
    assert aside(lambda: 7).result(5) == 7
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 // 0).result(5)
    assert aside(lambda: 8).result(5) == 8


class Hanging(FakePrinter):
    """Does not answer until it is let go."""

    def __init__(self):
        super().__init__()
        self.go = threading.Event()
        self.asked = threading.Event()

    def poll(self):
        self.asked.set()
        self.go.wait(30)
        return super().poll()


def test_a_printer_that_hangs_delays_no_alarm():
    clock, broker, band, printer = SystemClock(), MemoryBroker(), FakeWristband(), Hanging()
    cloud = FakeCloud(broker)
    timing = Timing(clock, lambda: True)
    devices = Devices([printer], [band], aside=Worker("looks"), ids=seeded(9))
    agent = Agent(CONFIG, broker.connect(ME), Spool.in_memory(seeded(1)), devices, timing)
    agent.start()
    broker.pump()
    cloud.wish(SAFETY, SUPPLY)
    for _ in range(3):
        broker.pump()
        agent.step()
    assert printer.asked.wait(5)

    began = time.monotonic()
    band.ready.append(Heard(clock.up_ms(), Frame(button="sos")))
    agent.step()
    broker.pump()
    took_s = time.monotonic() - began

    assert len(cloud.of(Up.ALARMS)) == 1
    assert took_s < 0.1
    assert cloud.of(Up.READINGS) == []
    agent.wake.clear()
    printer.go.set()
    assert agent.wake.wait(5)
    agent.step()
    broker.pump()
    assert len(cloud.of(Up.READINGS)) == 1


def test_a_look_that_began_before_consent_tells_nothing_of_the_time_before():
    world, futures = WornWorld(), []

    def later(work):
        futures.append((work, Future()))
        return futures[-1][1]

    broker, printer = MemoryBroker(), FakePrinter()
    cloud = FakeCloud(broker)
    timing = Timing(world.clock, lambda: True)
    agent = Agent(CONFIG, broker.connect(ME), Spool.in_memory(seeded(1)), Devices([printer], aside=later), timing)
    agent.start()
    broker.pump()
    agent.step()
    cloud.wish(SUPPLY)
    broker.pump()
    agent.step()
    futures[0][1].set_result(futures[0][0]())
    agent.step()
    broker.pump()
    assert cloud.of(Up.READINGS) == []

    agent.step()
    futures[1][1].set_result(futures[1][0]())
    agent.step()
    broker.pump()
    assert len(cloud.of(Up.READINGS)) == 1
