"""The client between its threads: what another thread says leaves at once, whatever the turning thread waits for."""

import socket
import threading

import pytest
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

from kit.mqtt_client import OK, WireClient
from tests.unit.test_mqtt_packets import HEARD, packet

CONNACK, PUBACK, PUBLISH = b"\x20\x03\x00\x00\x00", b"\x40\x02\x00\x07", 0x32
FOR_EVER_S = 600.0  # longer than a test may take


@pytest.fixture
def broker():
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door


@pytest.fixture
def heard():
    return []


@pytest.fixture
def client(heard):
    made = WireClient(
        "pi-1", MQTTProtocolVersion.MQTTv5, clean=True, on_wire_message=lambda _, message: heard.append(message)
    )
    yield made
    made.close()


@pytest.fixture
def theirs(broker, client):
    """The broker's end of a connection that stands."""
    client.connect("127.0.0.1", broker.getsockname()[1])
    end, _ = broker.accept()
    with end:
        end.settimeout(5)
        client.turn(1.0)
        end.recv(1000)
        end.sendall(CONNACK)
        client.turn(1.0)
        yield end


def turning(client):
    """Once, for as long as it takes, on a thread of its own."""
    thread = threading.Thread(target=lambda: [client.turn(FOR_EVER_S), client.turn(0.0)], daemon=True)
    thread.start()
    return thread


def test_an_acknowledgement_leaves_at_once_although_nothing_comes(client, theirs, heard):
    theirs.sendall(packet(HEARD))
    client.turn(5.0)
    waiting = turning(client)

    client.acknowledge(heard[0].mid)

    assert theirs.recv(100) == PUBACK
    waiting.join(5)


def test_what_another_thread_publishes_leaves_at_once(client, theirs):
    waiting = turning(client)

    client.publish("a/b", b"{}", qos=1)

    assert theirs.recv(100)[0] == PUBLISH
    waiting.join(5)


def test_what_is_published_leaves_at_once_also_where_paho_believes_that_somebody_is_writing(client, theirs):
    client._registered_write = True  # as after two threads met in the middle of its queue
    waiting = turning(client)

    client.publish("a/b", b"{}", qos=1)

    assert theirs.recv(100)[0] == PUBLISH
    waiting.join(5)


def test_what_was_acknowledged_leaves_before_the_goodbye(client, theirs):
    client.acknowledge(7)
    client.disconnect()

    assert client.turn(5.0) == OK

    said = b""
    while piece := theirs.recv(100):
        said += piece
    assert said.startswith(PUBACK)
    assert len(said) > len(PUBACK)


def test_more_than_one_turn_takes_is_not_left_waiting_for_more_to_come(client, theirs, heard):
    theirs.sendall(packet(HEARD) * 500)
    while len(heard) < 500:
        client.turn(FOR_EVER_S)

    assert heard == [HEARD] * 500


def test_enough_is_enough_and_the_rest_comes_with_the_next_turn(client, theirs, heard):
    theirs.sendall(packet(HEARD) * 5)

    client.turn(5.0, lambda: len(heard) >= 2)
    assert len(heard) == 2

    client.turn(FOR_EVER_S)
    assert len(heard) == 5


def test_a_broker_that_goes_away_ends_the_turns(client, theirs):
    theirs.close()

    results = {client.turn(1.0) for _ in range(3)}

    assert results <= {OK, MQTTErrorCode.MQTT_ERR_CONN_LOST, MQTTErrorCode.MQTT_ERR_NO_CONN}
    assert client.turn(1.0) == MQTTErrorCode.MQTT_ERR_NO_CONN
