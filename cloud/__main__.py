"""`python -m cloud`: all roles, one role, or one command."""

import argparse
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import OperationalError

from cloud import app as apps
from cloud import commands, db, local
from cloud.logs import configure
from cloud.notifications.push import SchemaError
from cloud.notifications.smtp import MailError
from cloud.settings import Settings, load
from kit import ids
from kit.clock import Clock, ScaledClock, SystemClock

TURN_S = 0.0005  # a thread that computes (a forecast, many readings) lets an alarm's thread on after so long

log = structlog.get_logger()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m cloud", description=__doc__)
    commands.add_to(parser)
    given = parser.parse_args(arguments)
    try:
        settings = load()
    except ValidationError as error:
        sys.stderr.write(f"These settings cannot be used: {', '.join(map(_told, error.errors()))}\n")
        return 2
    except ValueError as error:
        sys.stderr.write(f"These settings cannot be used: {error}\n")
        return 2
    configure(settings.log_level)
    clock: Clock = SystemClock() if settings.clock_file is None else ScaledClock(settings.clock_file)
    if not _prepared(settings):
        return 2
    if given.command == "run":
        return local.run(settings, lambda own: _serve(own, clock, apps.ROLES), clock.now())
    settings = local.with_own_broker(settings)
    if given.command == "migrate":
        return 0
    if hasattr(given, "does"):
        return commands.run(given.does, given, settings, db.engine(settings.database_url), clock.now())
    return _serve(settings, clock, apps.ROLES if given.command is None else (given.command,))


def _told(error: ErrorDetails) -> str:
    name = "_".join(map(str, error["loc"])).upper()
    return f"FOREHAND_{name}: {error['msg'].removeprefix('Value error, ')}"


def _prepared(settings: Settings) -> bool:
    """The schema is brought up to date before anything else. False: it was said what is wrong."""
    try:
        if settings.database_url.startswith("sqlite:///"):
            Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(0o700, parents=True, exist_ok=True)
        db.upgrade(settings.database_url)
    except (OperationalError, OSError) as error:
        why = error.orig if isinstance(error, OperationalError) else error
        sys.stderr.write(
            f"The database cannot be reached: {' '.join(str(why).split())}\n"
            "Are FOREHAND_DATABASE_URL and FOREHAND_DATA_DIR right, and does it run?\n"
        )
        return False
    return True


def _serve(settings: Settings, clock: Clock, roles: tuple[str, ...]) -> int:
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


if __name__ == "__main__":
    sys.exit(main())
