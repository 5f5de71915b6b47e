"""Recorded printers that really answer: snmpsim on a free port of loopback, and an HTTP server for IPP."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

READY_S = 60.0
USER, PASSWORD = "reader", "auctoritas"
_PROGRAM = "from snmpsim.commands.responder import main; import sys; sys.exit(main())"


@contextmanager
def snmp_printers(folders: Sequence[Path], work: Path) -> Iterator[int]:
    """Every `NAME.snmprec` in these folders answers to the community NAME, and in SNMPv3 in the context NAME.

    The port. `work` holds indexes and log. Raises RuntimeError with the log's end if it does not start.
    """
    port = _free_port()
    log = work / "snmpsim.log"
    with log.open("wb") as out:
        child = subprocess.Popen(_command(folders, work, port), stdout=out, stderr=out)
    try:
        _await(child, port, log)
        yield port
    finally:
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(5)
        child.kill()
        child.wait()


def _command(folders: Sequence[Path], work: Path, port: int) -> list[str]:
    folders_named = [f"--data-dir={each}" for each in folders]
    rights = ["--process-user=root", "--process-group=root"] if os.geteuid() == 0 else []
    return [
        sys.executable, "-c", _PROGRAM, "--v3-engine-id=auto", *folders_named, f"--cache-dir={work / 'cache'}",
        f"--agent-udpv4-endpoint=127.0.0.1:{port}", f"--v3-user={USER}", f"--v3-auth-key={PASSWORD}",
        "--v3-auth-proto=SHA", *rights,
    ]  # fmt: skip


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(child: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until and child.poll() is None:
        if _is_bound(port):
            return
        time.sleep(0.1)
    raise RuntimeError(f"snmpsim did not start: {log.read_text(errors='replace')[-500:]}")


def _is_bound(port: int) -> bool:
    """What is sent to a port that nobody has comes back as a refusal."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        probe.connect(("127.0.0.1", port))
        probe.send(b"-")
        try:
            probe.recv(1)
        except TimeoutError:
            return True
        except OSError:
            return False
    return True


@contextmanager
def ipp_printer(answer: bytes) -> Iterator[int]:
    """A printer that gives this answer to every POST. The port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Type", "application/ipp")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
