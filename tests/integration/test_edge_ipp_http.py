"""The thin I/O of the IPP driver against HTTP servers that behave and that do not."""

import socket
import threading
import time

import pytest

from edge.sensors.base import SensorError
from edge.sensors.ipp import HttpPost
from edge.sensors.ipp_wire import MAX_ANSWER_BYTES


@pytest.fixture
def serve():
    """One exchange: what comes is read, then each piece is sent, with a pause between."""
    sockets: list[socket.socket] = []
    over = threading.Event()

    def start(pieces, pause_s=0.0):
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def answer():
            talking, _ = listening.accept()
            with talking:
                asked = b""
                while not asked.endswith(b"question"):
                    asked += talking.recv(65_536)
                for piece in pieces:
                    try:
                        talking.sendall(piece)
                    except OSError:
                        return
                    if over.wait(pause_s):
                        return

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/ipp/print"

    yield start
    over.set()
    for listening in sockets:
        listening.close()


def ok(body):
    return [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body]


def test_the_body_of_the_answer_is_given_back(serve):
    assert HttpPost()(serve(ok(b"ipp")), b"question") == b"ipp"


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        ([b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"], "is the path in its address right"),
        ([b"not http at all\r\n\r\n"], "no answer from the printer"),
        ([], "no answer from the printer"),
        (ok(b"x" * (MAX_ANSWER_BYTES + 1)), "longer than"),
    ],
)
def test_another_answer_is_a_sensor_error(serve, pieces, told):
    with pytest.raises(SensorError, match=told):
        HttpPost()(serve(pieces), b"question")


def test_nobody_there_is_a_sensor_error():
    with pytest.raises(SensorError, match="refused"):
        HttpPost()("http://127.0.0.1:1/ipp/print", b"question")


def test_a_printer_that_dribbles_its_headers_is_left_in_time_and_not_asked_twice(serve):
    post = HttpPost(timeout_s=0.5)
    url = serve([b"HTTP/1.1 200 OK\r\n", *[b"X"] * 100], pause_s=0.1)
    began = time.monotonic()

    with pytest.raises(SensorError, match=r"longer than 0\.5 s"):
        post(url, b"question")
    assert time.monotonic() - began < 2
    with pytest.raises(SensorError, match="still busy"):
        post(url, b"question")
