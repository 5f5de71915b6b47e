"""A file that is replaced whole: whoever reads it sees the old one or the new one."""

import os
from pathlib import Path

PRIVATE = 0o600


def replace(path: Path, text: str) -> None:
    """A new file is the owner's alone. One that stands keeps its mode, and whose it is.

    Raises OSError, also when whose it is cannot be kept; then the old file stands.
    """
    fresh = path.with_name(path.name + ".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w") as file:  # noqa: PTH123 - its mode
        if path.exists():
            known = path.stat()
            mine = os.fstat(file.fileno())
            if (known.st_uid, known.st_gid) != (mine.st_uid, mine.st_gid):
                os.fchown(file.fileno(), known.st_uid, known.st_gid)
            os.fchmod(file.fileno(), known.st_mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
