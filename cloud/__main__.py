"""`python -m cloud`: all roles, one role, or one command."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from cloud import app as apps
from cloud import commands, db, local
from cloud.logs import configure
from cloud.settings import Settings, load
from kit import ids
from kit.clock import Clock, ScaledClock, SystemClock

log = structlog.get_logger()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m cloud", description=__doc__)
    commands.add_to(parser)
    given = parser.parse_args(arguments)
    try:
        settings = load()
    except ValidationError as error:
        names = ", ".join(f"FOREHAND_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        sys.stderr.write(f"These settings cannot be used: {names}\n")
        return 2
    configure(settings.log_level)
    clock: Clock = SystemClock() if settings.clock_file is None else ScaledClock(settings.clock_file)
    if given.command == "run":
        return local.run(settings, lambda own: _serve(own, clock, apps.ROLES))
    settings = local.with_own_broker(settings)
    if not _prepared(settings):
        return 2
    if given.command == "migrate":
        return 0
    if hasattr(given, "does"):
        return commands.run(given.does, given, settings, db.engine(settings.database_url), clock.now())
    return _serve(settings, clock, apps.ROLES if given.command is None else (given.command,))


def _prepared(settings: Settings) -> bool:
    """The schema is brought up to date before anything else. False: it was said what is wrong."""
    try:
        if settings.database_url.startswith("sqlite:///"):
            Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        db.upgrade(settings.database_url)
    except (OperationalError, OSError) as error:
        why = error.orig if isinstance(error, OperationalError) else error
        sys.stderr.write(f"The database cannot be reached: {why}\nIs FOREHAND_DATABASE_URL right, and does it run?\n")
        return False
    return True


def _serve(settings: Settings, clock: Clock, roles: tuple[str, ...]) -> int:
    client = settings.broker_username
    app = apps.build(settings, apps.real_parts(settings, clock, ids.system, client), roles)
    app.start()
    log.info("started", roles=list(roles), page=settings.public_url if "web" in roles else None)
    try:
        if "web" in roles:
            _serve_web(app)
        else:
            _wait_for_a_signal()
    finally:
        app.close()
        log.info("stopped")
    return 0


def _serve_web(app: apps.App) -> None:
    settings = app.settings
    config = uvicorn.Config(
        app.web, host=settings.web_host, port=settings.web_port, log_config=None, access_log=False,
        timeout_graceful_shutdown=5, server_header=False,
    )  # fmt: skip
    _end_cleanly()
    uvicorn.Server(config).run()


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
