"""The detector in C (firmware_stubs/c/falls) beside the one in Python: the same falls at the same sample?

Compiled for this machine with sanitizers, and for a Cortex-M4, whose code QEMU runs with the recordings fed through
semihosting: instructions are counted there, one in each nanosecond of its clock.
"""

import atexit
import functools
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from benchmarks.falls import WRIST, MissingError, load_sets
from edge.falls.candidates import Candidates
from edge.falls.detector import Detector
from edge.falls.model import shipped
from edge.falls.resampling import Samples
from edge.falls.window import curves

SOURCE = Path(__file__).resolve().parents[1] / "firmware_stubs" / "c" / "falls"
ON_BOARD_EVERY = 10
_TOOLS_S = 300
Told = tuple[int, int, int, int, int]
"""Of which recording, known at, impact at, vote, percent."""


def needs(*programs: str) -> None:
    """Raises MissingError."""
    for program in programs:
        if shutil.which(program) is None:
            raise MissingError(program)


@functools.cache
def _folder(model: str) -> Path:
    made = Path(tempfile.mkdtemp(prefix=f"forehand-falls-{model}-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@functools.cache
def make(target: str, model: str = "wrist") -> str:
    """What `make TARGET` says; it fails on the first warning. Raises MissingError."""
    needs("make", "gcc")
    words = ["make", "-s", "-C", str(SOURCE), f"BUILD={_folder(model)}", f"PYTHON={sys.executable}", f"MODEL={model}"]
    done = subprocess.run([*words, target], check=False, capture_output=True, text=True, timeout=_TOOLS_S)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def in_c(streams: list[tuple[float, Samples]], model: str = "wrist", *, every_peak: bool = False) -> list[Told]:
    """With sanitizers, which stop it at the first undefined step."""
    make("all", model)
    words = [str(_folder(model) / "replay"), str(_written(streams, model)), *(["all"] if every_peak else [])]
    return _told(_ran(words))


def in_qemu(streams: list[tuple[float, Samples]]) -> tuple[list[Told], list[int]]:
    """On a Cortex-M4. Also: instructions of all samples, samples, instructions of the longest one."""
    needs("arm-none-eabi-gcc", "qemu-system-arm")
    make("board")
    given = f"enable=on,target=native,arg=replay,arg={_written(streams, 'wrist')}"
    said = _ran([
        "qemu-system-arm", "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none",
        "-icount", "shift=0", "-semihosting-config", given, "-kernel", str(_folder("wrist") / "replay.elf"),
    ])  # fmt: skip
    counted = [line for line in said if line.startswith("instructions")]
    return _told(line for line in said if line not in counted), [int(word) for word in counted[0].split()[1:]]


def in_python(streams: list[tuple[float, Samples]], model: str = "wrist", *, every_peak: bool = False) -> list[Told]:
    made = shipped(model)
    told = []
    for number, (fs_hz, samples) in enumerate(streams):
        if every_peak:
            found = Candidates(fs_hz, made.trigger_mg).feed(samples)
            votes = made.votes(curves(np.stack([each.window for each in found]))) if found else []
            events = [(each.known_at, each.peak_at, vote) for each, vote in zip(found, votes, strict=True)]
        else:
            events = [(each.at, each.impact_at, each.vote) for each in Detector(fs_hz, made).feed(samples)]
        told += [(number, *event, round(100 * made.probability(event[2]))) for event in events]
    return told


def _written(streams: list[tuple[float, Samples]], model: str) -> Path:
    path = _folder(model) / "streams.bin"
    with path.open("wb") as file:
        for fs_hz, samples in streams:
            file.write(struct.pack("<II", round(fs_hz * 1000), len(samples)) + samples.astype("<i2").tobytes())
    return path


def _ran(words: list[str]) -> list[str]:
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=_TOOLS_S)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout.splitlines()


def _told(lines: Iterable[str]) -> list[Told]:
    found = []
    for line in lines:
        recording, at, impact_at, vote, percent = (int(word) for word in line.split())
        found.append((recording, at, impact_at, vote, percent))
    return found


def streams_of(name: str, every: int = 1) -> list[tuple[float, Samples]]:
    """Recordings as a sensor tells them."""
    trials = load_sets(name)[::every]
    return [(trial.fs, np.rint(trial.acc.astype(np.float64) * 1000).astype(np.int64)) for trial in trials]


def table() -> tuple[str, list[tuple[str, ...]]]:
    rows: list[tuple[str, ...]] = [("", "recordings", "falls, Python", "falls, C", "differences")]
    for model, name in (*(("wrist", name) for name in WRIST), ("waist", "sisfall")):
        streams = streams_of(name)
        rows.append(
            _compared(f"{name}, this machine with sanitizers", streams, in_python(streams, model), in_c(streams, model))
        )
    some = streams_of("weda", ON_BOARD_EVERY) + streams_of("umafall", ON_BOARD_EVERY)
    told, (instructions, _, longest) = in_qemu(some)
    rows.append(_compared("weda and umafall, each tenth, Cortex-M4 in QEMU", some, in_python(some), told))
    seconds = sum(len(stream) / fs_hz for fs_hz, stream in some)
    rows.append(("instructions for a second of signal", "", "", f"{instructions / seconds:,.0f}", ""))
    rows.append(("for the longest sample, with its decision", "", "", f"{longest:,}", ""))
    rows += [(line, "", "", "", "") for line in make("sizes").splitlines()[-2:]]
    return "The same detector in C and in Python, event for event", rows


def _compared(title: str, streams: list[tuple[float, Samples]], one: list[Told], other: list[Told]) -> tuple[str, ...]:
    return (title, str(len(streams)), str(len(one)), str(len(other)), str(len(set(one) ^ set(other))))
