"""The broker as we ship it: who gets in, who may say what, and what it does to messages it does not like."""

import time
from dataclasses import replace

from contract import permissions, topics
from contract.permissions import CLOUD_USERS
from contract.topics import Down, Up
from kit import broker_control, mqtt
from kit.bus import BusDownError, Subscription
from kit.mqtt import PahoBus
from tests.support.brokers import Listener, let_in, listening

READINGS = topics.up("pi-1", Up.READINGS)
ALL_READINGS = Subscription(topics.every_up(Up.READINGS))


def test_what_was_under_way_when_the_connection_broke_is_sent_again(real_world):
    cloud = listening(real_world, "cloud", ALL_READINGS)
    pi = listening(real_world, "pi-1")

    for sent in range(100):
        pi.bus.publish(READINGS, b"%d" % sent)
    real_world.cut(pi.bus)
    sent = 100
    while pi.connections == 1 or sent < 110:
        try:
            pi.bus.publish(READINGS, b"%d" % sent)
        except BusDownError:
            continue
        sent += 1

    real_world.until(lambda: {int(each) for each in cloud.payloads} == set(range(sent)))


def test_what_is_urgent_does_not_wait_for_the_end_of_a_long_pause(real_world, monkeypatch):
    monkeypatch.setattr(mqtt, "SHORTEST_WAIT_S", 120.0)
    monkeypatch.setattr(mqtt, "LONGEST_WAIT_S", 120.0)
    real_world.kill_broker()
    bus = replace(real_world.bus("pi-1"), longest_wait_s=120.0)
    pi = Listener(bus)
    bus.start([], pi.on_message, pi.on_connect)
    real_world.until(lambda: bus._failures > 0)
    real_world.start_broker()
    real_world.settle()
    assert pi.connections == 0

    bus.hurry()

    real_world.until(lambda: pi.connections == 1)
    bus.stop()


def test_who_stops_as_a_long_pause_begins_does_not_wait_for_its_end(broker, monkeypatch):
    monkeypatch.setattr(mqtt, "SHORTEST_WAIT_S", 120.0)
    bus = PahoBus("pi-1", "127.0.0.1", broker.port, longest_wait_s=120.0)
    bus.stop()

    began_s = time.monotonic()
    bus._pause()  # the thread had just asked whether it is to stop

    assert time.monotonic() - began_s < 60


def test_a_message_too_large_for_the_broker_is_given_up_in_the_end(real_world):
    cloud = listening(real_world, "cloud", ALL_READINGS)
    pi = listening(real_world, "pi-1")

    pi.bus.publish(READINGS, b"x" * 100_000)
    real_world.until(lambda: pi.connections > 3)

    assert pi.bus.in_flight() == 0
    pi.bus.publish(READINGS, b"x" * 65_536)
    real_world.until(lambda: [len(each) for each in cloud.payloads] == [65_536])


def test_a_wrong_password_and_no_password_stay_outside(real_world, broker):
    wrong = Listener(PahoBus("pi-1", "127.0.0.1", broker.port, "pi-1", "guess"))
    nobody = Listener(PahoBus("pi-1", "127.0.0.1", broker.port))

    for each in (wrong, nobody):
        each.bus.start([], each.on_message, each.on_connect)
    real_world.settle()

    assert [wrong.connections, nobody.connections] == [0, 0]
    for each in (wrong, nobody):
        each.bus.stop()


def test_nobody_can_push_out_another_under_its_client_id(real_world, passwords, broker):
    victim = listening(real_world, "pi-1")
    intruder = Listener(PahoBus("pi-1", "127.0.0.1", broker.port, "pi-2", passwords["pi-2"]))

    intruder.bus.start([], intruder.on_message, intruder.on_connect)
    real_world.until(lambda: intruder.connections == 1)
    real_world.settle()

    assert victim.connections == 1
    assert victim.bus.is_healthy()
    intruder.bus.stop()


def test_the_brokers_list_and_ours_say_the_same(real_world):
    real_world.protocol = 311  # there the broker swallows what is forbidden; in version 5 it also hangs up
    users = ["pi-1", "pi-2", *CLOUD_USERS]
    ears = {user: listening(real_world, user, *map(Subscription, permissions.rights(user).hears)) for user in users}
    spoken = [topics.up("pi-1", name) for name in Up] + [topics.down("pi-1", name) for name in Down]

    for topic in spoken:
        for user in users:
            ears[user].bus.publish(topic, user.encode())

    expected = {hearer: _allowed(users, hearer, spoken) for hearer in users}
    for user in users:
        real_world.until(lambda user=user: set(_heard(ears[user])) >= expected[user])
    real_world.settle()
    assert {user: set(_heard(ears[user])) for user in users} == expected


def _allowed(users: list[str], hearer: str, spoken: list[str]) -> set[tuple[str, bytes]]:
    return {
        (topic, speaker.encode())
        for topic in spoken
        for speaker in users
        if permissions.allows(speaker, "write", topic) and permissions.allows(hearer, "read", topic)
    }


def _heard(listener: Listener) -> list[tuple[str, bytes]]:
    return [(each.topic, each.payload) for each in listener.deliveries]


def test_an_agent_does_not_hear_who_may_connect(real_world):
    curious = Listener(real_world.bus("pi-1"))

    curious.bus.start([Subscription(broker_control.ANSWERS)], curious.on_message, curious.on_connect)
    real_world.settle()

    assert curious.connections == 0


def test_a_password_is_text_of_any_kind(broker, passwords, real_world):
    passwords["pi-3"] = "naïve pässword"
    let_in(broker, passwords)

    assert listening(real_world, "pi-3").connections == 1
