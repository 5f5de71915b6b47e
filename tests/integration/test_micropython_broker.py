"""The board's client on a real Mosquitto, with a small cloud that answers `stored`; also when the broker is killed."""

import os
import time
from collections import Counter

import pytest

from contract import decoding, topics
from contract.alarms import Alarm
from contract.messages import Desired, Readings, Stored, encode
from contract.topics import Down, Up
from forehand.client import Client
from forehand.connection import Connection
from forehand.moments import PERIOD_MS
from kit.bus import BusDownError, Delivery, Subscription
from tests.support.micropython_life import DEVICES, Flash
from tests.support.umqtt_on_paho import MQTTClient

AGENT = "pi-1"
PATIENCE_S = 40.0


class SmallCloud:
    """Stores each message once, by its key, and says so."""

    def __init__(self, bus):
        self.bus = bus
        self.stored = {}
        self.came = Counter()
        self.states = []
        self.reports = []
        self.wish = None
        bus.start([Subscription(f"forehand/v1/{AGENT}/up/+")], self.hear, self.greet)

    def hear(self, delivery: Delivery) -> None:
        name = topics.parse(delivery.topic).name
        message = decoding.decode(delivery.payload, decoding.type_of(name))
        delivery.ack()
        if name is Up.STATE:
            self.states.append(message.state.value)
        elif name is Up.REPORTED:
            self.reports.append(message)
        else:
            key = (message.stream, message.lane, message.seq)
            assert self.stored.setdefault(key, message) == message
            self.came[key] += 1
            self.say(Stored(stream=message.stream, lane=message.lane, ranges=[[message.seq, message.seq]]))

    def say(self, message, name=Down.STORED, *, retain=False):
        try:
            self.bus.publish(topics.down(AGENT, name), encode(message), retain=retain)
        except BusDownError:
            return  # the board sends again, and is answered again

    def allow(self, consent, *purposes):
        self.wish = Desired(config=1, consent=consent, purposes=list(purposes))
        self.greet()

    def greet(self):
        """As the cloud does when it comes: what was sent before may have died with the broker."""
        if self.wish is not None:
            self.say(self.wish, Down.DESIRED, retain=True)

    def of(self, kind):
        return [message for message in self.stored.values() if isinstance(message, kind)]


class RealBoard:
    """The board is this machine; what it does not have, its flash, is in memory."""

    page = 256

    def __init__(self, flash, broker, password):
        self.flash = flash
        self.random = os.urandom
        self.connection = Connection(MQTTClient(AGENT, "127.0.0.1", broker.port, password), self.ticks_ms)
        self.publish = self.connection.publish

    def ticks_ms(self):
        return int(time.monotonic() * 1000) % PERIOD_MS

    def now_ms(self):
        return int(time.time() * 1000)


def started(flash, broker, passwords):
    board = RealBoard(flash, broker, passwords[AGENT])
    client = Client(board, AGENT, DEVICES)
    board.connection.serve(client)
    return board, client


def run(board, client, condition):
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        board.connection.work()
        client.step()
        assert time.monotonic() < until_s, "it did not come to hold in time"
        time.sleep(0.005)


def measure(client, value):
    return client.measured([{"device": "fridge-1", "slot": "milk", "kind": "amount_g", "value": value}])


@pytest.fixture
def cloud(real_world):
    made = SmallCloud(real_world.bus("cloud"))
    real_world.until(made.bus.is_healthy)
    return made


def test_what_a_board_measures_is_stored_once_and_then_forgotten_by_it(cloud, broker, passwords):
    board, client = started(Flash(), broker, passwords)
    run(board, client, lambda: cloud.reports)
    assert measure(client, 1) == 0

    cloud.allow(3, "supply", "safety")
    run(board, client, lambda: client.spool.wish)
    for value in range(30):
        assert measure(client, value) == 1
        run(board, client, lambda: client.spool.count() < 10)
    client.alarms.call_for_help("wristband-1")
    run(board, client, lambda: not client.spool.count())

    assert sorted(reading.value for each in cloud.of(Readings) for reading in each.readings) == list(range(30))
    assert len(cloud.of(Alarm)) == 1
    assert set(cloud.came.values()) == {1}
    client.sleeping()
    board.connection.close()
    run(board, client, lambda: cloud.states[-1:] == ["sleeping"] or board.connection.close())


def test_a_broker_that_is_killed_and_a_board_that_is_reset_lose_nothing_and_store_nothing_twice(
    cloud, broker, passwords
):
    flash = Flash(blocks=32)
    board, client = started(flash, broker, passwords)
    cloud.allow(1, "supply", "safety")
    run(board, client, lambda: client.spool.wish)
    measured = []
    for value in range(60):
        measured.append(value)
        assert measure(client, value) == 1
        client.step()
        if value in {10, 35}:
            broker.kill()
        if value in {20, 45}:
            broker.start()
        if value == 40:  # in the dark, and without a goodbye
            board, client = started(flash, broker, passwords)
        if value % 7 == 0:
            for _ in range(20):
                board.connection.work()
                client.step()

    run(board, client, lambda: not client.spool.count() and not client.spool.gaps)

    values = [reading.value for each in cloud.of(Readings) for reading in each.readings]
    assert sorted(values) == measured
    assert {boot.boot for boot in cloud.of(Readings)} == {1, 2}
    assert cloud.bus.handler_errors == 0


def test_when_a_board_vanishes_the_broker_says_so(cloud, broker, passwords):
    board, client = started(Flash(), broker, passwords)
    run(board, client, lambda: cloud.reports)

    board.connection._mqtt._paho.socket().close()

    run(*started(Flash(), broker, passwords), lambda: "lost" in cloud.states)
