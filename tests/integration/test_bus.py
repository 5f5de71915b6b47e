"""The seam to MQTT: the stand-in and the real broker keep the same promises."""

import pytest

from contract import topics
from contract.topics import Down, Up
from kit.bus import BusDownError, Subscription, Will
from kit.memory_bus import MemoryBroker
from tests.support.brokers import Listener, MemoryWorld, World, listening, talking

READINGS = topics.up("pi-1", Up.READINGS)
ALL_READINGS = Subscription(topics.every_up(Up.READINGS))


def test_what_is_published_arrives(world: World):
    cloud = listening(world, "cloud", ALL_READINGS)
    pi = talking(world, "pi-1")

    for number in range(50):
        pi.publish(READINGS, b"%d" % number)

    world.until(lambda: len(cloud.deliveries) == 50)
    assert cloud.payloads == [b"%d" % number for number in range(50)]
    assert {each.topic for each in cloud.deliveries} == {READINGS}


def test_in_flight_falls_to_nothing_when_the_broker_has_it_all(world: World):
    pi = talking(world, "pi-1")

    for _ in range(300):
        pi.publish(READINGS, b"x")

    world.until(lambda: pi.in_flight() == 0)


def test_what_is_not_acknowledged_comes_again_after_the_next_connection(world: World):
    cloud = listening(world, "cloud", ALL_READINGS, acknowledges=False)
    pi = talking(world, "pi-1")
    for number in range(5):
        pi.publish(READINGS, b"%d" % number)
    world.until(lambda: len(cloud.deliveries) == 5)
    for each in cloud.deliveries[:2]:
        each.ack()
    world.settle()

    world.cut(cloud.bus)

    world.until(lambda: cloud.connections == 2)
    world.until(lambda: len(cloud.deliveries) == 8)
    assert cloud.payloads[5:] == [b"2", b"3", b"4"]


def test_not_too_much_waits_for_its_acknowledgement_whatever_the_broker_sends(world: World):
    cloud = listening(world, "cloud", ALL_READINGS, acknowledges=False)
    cloud.bus.most_unacknowledged = 300
    pi = talking(world, "pi-1")
    for number in range(6_000):
        pi.publish(READINGS, b"%d" % number)
    acked = most = 0
    while acked < 6_000:
        world.until(lambda: len(cloud.deliveries) > acked)  # noqa: B023 - asked at once
        world.settle()
        most = max(most, len(cloud.deliveries) - acked)
        for each in cloud.deliveries[acked : acked + 500]:
            each.ack()
            acked += 1

    assert sorted(map(int, cloud.payloads)) == list(range(6_000))
    assert most <= (1_000 if isinstance(world, MemoryWorld) else 400)  # the stand-in keeps the protocol's own window


def test_an_acknowledgement_from_an_old_connection_touches_nothing(world: World):
    cloud = listening(world, "cloud", ALL_READINGS, acknowledges=False)
    pi = talking(world, "pi-1")
    pi.publish(READINGS, b"first")
    world.until(lambda: len(cloud.deliveries) == 1)
    world.cut(cloud.bus)
    world.until(lambda: len(cloud.deliveries) == 2)

    assert [each.is_void() for each in cloud.deliveries] == [True, False]
    cloud.deliveries[0].ack()
    world.settle()

    world.cut(cloud.bus)
    world.until(lambda: len(cloud.deliveries) == 3)
    cloud.deliveries[2].ack()
    cloud.deliveries[2].ack()
    world.settle()
    world.cut(cloud.bus)
    world.until(lambda: cloud.connections == 4)
    world.settle()
    assert len(cloud.deliveries) == 3


def test_what_was_said_while_a_listener_was_away_waits_for_it(world: World):
    first = listening(world, "cloud", ALL_READINGS)
    pi = talking(world, "pi-1")
    first.bus.stop()

    pi.publish(READINGS, b"while you were out")
    world.until(lambda: pi.in_flight() == 0)

    again = listening(world, "cloud", ALL_READINGS)
    world.until(lambda: again.payloads == [b"while you were out"])


def test_a_retained_message_meets_whoever_comes_later(world: World):
    topic = topics.up("pi-1", Up.STATE)
    pi = talking(world, "pi-1")
    pi.publish(topic, b"ready", retain=True)
    world.until(lambda: pi.in_flight() == 0)

    cloud = listening(world, "cloud", Subscription(topics.every_up(Up.STATE)))

    world.until(lambda: cloud.payloads == [b"ready"])
    assert cloud.deliveries[0].retained


def test_an_empty_retained_message_clears_it(world: World):
    topic = topics.up("pi-1", Up.STATE)
    pi = talking(world, "pi-1")
    pi.publish(topic, b"ready", retain=True)
    eraser = talking(world, "cloud-jobs")
    world.until(lambda: pi.in_flight() == 0)

    eraser.publish(topic, b"", retain=True)
    world.until(lambda: eraser.in_flight() == 0)

    cloud = listening(world, "cloud", Subscription(topics.every_up(Up.STATE)))
    world.settle()
    assert cloud.payloads == []


def test_the_last_will_is_said_for_who_vanishes_and_not_for_who_says_goodbye(world: World):
    topic = topics.up("pi-1", Up.STATE)
    cloud = listening(world, "cloud", Subscription(topics.every_up(Up.STATE)))
    pi = Listener(world.bus("pi-1"))
    pi.bus.start([], pi.on_message, pi.on_connect, Will(topic, b"lost"))
    world.until(lambda: pi.connections == 1)

    world.cut(pi.bus)
    world.until(lambda: pi.connections == 2)
    world.until(lambda: cloud.payloads == [b"lost"])

    pi.bus.stop()
    world.settle()
    assert cloud.payloads == [b"lost"]


