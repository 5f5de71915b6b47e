"""A wristband on the network: its lines are heard at once, rubbish and broken connections are survived."""

import json
import os
import socket
import threading
import time

import pytest

from edge.falls.steps import Pattern
from edge.sensors.wristband import Wristband
from edge.sensors.wristband_address import WristbandAddress
from edge.sensors.wristband_listener import Listener, Pauses
from kit.clock import SystemClock

PATIENCE_S = 10
QUICK = Pauses(first_s=0.01, longest_s=0.05, dead_s=0.6)


class Gateway:
    """Stands where the wristband's lines come from."""

    def __init__(self, port=0):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.socket.settimeout(PATIENCE_S)
        self.port = self.socket.getsockname()[1]
        self.connection = None
        self.accepted = []

    def accept(self):
        self.connection, _ = self.socket.accept()
        self.accepted.append(self.connection)
        self.connection.settimeout(PATIENCE_S)

    def say(self, raw):
        self.connection.sendall(raw)

    def hang_up(self):
        self.connection.close()

    def close(self):
        for connection in self.accepted:
            connection.close()
        self.socket.close()


@pytest.fixture
def gateway():
    made = Gateway()
    yield made
    made.close()


@pytest.fixture
def band(gateway):
    made = Heard(f"tcp://127.0.0.1:{gateway.port}")
    yield made
    made.band.stop()


class Heard:
    """The driver, and everything it took."""

    def __init__(self, address):
        self.listener = Listener(WristbandAddress.parse(address).opener(), "wristband-1", SystemClock(), QUICK)
        self.band = Wristband("wristband-1", self.listener, SystemClock())
        self.arrived = threading.Event()
        self.band.start(self.arrived.set)
        self.frames, self.begins = [], []

    def until(self, condition):
        end = time.monotonic() + PATIENCE_S
        while not condition(self):
            assert time.monotonic() < end, f"it did not come to pass: {self.frames}"
            self.arrived.wait(0.02)
            self.arrived.clear()
            heard = self.band.take()
            self.frames += [each.frame for each in heard]
            self.begins += [each.begins for each in heard]


def line(**said):
    return json.dumps(said).encode() + b"\n"


def test_a_line_is_heard_at_once(gateway, band):
    gateway.accept()
    band.arrived.clear()
    began = time.monotonic()
    gateway.say(line(fs_hz=50, acc_mg=[0, 0, 1000], worn=True))

    assert band.arrived.wait(PATIENCE_S)
    took_s = time.monotonic() - began
    band.until(lambda it: len(it.frames) == 1)
    assert took_s < 0.2
    assert band.band.report().worn is True


def test_lines_cut_anywhere_and_rubbish_between_them(gateway, band):
    gateway.accept()
    whole = line(button="down") + b"\x00\xff garbage\n" + line(button="up")
    for byte in whole:
        gateway.say(bytes([byte]))
    band.until(lambda it: len(it.frames) == 2)

    assert [frame.button for frame in band.frames] == ["down", "up"]
    assert band.listener.skipped == 1


def test_after_a_broken_connection_it_connects_again_and_half_a_line_is_forgotten(gateway, band):
    gateway.accept()
    gateway.say(line(button="down") + b'{"button":"s')
    band.until(lambda it: len(it.frames) == 1)
    gateway.hang_up()
    gateway.accept()
    gateway.say(line(button="up"))
    band.until(lambda it: len(it.frames) == 2)

    assert [frame.button for frame in band.frames] == ["down", "up"]


def test_after_a_broken_connection_nobody_knows_whether_it_is_worn(gateway, band):
    gateway.accept()
    gateway.say(line(worn=False) + line(battery_fraction=0.9))
    band.until(lambda it: len(it.frames) == 2)
    assert band.band.report().worn is False
    gateway.hang_up()
    gateway.accept()
    gateway.say(line(battery_fraction=0.9))
    band.until(lambda it: len(it.frames) == 3)

    assert band.begins == [True, False, True]
    assert band.band.report().worn is None


def test_a_connection_that_says_nothing_is_begun_anew(gateway, band):
    gateway.accept()
    gateway.accept()
    gateway.say(line(worn=False))

    band.until(lambda it: len(it.frames) == 1)


def test_an_outage_is_said_once(capsys):
    gateway = Gateway()
    port = gateway.port
    gateway.close()
    band = Heard(f"tcp://127.0.0.1:{port}")
    told = ""
    end = time.monotonic() + 20
    while "wristband_not_connected" not in told and time.monotonic() < end:
        time.sleep(0.1)
        told += capsys.readouterr().out
    time.sleep(0.5)  # more than one more try
    assert not band.band.buzz(Pattern.HELP)
    gateway = Gateway(port)
    gateway.accept()
    gateway.say(line(worn=True))
    band.until(lambda it: len(it.frames) == 1)
    band.band.stop()
    gateway.close()

    told += capsys.readouterr().out
    assert told.count("wristband_not_connected") == 1
    assert told.count("wristband_connected_again") == 1


def test_the_buzzer_s_pattern_goes_back_as_a_line(gateway, band):
    gateway.accept()
    gateway.say(line(worn=True))
    band.until(lambda it: len(it.frames) == 1)

    assert band.band.buzz(Pattern.PREALARM)
    assert json.loads(gateway.connection.recv(100)) == {"buzz": "prealarm"}


def test_a_wristband_that_does_not_read_makes_nobody_wait(gateway, band):
    gateway.accept()
    gateway.say(line(worn=True))
    band.until(lambda it: len(it.frames) == 1)
    began = time.monotonic()
    said = [band.listener.say(b"x" * 100_000) for _ in range(200)]

    assert not all(said)
    assert time.monotonic() - began < 2


def test_it_ends_when_told_to(gateway, band):
    gateway.accept()
    began = time.monotonic()
    band.band.stop()
    band.band.stop()

    assert time.monotonic() - began < 2


def test_a_serial_line_is_read_too():
    ours, theirs = os.openpty()
    band = Heard(os.ttyname(theirs))
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not band.frames and time.monotonic() < deadline:
            os.write(ours, line(button="sos"))
            time.sleep(0.05)
            band.frames += [each.frame for each in band.band.take()]
        assert band.frames[0].button == "sos"
        assert not band.band.buzz(Pattern.HELP)
    finally:
        band.band.stop()
        os.close(ours)
        os.close(theirs)
