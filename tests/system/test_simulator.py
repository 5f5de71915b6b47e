"""The real agent and the real cloud, driven through a household's days: the same seed tells the same story."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ONE_HOME = ROOT / "simulator" / "scenarios" / "one-home.toml"
SLOTS = {"ink-black", "milk-1l"}


def simulate(report: Path, days: int, seed: int = 7, **environment: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "simulator", "run", str(ONE_HOME), "--days", str(days), "--seed", str(seed)]
    done = subprocess.run(
        [*command, "--report", str(report)],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@pytest.fixture(scope="module")
def two_months(tmp_path_factory) -> dict[str, Any]:
    return simulate(tmp_path_factory.mktemp("run") / "report.json", days=60)


@pytest.mark.slow
def test_sixty_days_break_no_promise(two_months):
    assert two_months["broken_promises"] == []
    assert two_months["days"] == 60


@pytest.mark.slow
def test_every_supply_is_reported_and_something_was_ordered(two_months):
    assert set(two_months["slots"]) == SLOTS
    assert two_months["orders"]["delivered"] >= 3
    assert two_months["slots"]["milk-1l"]["orders"] >= 2
    assert all(slot["cover_days"] is None or slot["cover_days"] > 0 for slot in two_months["slots"].values())


@pytest.mark.slow
def test_somebody_who_does_nothing_seldom_runs_out(two_months):
    assert two_months["stockout_days"] <= 10


@pytest.mark.slow
def test_the_same_seed_gives_the_same_ledger_in_any_process_and_time_zone(tmp_path):
    here = simulate(tmp_path / "a.json", 14, TZ="Asia/Shanghai", PYTHONHASHSEED="1")
    there = simulate(tmp_path / "b.json", 14, TZ="America/New_York", PYTHONHASHSEED="4242")
    another = simulate(tmp_path / "c.json", 14, seed=8)

    assert here["ledger_hash"] == there["ledger_hash"]
    assert {**here, "seconds": 0} == {**there, "seconds": 0}
    assert another["ledger_hash"] != here["ledger_hash"]


def test_a_wrong_scenario_is_refused_with_the_key_that_is_wrong(tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(ONE_HOME.read_text().replace("poll_s", "polls"))

    done = subprocess.run(
        [sys.executable, "-m", "simulator", "run", str(wrong)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "polls" in done.stderr
    assert "poll_s" in done.stderr
