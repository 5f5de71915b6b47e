"""The roles of this process, until a signal ends it."""

import gc
import signal
import socket
import sys
import threading
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from cloud import app as apps
from cloud.notifications.push import SchemaError
from cloud.notifications.smtp import MailError
from cloud.settings import Settings
from kit import ids
from kit.clock import Clock

ROLES = apps.ROLES
TURN_S = 0.0005  # a thread that computes (a forecast, many readings) lets an alarm's thread on after so long
# Python looks for rings of unreachable objects after every 700 new ones, and at times at all there are: 100 ms in which
# no alarm moves. What stands after the start stays anyway, and of what comes later hardly anything forms rings.
GARBAGE_THRESHOLDS = (50_000, 20, 100)

log = structlog.get_logger()


def serve(settings: Settings, clock: Clock, roles: tuple[str, ...]) -> int:
    """What the process ends with; 2: it was said what is wrong with the settings."""
    try:
        door = _door(settings, roles)
    except _NoDoorError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    client = settings.broker_username
    try:
        app = apps.build(settings, apps.real_parts(settings, clock, ids.system, client), roles)
    except (MailError, SchemaError) as error:
        sys.stderr.write(f"These settings cannot be used: {error} (FOREHAND_SMTP_URL, FOREHAND_APPRISE_SCHEMAS)\n")
        return 2
    sys.setswitchinterval(TURN_S)
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    app.start()
    log.info("started", roles=list(roles), page=settings.public_url if "web" in roles else None)
    try:
        if door is not None:
            _serve_http(app.web if "web" in roles else app.status, door, settings.trusted_proxies)
        else:
            _wait_for_a_signal()
    finally:
        app.close()
        log.info("stopped")
    return 0


class _NoDoorError(Exception):
    """What is wrong with the place, in words."""


def _door(settings: Settings, roles: tuple[str, ...]) -> socket.socket | None:
    """Of the pages, else of the status; None: nothing is served. Taken before anything starts. Raises _NoDoorError."""
    if "web" in roles:
        return _bound("pages", "WEB", settings.web_host, settings.web_port)
    if settings.status_port is not None:
        return _bound("status", "STATUS", settings.status_host, settings.status_port)
    return None


def _bound(what: str, name: str, host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise _NoDoorError(
            f"The {what} cannot be served at {host}:{port}: {error.strerror}. Choose another place: "
            f"FOREHAND_{name}_HOST, FOREHAND_{name}_PORT."
        ) from error


def _serve_http(served: FastAPI, door: socket.socket, trusted: str) -> None:
    config = uvicorn.Config(
        served, log_config=None, access_log=False, timeout_graceful_shutdown=5, server_header=False,
        proxy_headers=bool(trusted), forwarded_allow_ips=trusted,
    )  # fmt: skip
    _end_cleanly()
    uvicorn.Server(config).run(sockets=[door])


def _end_cleanly() -> None:
    """Uvicorn raises the signal that ended it once more: by default that would end us before anything is closed."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def _wait_for_a_signal() -> None:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    stopping.wait()
