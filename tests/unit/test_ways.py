"""Each way out of the home keeps the same promises as its stand-in; what only one can do is shown beside it."""

import base64
import json
import os
import threading
import tty
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest
import standardwebhooks

from edge.ways import modem, webhook
from edge.ways.modem import Modem
from edge.ways.way import Call, SoftWay, WayError
from edge.ways.webhook import Webhook

CALL = Call("pi-1", "ab" * 16, "wristband-1", "fall", "detector", 1_772_352_000_000, 0.87)
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


class Receiver:
    """A program in the home, on a free port; `status` is what it answers."""

    def __init__(self):
        self.status, self.heard = 200, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append((self.path, dict(self.headers), body))
                self.send_response(outer.status)
                self.send_header("Location", "http://elsewhere.example/")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.server_port}/alarm"


class FakeModem:
    """The other end of a serial line. `works` False: the network takes nothing. `sent`: number and text."""

    def __init__(self):
        self.works, self.sent, self.number = True, [], ""
        self._fd, other = os.openpty()
        tty.setraw(other)
        self.path = os.ttyname(other)
        self._other = other
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        heard = b""
        while True:
            try:
                heard += os.read(self._fd, 1024)
            except OSError:
                return
            while (end := min((n for n in (heard.find(b"\r"), heard.find(b"\x1a")) if n >= 0), default=-1)) >= 0:
                line, heard = heard[:end], heard[end + 1 :]
                os.write(self._fd, self._answer(line.decode()))

    def _answer(self, line):
        if line.startswith("AT+CMGS="):
            self.number = line.split('"')[1]
            return b"\r\n> "
        if line.startswith("AT"):
            return b"\r\nOK\r\n"
        if not self.works and self.number != "+4930000001":
            return b"\r\n+CMS ERROR: 38\r\n"
        self.sent.append((self.number, line))
        return b"\r\n+CMGS: 7\r\n\r\nOK\r\n"

    def close(self):
        os.close(self._fd)
        os.close(self._other)


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def line():
    made = FakeModem()
    yield made
    made.close()


@pytest.fixture(params=["soft", "webhook", "modem"])
def way(request):
    """The way, and how to break and mend what it leads to."""
    if request.param == "soft":
        soft = SoftWay()
        return soft, lambda works: setattr(soft, "broken", not works)
    if request.param == "webhook":
        receiver = request.getfixturevalue("receiver")
        return Webhook(receiver.address), lambda works: setattr(receiver, "status", 204 if works else 503)
    line = request.getfixturevalue("line")
    return Modem(line.path, ["+4930123456"]), lambda works: setattr(line, "works", works)


def test_what_is_not_taken_is_said_so_and_the_next_try_may_succeed(way):
    sends, works = way
    works(False)
    with pytest.raises(WayError):
        sends.send(CALL, 1)
    works(True)

    sends.send(CALL, 2)


def test_a_webhook_hears_what_is_known_once_under_the_alarm_s_number(receiver):
    Webhook(receiver.address, token="s3cret", about="Ada, Lindenstr. 4").send(CALL, 3)

    ((path, headers, body),) = receiver.heard
    assert path == "/alarm"
    assert (headers["Authorization"], headers["Idempotency-Key"]) == ("Bearer s3cret", CALL.alarm_id)
    assert json.loads(body) == {
        "type": "alarm_unheard", "agent": "pi-1", "alarm_id": CALL.alarm_id, "device": "wristband-1", "kind": "fall",
        "by": "detector", "at_ms": CALL.at_ms, "probability": 0.87, "about": "Ada, Lindenstr. 4", "attempt": 3,
    }  # fmt: skip


def test_a_signature_is_one_that_the_standard_s_own_library_accepts(receiver):
    Webhook(receiver.address, key=webhook.key_of(SECRET)).send(CALL, 1)

    ((_, headers, body),) = receiver.heard
    assert standardwebhooks.Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(body + b" ", {name.lower(): v for name, v in headers.items()})


@pytest.mark.parametrize("status", [301, 307, 404, 500])
def test_a_redirect_is_followed_no_more_than_a_refusal(receiver, status):
    receiver.status = status

    with pytest.raises(WayError, match=str(status)):
        Webhook(receiver.address).send(CALL, 1)
    assert len(receiver.heard) == 1


def test_what_does_not_answer_in_time_has_not_taken_it():
    def hang(_request):
        raise httpx2.ReadTimeout("too slow")

    with pytest.raises(WayError, match="too slow"):
        Webhook("http://home.local/x", transport=httpx2.MockTransport(hang)).send(CALL, 1)


def test_neither_token_nor_address_is_shown():
    shown = repr(Webhook("http://home.local/secret-path", token="s3cret", key=b"k" * 24))

    assert not [word for word in ("secret-path", "s3cret", "kkk") if word in shown]


def test_a_message_says_who_and_when_in_letters_that_every_telephone_has(line):
    Modem(line.path, ["+4930123456"], about="Jürgen").send(CALL, 1)

    ((number, text),) = line.sent
    assert number == "+4930123456"
    assert text.startswith("Forehand: a fall at 08:00 UTC, J?rgen. Our service has not answered")
    assert text.endswith("ababab")
    assert len(text) <= 160


def test_whom_the_network_has_taken_it_for_is_not_sent_it_again(line):
    two = Modem(line.path, ["+4930000001", "+4930000002"])
    line.works = False
    with pytest.raises(WayError, match="CMS ERROR"):
        two.send(CALL, 1)
    line.works = True
    two.send(CALL, 2)

    assert [number for number, _ in line.sent] == ["+4930000001", "+4930000002"]


def test_a_modem_that_is_not_there_is_a_failure_like_another():
    with pytest.raises(WayError, match="No such file"):
        Modem("/dev/no-such-modem", ["+4930123456"]).send(CALL, 1)


def test_a_modem_that_says_nothing_is_waited_for_no_longer_than_its_time(monkeypatch):
    silent, other = os.openpty()
    monkeypatch.setattr(modem, "TIMEOUT_S", 0.05)
    try:
        with pytest.raises(WayError, match="does not answer"):
            Modem(os.ttyname(other), ["+4930123456"]).send(CALL, 1)
    finally:
        os.close(silent)
        os.close(other)
