"""The supplier behind real HTTP, on loopback: the desk, and a courier who brings the webhooks."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2

from kit.clock import Clock
from simulator.supplier.courier import Courier
from simulator.supplier.desk import Desk, Post, Request, Silence

_MAX_BODY = 20_000
_ROUND_S = 0.2  # of real time: the shown time may run far faster


def post_to(url: str) -> Callable[[Post], int]:
    """Deliver webhooks to `url`."""
    http = httpx2.Client(timeout=15, follow_redirects=False, trust_env=False)

    def deliver(post: Post) -> int:
        try:
            return http.post(url, headers=post.headers, content=post.body).status_code
        except httpx2.HTTPError:
            return 0

    return deliver


class SupplierServer:
    """Listens from `start` to `stop`. `webhook_url` None: nobody is told."""

    def __init__(
        self, desk: Desk, clock: Clock, *, host: str = "127.0.0.1", port: int = 0, webhook_url: str | None = None
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._http = ThreadingHTTPServer((host, port), _handler(desk, clock))
        self._http.daemon_threads = True
        self._courier = Courier(desk, post_to(webhook_url)) if webhook_url else None
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        work: list[Callable[[], None]] = [self._http.serve_forever]
        if self._courier is not None:
            work.append(self._bring)
        self._threads = [threading.Thread(target=each, daemon=True) for each in work]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _bring(self) -> None:
        while self._courier is not None and not self._stop.wait(_ROUND_S):
            self._courier.round(self._clock.now())


def _handler(desk: Desk, clock: Clock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: addresses of households stand in requests."""

        def _answer(self) -> None:
            try:
                answer = desk.answer(_asked(self), clock.now())
            except Silence:
                self.close_connection = True  # the request was taken, the answer gets lost
                return
            body = answer.encoded()
            self.send_response(answer.status)
            for name, value in {**answer.headers(), "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _asked(of: BaseHTTPRequestHandler) -> Request:
    try:
        length = min(int(of.headers.get("Content-Length") or 0), _MAX_BODY + 1)
    except ValueError:
        length = 0
    headers = {name.lower(): value for name, value in of.headers.items()}
    return Request(of.command, of.path, headers, of.rfile.read(length))
