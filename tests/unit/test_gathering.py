"""A socket that reads ahead and gathers: nothing is lost, changed or put in another order."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.gathering import Gathering


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    made = Gathering(ours)
    yield made, theirs
    made.close()
    theirs.close()


def test_what_has_come_is_asked_for_once_and_given_in_pieces(ends):
    ours, theirs = ends
    theirs.sendall(b"abcdef")

    assert (ours.recv(1), ours.pending()) == (b"a", 5)
    assert (ours.recv(3), ours.recv(9), ours.pending()) == (b"bcd", b"ef", 0)
    with pytest.raises(BlockingIOError):
        ours.recv(1)


def test_the_end_is_seen_after_everything_that_came_before_it(ends):
    ours, theirs = ends
    theirs.sendall(b"ab")
    theirs.shutdown(socket.SHUT_WR)

    assert [ours.recv(1), ours.recv(1), ours.recv(1), ours.recv(1)] == [b"a", b"b", b"", b""]


def test_nothing_leaves_before_the_flush_and_then_in_order(ends):
    ours, theirs = ends
    theirs.setblocking(False)
    assert [ours.send(b"ab"), ours.send(b"c")] == [2, 1]
    with pytest.raises(BlockingIOError):
        theirs.recv(10)

    assert ours.flush()

    assert theirs.recv(10) == b"abc"


def test_who_reads_slowly_gets_everything_in_the_end(ends):
    ours, theirs = ends
    sent = bytes(range(256)) * 8_000
    for at in range(0, len(sent), 50_000):
        ours.send(sent[at : at + 50_000])
    heard = b""
    while len(heard) < len(sent):
        heard += theirs.recv(100_000)
        ours.flush()

    assert heard == sent


def test_a_last_word_leaves_before_the_socket_closes(ends):
    ours, theirs = ends
    ours.send(b"goodbye")

    ours.close()

    assert theirs.recv(10) == b"goodbye"
    assert theirs.recv(10) == b""
    assert ours.flush()


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=30), st.lists(st.integers(1, 500), min_size=1))
def test_whatever_the_pieces_the_bytes_are_the_same(bodies, sizes):
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"".join(bodies))
        theirs.shutdown(socket.SHUT_WR)
        made, heard, n = Gathering(ours), b"", 0
        while piece := made.recv(sizes[n % len(sizes)]):
            assert len(piece) <= sizes[n % len(sizes)]
            heard, n = heard + piece, n + 1
        made.close()

    assert heard == b"".join(bodies)
