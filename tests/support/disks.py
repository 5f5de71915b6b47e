"""A small disk of one's own, which can be filled up to the last byte and freed again."""

import errno
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.shared import needs_root, not_to_be_had

PIECES = (1 << 20, 1 << 16, 1 << 12)
AGAIN_S = 0.02


@dataclass
class SmallDisk:
    """`fill` keeps it full: what others give up on it meanwhile is taken as well, until `free`."""

    at: Path
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def fill(self) -> None:
        """Returns when nothing fits any more."""
        self._over.clear()
        self._take_the_rest()
        self._thread = threading.Thread(target=self._keep_full, name=f"fills {self.at}", daemon=True)
        self._thread.start()

    def free(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        (self.at / "filling").unlink(missing_ok=True)

    def _keep_full(self) -> None:
        while not self._over.wait(AGAIN_S):
            self._take_the_rest()

    def _take_the_rest(self) -> None:
        with (self.at / "filling").open("ab", buffering=0) as file:
            for piece in PIECES:
                with suppress(_NoRoomError):
                    while True:
                        _write(file.fileno(), bytes(piece))


class _NoRoomError(Exception):
    pass


def _write(file: int, piece: bytes) -> None:
    try:
        written = os.write(file, piece)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise _NoRoomError from error
    if written < len(piece):
        raise _NoRoomError


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounted at this new folder, in memory."""
    needs_root()
    at.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "forehand-test", str(at)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        not_to_be_had("mounts")
    made = SmallDisk(at)
    try:
        yield made
    finally:
        made.free()
        subprocess.run(["umount", "-l", str(at)], check=False, capture_output=True)
