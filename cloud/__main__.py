"""`python -m cloud`: all roles, one role, or one command."""

import argparse
import sys
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import OperationalError

from cloud import commands, db, local
from cloud.logs import configure
from cloud.settings import Settings, load
from kit.clock import Clock, ScaledClock, SystemClock


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
        return local.run(settings, lambda own: _serve(own, clock, None), clock.now())
    settings = local.with_own_broker(settings)
    if given.command == "migrate":
        return 0
    if hasattr(given, "does"):
        return commands.run(given.does, given, settings, db.engine(settings.database_url), clock.now())
    return _serve(settings, clock, given.command)


def _serve(settings: Settings, clock: Clock, role: str | None) -> int:
    """None: all roles."""
    from cloud import serving  # noqa: PLC0415 - slow to import, and no command needs it

    return serving.serve(settings, clock, serving.ROLES if role is None else (role,))


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
    except db.NewerSchemaError as error:
        sys.stderr.write(
            f"The database's schema is newer than this program ({error}): start the version that has changed it, or "
            "restore a dump that was made before.\n"
        )
        return False
    return True


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before the roles have taken the signal over
        sys.exit(130)
