"""A socket of whole packets: nothing is lost, changed or put in another order, however the bytes arrive."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.mqtt_packets import Message, Packets

PONG, SUBACK = b"\xd0\x00", b"\x90\x04\x00\x01\x00\x01"


def number(value: int) -> bytes:
    """Of variable length, as MQTT writes it."""
    least, rest = value % 128, value // 128
    return bytes([least]) if not rest else bytes([least | 0x80]) + number(rest)


def packet(message: Message, properties: bytes | None = b"", qos: int | None = None) -> bytes:
    """`properties` None: MQTT 3.1.1, which has none. `qos` None: as the message says."""
    qos = (0 if message.mid is None else 1) if qos is None else qos
    body = struct.pack(">H", len(message.topic)) + message.topic
    body += b"" if message.mid is None else struct.pack(">H", message.mid)
    body += b"" if properties is None else number(len(properties)) + properties
    body += message.payload
    return bytes([0x30 | qos << 1 | message.retained]) + number(len(body)) + body


@pytest.fixture
def ends():
    yield from both_ends()


def both_ends(*, has_properties=True):
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    made = Packets(ours, has_properties=has_properties)
    yield made, theirs
    made.close()
    theirs.close()


HEARD = Message(b"fh/v1/pi-1/up/readings", b"{}", retained=False, mid=7)


def taken(wire: Packets) -> list[Message | bytes]:
    """All that has come: messages, and what paho would read."""
    found: list[Message | bytes] = []
    while True:
        message = wire.message()
        if message is not None:
            found.append(message)
        elif wire.has_packet():
            found.append(wire.recv(100_000))
        elif not wire.fill():
            return found


MESSAGES = st.builds(
    Message, st.binary(max_size=30), st.binary(max_size=300), st.booleans(), st.none() | st.integers(1, 65_535)
)


@given(
    st.lists(MESSAGES | st.sampled_from([PONG, SUBACK]), max_size=30),
    st.lists(st.integers(1, 500), min_size=1),
    st.none() | st.binary(max_size=200),
)
def test_whatever_the_pieces_the_packets_are_the_same(sent, sizes, properties):
    stream = b"".join(one if isinstance(one, bytes) else packet(one, properties) for one in sent)
    for wire, theirs in both_ends(has_properties=properties is not None):
        found, n = [], 0
        while stream:
            piece, stream = stream[: sizes[n % len(sizes)]], stream[sizes[n % len(sizes)] :]
            theirs.sendall(piece)
            found, n = found + taken(wire), n + 1

        assert found == sent


def test_paho_reads_what_is_no_message_in_its_own_pieces_and_only_when_its_turn_has_come(ends):
    wire, theirs = ends
    theirs.sendall(packet(HEARD) + SUBACK + packet(HEARD))
    wire.fill()

    with pytest.raises(BlockingIOError):
        wire.recv(1)
    assert wire.message() == HEARD
    assert [wire.recv(1), wire.recv(1), wire.recv(100), wire.message()] == [b"\x90", b"\x04", SUBACK[2:], HEARD]
    with pytest.raises(BlockingIOError):
        wire.recv(1)


def test_half_a_packet_is_nobodys_yet(ends):
    wire, theirs = ends
    theirs.sendall(SUBACK[:3])
    wire.fill()

    assert not wire.has_packet()
    with pytest.raises(BlockingIOError):
        wire.recv(1)


def test_a_message_of_another_quality_is_left_to_paho(ends):
    wire, theirs = ends
    theirs.sendall(packet(HEARD, qos=2))
    wire.fill()

    assert (wire.message(), wire.has_packet()) == (None, True)


def test_the_end_is_seen_after_everything_that_came_before_it(ends):
    wire, theirs = ends
    theirs.sendall(packet(HEARD) + PONG)
    theirs.shutdown(socket.SHUT_WR)

    assert taken(wire) == [HEARD, PONG]
    assert (wire.is_over, wire.recv(1)) == (True, b"")


@pytest.mark.parametrize("more", [b"", bytes(10)])
@pytest.mark.parametrize(
    "stream", [b"\x32\xff\xff\xff\xff\x01", b"\x32\x04\x00\x09ab", b"\x32\x02\x00\x00", b"\x32\x00"]
)
def test_what_is_no_mqtt_breaks_the_connection_instead_of_being_read(ends, stream, more):
    wire, theirs = ends
    theirs.sendall(stream + more)
    wire.fill()

    with pytest.raises(ConnectionError):
        wire.message()


def test_nothing_leaves_before_the_flush_and_then_in_order(ends):
    wire, theirs = ends
    theirs.setblocking(False)
    assert wire.send(b"ab") == 2
    wire.acknowledge([7, 65_535])
    with pytest.raises(BlockingIOError):
        theirs.recv(10)

    assert wire.flush()

    assert theirs.recv(20) == b"ab" + b"\x40\x02\x00\x07" + b"\x40\x02\xff\xff"


def test_who_reads_slowly_gets_everything_in_the_end(ends):
    wire, theirs = ends
    sent = bytes(range(256)) * 8_000
    wire.send(sent)
    assert not wire.flush()
    heard = b""
    while len(heard) < len(sent):
        heard += theirs.recv(100_000)
        wire.flush()

    assert heard == sent


def test_a_broken_connection_is_over_and_raises_nothing(ends):
    wire, theirs = ends
    theirs.close()
    wire.send(b"x")
    wire.flush()

    assert not wire.fill()
    assert (wire.is_over, wire.flush(), wire.recv(1)) == (True, True, b"")


def test_a_last_word_leaves_before_the_socket_closes(ends):
    wire, theirs = ends
    wire.send(b"goodbye")

    wire.close()

    assert theirs.recv(10) == b"goodbye"
    assert theirs.recv(10) == b""
