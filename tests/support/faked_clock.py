"""The wall clock of other processes, which jumps while they run. What only goes forward, and waiting, stay true."""

import importlib.util
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.shared import missing, not_to_be_had

DEBIAN = "*/faketime/libfaketime.so.1"
IN_PACKAGE = "vendor/libfaketime/src/libfaketime.so.1"
DAY_S = 86_400


@dataclass(frozen=True)
class FakedClock:
    """One for all processes that get its `env`. `file` says how far it is off."""

    file: Path
    library: Path

    @property
    def env(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def is_off_by(self, seconds: int) -> None:
        """From now on."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self.file)


def faked_clock(file: Path) -> FakedClock:
    """Right at first."""
    made = FakedClock(file, _library())
    made.is_off_by(DAY_S)
    asked = "import time; print(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic())"
    faked, plain = (_said(asked, env) for env in (made.env, {}))
    ahead = [one - other for one, other in zip(faked, plain, strict=True)]
    if not (ahead[0] > DAY_S / 2 and max(map(abs, ahead[1:])) < DAY_S / 2):
        not_to_be_had("a faked clock: libfaketime does not work on this machine")
    made.is_off_by(0)
    return made


def _said(program: str, env: dict[str, str]) -> list[float]:
    done = subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def _library() -> Path:
    """Not imported: only the processes that are started with it are to be faked."""
    package = importlib.util.find_spec("libfaketime")
    places = [Path(place) / IN_PACKAGE for place in (package.submodule_search_locations or [] if package else [])]
    found = [place for place in [*places, *Path("/usr/lib").glob(DEBIAN)] if place.exists()]
    return found[0] if found else missing("the package libfaketime")
