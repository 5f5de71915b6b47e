"""What tests need and a machine may not have: said by name, skipped here, a failure under STRICT=1."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
"""Recordings of real devices and the tools that drive them; not part of this repository."""


def is_strict() -> bool:
    return os.environ.get("STRICT") == "1"


def missing(what: str) -> NoReturn:
    """Skip by the name of what is missing; under STRICT=1 nothing skips."""
    if is_strict():
        pytest.fail(f"STRICT=1 and missing: {what}", pytrace=False)
    pytest.skip(f"missing: {what}")


def not_to_be_had(what: str) -> NoReturn:
    """Skip by name under STRICT=1 as well: no package of the system brings it."""
    pytest.skip(f"not to be had here: {what}")


def needs(path: Path) -> Path:
    """The path, if it is there."""
    if not path.exists():
        missing(str(path))
    return path


def needs_program(name: str) -> str:
    """Where the program is. Debian keeps some where only root looks."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return found or missing(f"the program {name}")


def needs_root() -> None:
    if os.geteuid() != 0:
        missing("root")
