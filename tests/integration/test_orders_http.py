"""The same supplier behind real HTTP: the client's answers, time-outs included."""

import random
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest

from cloud.orders.supplier_api import Line, PlaceOrder
from cloud.orders.supplier_client import Access, Known, NotKnown, NotSent, Refused, SupplierClient, Uncertain
from kit.clock import ManualClock
from simulator.supplier.desk import Desk
from simulator.supplier.server import SupplierServer
from simulator.supplier.warehouse import Fault, Habits, Warehouse
from tests.orders_world import SECRET, START, TOKEN

ORDER = PlaceOrder("fh-1", [Line("MILK-1L", 2, 149, "EUR")], {"street": "Main Street 1"})
QUICK = httpx2.Timeout(1.0, connect=1.0)


@pytest.fixture
def shop():
    servers = []

    def open_shop(*faults):
        stock = Warehouse(Habits(scripted=faults), random.Random(1))  # noqa: S311
        server = SupplierServer(Desk(stock, TOKEN, SECRET), ManualClock(START))
        server.start()
        servers.append(server)
        return Access(server.url, TOKEN), stock

    yield open_shop
    for server in servers:
        server.stop()


@pytest.fixture
def client():
    made = SupplierClient(timeout=QUICK)
    yield made
    made.close()


def test_an_order_is_accepted_found_and_cancelled(shop, client):
    access, _ = shop()

    placed = client.place(access, ORDER, "key-1")
    found = client.find(access, "fh-1")
    cancelled = client.cancel(access, "fh-1", "key-2")

    assert isinstance(placed, Known)
    assert placed == found
    assert isinstance(cancelled, Known)
    assert (placed.status.status, cancelled.status.status) == ("accepted", "cancelled")


def test_the_same_key_is_answered_as_the_first_time_and_another_body_is_refused(shop, client):
    access, stock = shop()
    first = client.place(access, ORDER, "key-1")

    assert client.place(access, ORDER, "key-1") == first
    assert client.place(access, PlaceOrder("fh-2", ORDER.lines, {}), "key-1") == Refused("key_reused")
    assert len(stock.parcels) == 1


def test_the_same_reference_under_another_key_is_refused(shop, client):
    access, stock = shop()
    client.place(access, ORDER, "key-1")

    assert client.place(access, ORDER, "key-2") == Refused("duplicate_reference")
    assert len(stock.parcels) == 1


def test_an_answer_that_gets_lost_leaves_us_uncertain_though_the_order_stands(shop, client):
    access, stock = shop(Fault.SILENT_ACCEPT)

    assert isinstance(client.place(access, ORDER, "key-1"), Uncertain)
    assert list(stock.parcels) == ["fh-1"]
    assert isinstance(client.find(access, "fh-1"), Known)


def test_refusals_come_with_their_reason_and_errors_are_uncertain(shop, client):
    access, _ = shop(Fault.REFUSE, Fault.ERROR)

    assert client.place(access, ORDER, "key-1") == Refused("out_of_stock")
    assert client.place(access, ORDER, "key-2") == Uncertain("http_503")


def test_a_cancellation_that_overtakes_its_order_bars_it(shop, client):
    access, stock = shop()

    assert isinstance(client.cancel(access, "fh-1", "key-1"), Known)
    assert client.place(access, ORDER, "key-2") == Refused("cancelled")
    assert stock.parcels == {}


def test_a_wrong_token_never_refuses_the_customers_order(shop, client):
    access, _ = shop()

    assert client.place(replace(access, api_token="wrong"), ORDER, "key-1") == NotSent("http_401")
    assert client.find(access, "fh-1") == NotKnown()


def test_nobody_listening_is_surely_not_sent(client):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    assert client.place(Access(f"http://127.0.0.1:{port}", TOKEN), ORDER, "k") == NotSent("unreachable")


def test_a_server_that_accepts_and_says_nothing_ends_in_a_time_out(client):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        access = Access(f"http://127.0.0.1:{silent.getsockname()[1]}", TOKEN)

        assert client.place(access, ORDER, "k") == Uncertain("timeout")


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (201, b"not json", Uncertain("malformed_answer")),
        (201, b'{"reference":"fh-1"}', Uncertain("malformed_answer")),
        (302, b"", Uncertain("malformed_answer")),
        (200, b"x" * 100_000, Uncertain("malformed_answer")),
        (422, b"<html>", Refused("http_422")),
        (422, b'{"code":"No Such\\u0000Thing"}', Refused("http_422")),
        (409, b'{"code":"in_progress"}', Uncertain("in_progress")),
        (429, b"", NotSent("http_429")),
    ],
)
def test_odd_answers_become_plain_ones(client, status, body, answer):
    class Odd(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Odd) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        got = client.place(Access(f"http://127.0.0.1:{server.server_address[1]}", TOKEN), ORDER, "k")
        thread.join()

    assert got == answer


def test_no_secret_stands_in_what_is_logged_of_an_access():
    assert TOKEN not in repr(Access("http://shop.test", TOKEN))
