"""Counters that outlive the spool's file: which boot this is, and which session."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

log = structlog.get_logger()

COUNTERS = "counters.json"


@dataclass(frozen=True)
class Counters:
    """What must go on counting when the spool's file is lost: an old session would be ignored for ever."""

    boot: int = 0
    boot_id: str = ""
    session: int = 0


def read_counters(path: Path) -> Counters:
    try:
        return Counters(**json.loads(path.read_text()))
    except FileNotFoundError:
        return Counters()
    except (OSError, ValueError, TypeError) as error:
        log.warning("counters_unreadable", error=str(error))
        return Counters()


def write_counters(path: Path, counters: Counters) -> None:
    """All or nothing, and on the disk when it returns."""
    fresh = path.with_suffix(".new")
    with fresh.open("w") as file:
        json.dump(asdict(counters), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def booted(counters: Counters, boot_id: str) -> Counters:
    if counters.boot_id == boot_id and counters.boot:
        return counters
    return Counters(counters.boot + 1, boot_id, counters.session)