def test_what_is_published_before_a_goodbye_still_arrives(world: World):
    cloud = listening(world, "cloud", ALL_READINGS)
    pi = talking(world, "pi-1")

    pi.publish(READINGS, b"last words")
    pi.stop()

    world.until(lambda: cloud.payloads == [b"last words"])


def test_an_agent_hears_only_what_is_meant_for_it(world: World):
    pi = listening(world, "pi-1", Subscription(topics.every_down("pi-1")))
    other = listening(world, "pi-2", Subscription(topics.every_down("pi-2")))
    cloud = talking(world, "cloud")

    cloud.publish(topics.down("pi-1", Down.STORED), b"for pi-1")
    cloud.publish(topics.down("pi-2", Down.STORED), b"for pi-2")
    world.until(lambda: bool(pi.deliveries and other.deliveries))
    world.settle()
    assert (pi.payloads, other.payloads) == ([b"for pi-1"], [b"for pi-2"])


@pytest.mark.parametrize("wish", ["#", "forehand/v1/#", topics.every_down("pi-1"), "forehand/v1/+/down/stored"])
def test_who_asks_for_more_than_it_may_hear_is_not_let_in(world: World, wish: str):
    nosy = Listener(world.bus("pi-2"))

    nosy.bus.start([Subscription(wish), Subscription(topics.every_down("pi-2"))], nosy.on_message, nosy.on_connect)
    world.settle()

    assert (nosy.connections, nosy.bus.is_healthy()) == (0, False)


@pytest.mark.parametrize("topic", [topics.up("pi-2", Up.READINGS), topics.down("pi-1", Down.STORED), "elsewhere"])
def test_an_agent_says_nothing_in_anothers_name_and_can_still_speak_in_its_own(world: World, topic: str):
    cloud = listening(world, "cloud", Subscription("forehand/v1/+/up/+"))
    victim = listening(world, "pi-2", Subscription(topics.every_down("pi-2")))
    pi = listening(world, "pi-1")

    pi.bus.publish(topic, b"forged")
    world.settle()

    world.until(pi.bus.is_healthy)
    pi.bus.publish(READINGS, b"mine")
    world.until(lambda: b"mine" in cloud.payloads)
    assert b"forged" not in cloud.payloads + victim.payloads
    world.until(lambda: pi.bus.in_flight() == 0)


def test_a_handler_that_fails_stops_nothing(world: World):
    seen: list[bytes] = []

    def fails_first(delivery):
        seen.append(delivery.payload)
        delivery.ack()
        if len(seen) == 1:
            raise KeyError("a fault of ours")

    bus = world.bus("cloud")
    connected: list[int] = []

    def on_connect():
        connected.append(1)
        raise KeyError("another")

    bus.start([ALL_READINGS], fails_first, on_connect)
    world.until(lambda: len(connected) == 1)
    pi = talking(world, "pi-1")

    pi.publish(READINGS, b"1")
    pi.publish(READINGS, b"2")

    world.until(lambda: seen == [b"1", b"2"])
    assert bus.is_healthy()
    assert bus.handler_errors == 2  # type: ignore[attr-defined]


def test_publishing_while_there_is_no_connection_says_so(world: World):
    bus = world.bus("pi-1")
    with pytest.raises(BusDownError):
        bus.publish(READINGS, b"too early")

    pi = listening(world, "pi-2")
    world.kill_broker()
    world.until(lambda: not pi.bus.is_healthy())

    with pytest.raises(BusDownError):
        pi.bus.publish(topics.up("pi-2", Up.READINGS), b"too late")


def test_it_comes_back_when_the_broker_does(world: World):
    cloud = listening(world, "cloud", ALL_READINGS)
    pi = listening(world, "pi-1")

    world.kill_broker()
    world.until(lambda: not pi.bus.is_healthy() and not cloud.bus.is_healthy())
    world.start_broker()

    world.until(lambda: pi.connections == 2 and cloud.connections == 2)
    pi.bus.publish(READINGS, b"after")
    world.until(lambda: cloud.payloads == [b"after"])


def test_a_bus_may_start_before_its_broker(world: World):
    world.kill_broker()
    pi = Listener(world.bus("pi-1"))
    pi.bus.start([], pi.on_message, pi.on_connect)
    world.settle()
    assert not pi.bus.is_healthy()

    world.start_broker()

    world.until(lambda: pi.connections == 1)


def test_stopping_twice_is_harmless(world: World):
    pi = talking(world, "pi-1")

    pi.stop()
    pi.stop()

    assert not pi.is_healthy()


@pytest.mark.parametrize("world", ["memory", "mqtt5"], indirect=True)
def test_a_group_divides_the_messages_between_its_members(world: World):
    shared = Subscription(topics.every_up(Up.READINGS), shared="ingest")
    one = listening(world, "cloud-ingest", shared)
    two = listening(world, "cloud-ingest-2", shared)
    pi = talking(world, "pi-1")

    for number in range(40):
        pi.publish(READINGS, b"%d" % number)

    world.until(lambda: len(one.deliveries) + len(two.deliveries) == 40)
    assert one.deliveries
    assert two.deliveries
    assert {int(each) for each in one.payloads + two.payloads} == set(range(40))


def test_in_memory_one_can_stay_away_and_come_back():
    world = MemoryWorld(MemoryBroker())
    pi = listening(world, "pi-1", Subscription(topics.every_down("pi-1")))
    cloud = talking(world, "cloud")

    world.broker.drop("pi-1", stay_away=True)
    cloud.publish(topics.down("pi-1", Down.STORED), b"waits")
    world.settle()
    assert (pi.connections, pi.payloads) == (1, [])

    world.broker.restore("pi-1")
    world.until(lambda: pi.payloads == [b"waits"])
