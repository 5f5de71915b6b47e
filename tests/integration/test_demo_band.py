"""The demo's wristband speaks to the real driver, and hears its buzzer."""

import threading
import time

import pytest

from edge.falls.steps import Pattern
from edge.sensors.wristband import Wristband
from edge.sensors.wristband_address import WristbandAddress
from edge.sensors.wristband_listener import Listener
from kit.clock import SystemClock
from simulator.demo.band import Band
from simulator.randomness import stream

PATIENCE_S = 10


@pytest.fixture
def band():
    made = Band(stream(7))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def driver(band):
    address = WristbandAddress.parse(band.address)
    clock = SystemClock()
    made = Wristband("wristband-1", Listener(address.opener(), "wristband-1", clock), clock)
    made.start(lambda: None)
    yield made
    made.stop()


def test_a_fall_is_heard_at_its_real_pace_and_the_buzzer_hears_back(band, driver):
    band.fall()
    began_s, heard = time.monotonic(), []
    while sum(each.frame.samples for each in heard) < 100 and time.monotonic() - began_s < PATIENCE_S:
        heard += driver.take()
        time.sleep(0.02)
    assert time.monotonic() - began_s >= 1.5
    assert max(abs(axis) for each in heard for axis in each.frame.acc_mg) > 2000
    assert driver.report().worn is True

    assert driver.buzz(Pattern.HELP)
    until = threading.Event()
    while band.heard != ["help"] and time.monotonic() - began_s < 2 * PATIENCE_S:
        until.wait(0.05)

    assert band.heard == ["help"]
