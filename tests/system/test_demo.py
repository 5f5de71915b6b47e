"""`make demo`: everything starts, the whole story is told, and nothing is left behind."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[2]
STORY_S = 170
FAST_DAY_S = "1.4"


def demo(folder: Path, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "simulator", "demo", "--folder", str(folder), "--plain", "--port", "0", *more]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def processes_of(folder: Path) -> list[str]:
    """Command lines that name the demo's folder, or run with its database."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            surroundings = (place / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if int(place.name) != os.getpid() and (str(folder) in line or str(folder) in surroundings):
            found.append(line)
    return found


def rows(folder: Path, question: str) -> list[tuple[object, ...]]:
    """What the cloud's database says when all is over."""
    with closing(sqlite3.connect(folder / "cloud" / "forehand.db")) as connection:
        return connection.execute(question).fetchall()


@pytest.fixture
def running(tmp_path) -> Iterator["subprocess.Popen[str]"]:
    process = demo(tmp_path / "demo")
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def read_until(process: "subprocess.Popen[str]", word: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return lines
    raise AssertionError("".join(lines))


@pytest.mark.slow
def test_the_whole_story_is_told(tmp_path):
    process = demo(tmp_path / "demo", "--seconds", str(STORY_S), "--day", FAST_DAY_S)

    told, _ = process.communicate(timeout=STORY_S + 90)

    assert process.returncode == 0, told[-4000:]
    assert "✗" not in told
    assert processes_of(tmp_path / "demo") == []
    assert rows(tmp_path / "demo", "SELECT name FROM alarm_attempts WHERE call > 0 ORDER BY call") == [
        ("Bert Winter",), ("Cara Herbst",),
    ]  # fmt: skip
    told_of_standing = rows(tmp_path / "demo", "SELECT context FROM notifications WHERE template = 'standing_changed'")
    assert [json.loads(str(context))["before"] for [context] in told_of_standing] == [None]
    assert rows(tmp_path / "demo", "SELECT told_standing FROM wearers") == [("on",)]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_page_answers_and_a_signal_ends_everything(running, tmp_path, number):
    lines = read_until(running, "Ctrl-C")
    page = re.search(r"The page: +(\S+)", "".join(lines))
    assert page is not None
    assert httpx2.get(f"{page[1]}/healthz", timeout=10).status_code == 200
    assert processes_of(tmp_path / "demo")

    running.send_signal(number)

    assert running.wait(timeout=30) == 0
    assert processes_of(tmp_path / "demo") == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux's own")
def test_a_demo_that_is_killed_leaves_nothing_behind(running, tmp_path):
    read_until(running, "Ctrl-C")

    running.kill()
    running.wait()
    end = time.monotonic() + 10
    while processes_of(tmp_path / "demo") and time.monotonic() < end:
        time.sleep(0.2)

    assert processes_of(tmp_path / "demo") == []
