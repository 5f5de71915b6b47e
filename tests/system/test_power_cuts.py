"""The power goes while agent and cloud write, again and again, on a disk of their own: what was promised is there."""

import fcntl
import os
import random
import secrets
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.shared import ROOT, needs_program, needs_root, not_to_be_had
from tests.support.processes import until
from tests.system.power_cut_writers import kept_by_agent, kept_by_cloud

CUTS = int(os.environ.get("CUTS") or 3)
EXT4_IOC_SHUTDOWN = 0x8004587D
AND_KEEP_NOTHING = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH: what is not on the disk by now never gets there
MEGABYTES = 256


@dataclass
class Disk:
    """A file system in a file, on which the power can be cut."""

    image: Path
    at: Path

    def mount(self) -> None:
        _run("mount", "-o", "loop", str(self.image), str(self.at))

    def cut(self) -> None:
        folder = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", AND_KEEP_NOTHING))
        finally:
            os.close(folder)

    def unmount(self) -> None:
        until(lambda: subprocess.run(["umount", self.at], check=False, capture_output=True).returncode == 0, 20)


@dataclass
class Writer:
    """A process, and what it has said it would keep; it says that on another disk."""

    kind: str
    folder: Path
    told: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        with self.told.open("ab") as out, self.told.with_suffix(".errors").open("ab") as errors:
            command = [sys.executable, "-m", "tests.system.power_cut_writers", self.kind, str(self.folder)]
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=errors)

    def promised(self) -> list[int]:
        """Without a last line that was cut short."""
        return [int(line) for line in self.told.read_text().rpartition("\n")[0].split()]

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    needs_root()
    needs_program("mkfs.ext4")
    made = Disk(tmp_path / "image", tmp_path / "disk")
    made.at.mkdir()
    with made.image.open("wb") as image:
        image.truncate(MEGABYTES * 2**20)
    _run("mkfs.ext4", "-q", str(made.image))
    try:
        made.mount()
    except subprocess.CalledProcessError:
        not_to_be_had("loop devices")
    yield made
    subprocess.run(["umount", made.at], check=False, capture_output=True)


@pytest.mark.root
@pytest.mark.slow
def test_what_was_promised_survives_every_power_cut(disk, tmp_path):
    seed = int(os.environ.get("SEED") or secrets.randbelow(10_000))
    chances = random.Random(seed)  # noqa: S311 - repeatable on purpose
    writers = [Writer(kind, disk.at / kind, tmp_path / f"{kind}.told") for kind in ("agent", "cloud")]
    for writer in writers:
        writer.folder.mkdir()
        writer.told.touch()
    for number in range(CUTS):
        before = [len(writer.promised()) for writer in writers]
        for writer in writers:
            writer.start()
        until(lambda before=before: all(len(w.promised()) > n for w, n in zip(writers, before, strict=True)), 90)
        time.sleep(chances.uniform(0.0, 0.5))
        promised = [set(writer.promised()) for writer in writers]  # what is said while the power goes, nobody has heard
        disk.cut()
        for writer in writers:
            writer.kill()
        disk.unmount()
        disk.mount()
        _all_is_there(writers, promised, f"cut {number + 1}, seed {seed}")
    sys.stdout.write(f"seed {seed}: {CUTS} cuts, promised {[len(writer.promised()) for writer in writers]}, lost 0\n")


def _all_is_there(writers: list[Writer], promised: list[set[int]], when: str) -> None:
    at_agent, at_cloud = promised
    assert at_agent <= kept_by_agent(writers[0].folder), when
    kept = kept_by_cloud(writers[1].folder)
    assert at_cloud <= kept, when
    assert kept == set(range(1, max(kept) + 1)), when
