"""`python -m simulator years`: every family lives its days twice, in two processes, and both must tell the same story.

The second process has another time zone and another order of hashes: nothing of the machine may show in the ledger.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FAMILIES = Path(__file__).with_name("scenarios")
MACHINES = ({"TZ": "Asia/Shanghai", "PYTHONHASHSEED": "1"}, {"TZ": "America/New_York", "PYTHONHASHSEED": "4242"})


@dataclass(frozen=True)
class Lived:
    """What became of one family, twice."""

    first: dict[str, Any]
    second: dict[str, Any]

    @property
    def is_the_same(self) -> bool:
        """All of it but how long it took."""
        return {**self.first, "seconds": 0} == {**self.second, "seconds": 0}

    @property
    def is_well(self) -> bool:
        return self.is_the_same and not self.first["broken_promises"]


def main(families: Iterable[Path], *, days: int, seed: int) -> int:
    """0: each told the same story twice and broke no promise. 1: not all."""
    is_well = True
    for family in families:
        lived = live(family, days=days, seed=seed)
        sys.stdout.write(f"{_line(lived)}\n")
        sys.stdout.flush()
        is_well = is_well and lived.is_well
    return 0 if is_well else 1


def families() -> list[Path]:
    return sorted(FAMILIES.glob("*.toml"))


def live(family: Path, *, days: int, seed: int) -> Lived:
    """Both side by side. Raises CalledProcessError where a family cannot live at all."""
    with tempfile.TemporaryDirectory(prefix="forehand-years-") as folder:
        reports = [Path(folder) / f"{number}.json" for number in range(len(MACHINES))]
        begun = [_begun(family, days, seed, report, machine) for report, machine in zip(reports, MACHINES, strict=True)]
        for process in begun:
            process.wait()
        for process, report in zip(begun, reports, strict=True):
            if not report.exists():
                raise subprocess.CalledProcessError(process.returncode, str(process.args))
        return Lived(*(json.loads(report.read_text()) for report in reports))


def _begun(family: Path, days: int, seed: int, report: Path, machine: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "simulator", "run", str(family), "--days", str(days), "--seed", str(seed)]
    command += ["--report", str(report)]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | machine, stdout=subprocess.DEVNULL)  # noqa: S603 - us


def _line(lived: Lived) -> str:
    found, again = lived.first, lived.second
    said = "the same twice" if lived.is_the_same else f"AND ANOTHER ONE, {again['ledger_hash'][:16]}"
    return (
        f"{found['scenario']}: {found['days']} days in {found['seconds']} s, "
        f"{sum(found['decisions'].values())} decisions, {sum(found['orders'].values())} orders, "
        f"{found['stockout_days']} days without, "
        f"{len(found['broken_promises'])} broken promises; ledger {found['ledger_hash'][:16]}, {said}"
    )
