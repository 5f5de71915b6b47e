"""The demo as a visitor without Mosquitto sees it: in a terminal, with the page beside it, ended by Ctrl-C."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import httpx2
import pytest

from tests.shared import ROOT
from tests.system.test_demo import processes_of

ROWS, COLUMNS = 24, 80  # as small as terminals come
CURSOR_IS_BACK = "\x1b[?25h"
PATIENCE_S = 120


@dataclass
class Terminal:
    """What a program has written on a terminal that it takes for a person's."""

    process: "subprocess.Popen[bytes]"
    master: int
    _written: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def raw(self) -> str:
        return "".join(self._written)

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.raw)

    def types(self, key: bytes) -> None:
        os.write(self.master, key)

    def shows(self, pattern: str) -> "re.Match[str]":
        end = time.monotonic() + PATIENCE_S
        while (found := re.search(pattern, self.text)) is None:
            assert self.process.poll() is None, self.text[-3000:]
            assert time.monotonic() < end, f"no {pattern!r} in\n{self.text[-3000:]}"
            time.sleep(0.2)
        return found

    def ended(self) -> int:
        code = self.process.wait(timeout=30)
        self._reader.join(5)
        return code

    def _read(self) -> None:
        while True:
            try:
                self._written.append(os.read(self.master, 65_536).decode(errors="replace"))
            except OSError:  # nobody holds the other end any more
                return


@pytest.fixture
def terminal(tmp_path) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    command = [
        sys.executable, "-m", "simulator", "demo", "--folder", str(tmp_path / "demo"), "--port", "0",
        "--day", "1.2", "--try-out-broker",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        env={name: value for name, value in os.environ.items() if name not in {"ROWS", "LINES", "COLUMNS"}}
        | {"TERM": "xterm-256color"},
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - Ctrl-C must reach it
    )  # fmt: skip
    os.close(slave)
    made = Terminal(process, master)
    yield made
    if process.poll() is None:
        process.kill()
        process.wait()
    os.close(master)


def sign_in(page: str, email: str, password: str) -> httpx2.Client:
    client = httpx2.Client(base_url=page, follow_redirects=True, timeout=20)
    form = client.get("/sign-in").text
    token = re.search(r'name="csrf" value="([^"]+)"', form)
    answer = client.post(
        "/sign-in", data={"csrf": token[1] if token else "", "email": email, "password": password},
        headers={"Origin": page},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text[:500]
    return client


@pytest.mark.slow
def test_a_visitor_watches_it_signs_in_and_leaves(terminal, tmp_path):
    places = terminal.shows(r"The page: +(\S+) +(\S+), password (\S+)")
    terminal.shows("try-out")
    terminal.shows(r"order of 1 x ink-black: accepted")
    assert "█" in terminal.text

    with closing(sign_in(places[1], places[2], places[3])) as ada:
        assert "Black ink cartridge" in ada.get("/").text
    terminal.shows("cartridge is in the printer")

    terminal.types(b"\x03")

    assert terminal.ended() == 0
    assert CURSOR_IS_BACK in terminal.raw[-200:]
    assert "Traceback" not in terminal.text
    assert processes_of(tmp_path / "demo") == []
