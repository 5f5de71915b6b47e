"""The supplier or the mail catcher by itself, until Ctrl-C."""

import signal
import sys
import threading
from pathlib import Path

from kit.clock import ScaledClock, SystemClock
from simulator.mail import MailCatcher
from simulator.scenario import SupplierPart
from simulator.supplier.server import SupplierServer
from simulator.trade import API_TOKEN, WEBHOOK_SECRET, Trade


def supplier(host: str, port: int, webhooks: str | None, clock_file: Path | None) -> int:
    clock = ScaledClock(clock_file) if clock_file else SystemClock()
    trade = Trade(SupplierPart(lead_days=[1.0, 2.0, 4.0]), seed=7)
    server = SupplierServer(trade.desk, clock, host=host, port=port, webhook_url=webhooks)
    server.start()
    sys.stdout.write(f"supplier: {server.url}\n  token {API_TOKEN}\n  webhook secret {WEBHOOK_SECRET}\n")
    sys.stdout.flush()
    wait_for_the_end()
    server.stop()
    return 0


def mail(host: str, smtp_port: int, web_port: int) -> int:
    catcher = MailCatcher(host=host, smtp_port=smtp_port, web_port=web_port)
    catcher.start()
    sys.stdout.write(f"mail: send to {catcher.smtp_url}, read at {catcher.web_url}\n")
    sys.stdout.flush()
    wait_for_the_end()
    catcher.stop()
    return 0


def wait_for_the_end() -> None:
    """Until SIGINT or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
