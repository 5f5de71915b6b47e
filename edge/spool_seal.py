"""Small pure helpers of the spool: seals against rot, numbers to ranges."""

import zlib
from collections.abc import Iterator


def seal(*parts: object) -> int:
    """Bits rot on memory cards, and SQLite's own check does not look at values."""
    sealed = 0
    for part in parts:
        sealed = zlib.crc32(part if isinstance(part, bytes) else f"{part}\n".encode(), sealed)
    return sealed


def islands(rows: list[tuple[str, int]]) -> Iterator[tuple[str, tuple[int, int]]]:
    """(lane, seq) in order, as unbroken ranges."""
    start: tuple[str, int] | None = None
    last = ("", 0)
    for lane, seq in rows:
        if start is None or (lane, seq) != (last[0], last[1] + 1):
            if start is not None:
                yield start[0], (start[1], last[1])
            start = (lane, seq)
        last = (lane, seq)
    if start is not None:
        yield start[0], (start[1], last[1])
