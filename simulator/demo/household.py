"""The household of the demo: it lives on the shared clock, its printer answers on a port, its scale writes a file."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from kit.clock import Clock
from simulator import ipp_answer
from simulator.demo.ports import LOOPBACK
from simulator.home import Home
from simulator.randomness import stream

PRINTER = "/ipp/print"
CALENDAR = "/family.ics"
_MOMENT_S = 0.05  # of real time
_MAX_QUESTION = 100_000


class Household:
    """Lives from `start` to `stop`. Everything that touches `home` holds `lock`."""

    def __init__(self, home: Home, clock: Clock, weights: Path) -> None:
        self.home = home
        self.lock = threading.Lock()
        self._clock = clock
        self._weights = weights
        self._chance = stream(home.seed, "noise", home.scenario.scale.name)
        self._http = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self._http.daemon_threads = True
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.live()

    @property
    def printer_address(self) -> str:
        return f"ipp://{LOOPBACK}:{self._http.server_address[1]}{PRINTER}"

    @property
    def calendar_address(self) -> str:
        return f"http://{LOOPBACK}:{self._http.server_address[1]}{CALENDAR}"

    def start(self) -> None:
        for work in (self._http.serve_forever, self._run):
            thread = threading.Thread(target=work, name="household", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join(timeout=5)

    def live(self) -> None:
        """Catch up with the clock, and let the scale show what it shows."""
        with self.lock:
            self.home.advance(self._clock.now())
            shown = self.home.milk.shown(self._chance)
        if shown is not None:
            fresh = self._weights.with_suffix(".new")
            fresh.write_text(f"grams\n{shown:.1f}\n")
            fresh.replace(self._weights)

    def printer_says(self, asked: bytes) -> bytes:
        with self.lock:
            return ipp_answer.answer(self.home.printer, asked, up_s=86_400)

    def calendar_says(self) -> bytes:
        with self.lock:
            return self.home.calendar()

    def _run(self) -> None:
        while not self._stop.wait(_MOMENT_S):
            self.live()


def _handler(household: Household) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _MAX_QUESTION))
            if self.path == PRINTER:
                self._answer(200, "application/ipp", household.printer_says(asked))
            else:
                self._answer(404, "text/plain", b"no printer here")

        def do_GET(self) -> None:
            if self.path == CALENDAR:
                self._answer(200, "text/calendar; charset=utf-8", household.calendar_says())
            else:
                self._answer(404, "text/plain", b"nothing here")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
