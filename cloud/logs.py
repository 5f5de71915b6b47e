"""Structured logs: one JSON line for each event, to standard error, with no secrets and no personal data."""

import logging
import sys
from contextlib import suppress

import structlog
from structlog.tracebacks import ExceptionDictTransformer


def configure(level: str) -> None:
    """For the whole process; libraries speak up from WARNING on."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),  # they hold secrets
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=Stderr,
    )


class Stderr:
    """Writes to standard error as it is at this moment. A log that cannot be written ends nobody's thread."""

    def __init__(self, *_args: object) -> None:
        pass

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):  # a broken pipe, a closed file
            sys.stderr.write(f"{message}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg
