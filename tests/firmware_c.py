"""The C client (firmware_stubs/c), built once with sanitizers, and somebody to talk to it line by line."""

import atexit
import functools
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from contract import topics
from contract.decoding import decode, type_of
from contract.messages import Desired, encode
from contract.topics import Up
from tests.shared import ROOT, missing, needs_program

SOURCE = ROOT / "firmware_stubs" / "c"
RESULTS = (
    "ok", "ignored", "busy", "offline", "no_consent", "full", "too_large", "argument", "malformed", "board",
)  # fmt: skip
ME = "pi-1"
AT_MS = 1_795_334_400_000
_TOOLS_S = 300
_WORDS_OF_MOSQUITTO = Path("/usr/include/mosquitto.h")


@functools.cache
def _folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="forehand-firmware-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@functools.cache
def make(target: str) -> str:
    """What `make TARGET` says; it fails on the first warning."""
    words = ["make", "-s", "-C", str(SOURCE), f"BUILD={_folder()}", target]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=_TOOLS_S)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def program(name: str) -> Path:
    """One of the tests' own, or the example for this machine."""
    needs_program("make")
    needs_program("gcc")
    if name == "example_host" and not _WORDS_OF_MOSQUITTO.exists():
        missing(str(_WORDS_OF_MOSQUITTO))
    make("example" if name == "example_host" else "tests")
    return _folder() / name


def built(core: str) -> Path:
    """The library for a Cortex, as `make sizes` made it."""
    return _folder() / core / "libforehand.a"


def as_hex(word: str | bytes | None) -> str:
    """A word of the wire as the programs read it. None: the null pointer."""
    if word is None:
        return "-"
    return (word.encode() if isinstance(word, str) else word).hex() or "."


@dataclass
class Talk:
    """One client. Lines are collected, said at once by `run`, and answered in order."""

    lines: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    said: list[tuple[Up, bool, bytes]] = field(default_factory=list)
    told: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._process = subprocess.Popen([program("talk")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=_TOOLS_S)
        assert self._process.returncode == 0

    def say(self, *lines: str) -> str:
        """The result of the last one."""
        for line in lines:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            self._listen()
        return self.results[-1]

    def start(self, slots: int = 32, sectors: int = 8) -> Self:
        self.say(f"start {slots} {sectors}")
        return self

    def allowed(self, *purposes: str, consent: int = 1) -> Self:
        """Started, connected, and allowed so much."""
        self.start()
        self.say("will", "connect", "work")
        self.wish(*purposes, consent=consent)
        self.say("work")
        self.said.clear()
        return self

    def wish(self, *purposes: str, consent: int = 1, config: int = 1) -> str:
        return self.hear("desired", encode(Desired(config=config, consent=consent, purposes=list(purposes))))

    def hear(self, name: str, body: bytes) -> str:
        return self.say(f"heard {name} {as_hex(body)}")

    def measure(self, *, value: int = 370_000, up_ms: int = 0, slot: str = "1.3") -> str:
        device, basis = as_hex("printer-1"), as_hex("ratio")
        return self.say(f"reading {device} {as_hex(slot)} 0 0 {value} 10000 {basis} - {up_ms}", "readings")

    def messages(self, name: Up) -> list[Any]:
        """What was said on that topic, as the cloud reads it."""
        return [decode(body, type_of(topic)) for topic, _, body in self.said if topic is name]

    def _listen(self) -> None:
        for line in iter(self._process.stdout.readline, ""):
            kind, *words = line.split()
            if kind == "=":
                self.results.append(RESULTS[int(words[0])])
                return
            if kind == "?":
                self.told.append(words)
            else:
                address = topics.parse(words[0])
                self.said.append((address.name, words[1] == "1", bytes.fromhex(words[2])))
        msg = f"the client died after {self.results}"
        raise AssertionError(msg)
