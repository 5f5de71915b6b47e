"""The fetcher on a real socket: a server that behaves, one that drips, one that hangs up."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cloud.calendars.feeds import Fetched, Fetcher, NotModified
from cloud.calendars.ics import Refused

BODY = (Path(__file__).parents[1] / "fixtures" / "ics" / "google.ics").read_bytes()


class Feed(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/drip":
            self._drip()
        elif self.path == "/drip-body":
            self.send_response(200)
            self.end_headers()
            self._drip()
        elif self.path == "/hang-up":
            self.connection.close()
        elif self.headers.get("If-None-Match") == '"1"':
            self.send_response(304)
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("X-Host", self.headers["Host"])
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

    def _drip(self) -> None:
        try:
            for _ in range(100):
                self.wfile.write(b"H")
                time.sleep(0.1)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://feeds.example:{server.server_port}"
    server.shutdown()
    server.server_close()


def home(**more) -> Fetcher:
    return Fetcher(lambda _host, _port: ["127.0.0.1"], allow_private=True, **more)


def test_a_calendar_is_fetched_once_and_then_only_if_it_changed(address):
    first = home().fetch(f"{address}/family.ics")

    assert first == Fetched(BODY, '"1"')
    assert home().fetch(f"{address}/family.ics", '"1"') == NotModified()


def test_a_private_address_is_refused_unless_a_setting_allows_it(address):
    fetcher = Fetcher(lambda _host, _port: ["127.0.0.1"])

    assert fetcher.fetch(f"{address}/family.ics") == Refused("address_not_allowed")


@pytest.mark.parametrize("path", ["drip", "drip-body"])
def test_a_server_that_drips_is_cut_off(address, path):
    began = time.monotonic()

    assert home(deadline_s=0.5).fetch(f"{address}/{path}") == Refused("unreachable")
    assert time.monotonic() - began < 3


def test_a_server_that_hangs_up_or_is_not_there_is_unreachable(address):
    assert home().fetch(f"{address}/hang-up") == Refused("unreachable")
    assert home().fetch("http://feeds.example:9/") == Refused("unreachable")


def test_a_name_that_nobody_knows_is_unreachable():
    assert Fetcher().fetch("https://no-such-host.invalid/a.ics") == Refused("unreachable")
