"""Spools for tests: opened in a folder, filled, looked into."""

from pathlib import Path

from contract.fields import Loss, Purpose
from edge.spool import READINGS, Spool
from edge.spool_file import Setup
from kit.ids import seeded

SMALL = 2_000


OPEN: list[Spool] = []


def close_all() -> None:
    while OPEN:
        OPEN.pop().close()


def opened(folder: Path, boot_id: str = "b1", max_bytes: int = 1_000_000, seed: int = 1) -> Spool:
    OPEN.append(Spool.open(Setup(folder, boot_id, max_bytes, ballast_bytes=10_000), seeded(seed)))
    return OPEN[-1]


def put(spool: Spool, count: int = 1, lane: str = READINGS, purpose: Purpose = Purpose.SUPPLY) -> list[int]:
    return [spool.put(lane, purpose, lambda seq: f"{lane} {seq}".encode()) for _ in range(count)]


def waiting(spool: Spool, lane: str = READINGS) -> list[int]:
    return [message.seq for message in spool.pending(lane, 0, 10_000)]


def told(spool: Spool) -> list[tuple[str, list[int], Loss]]:
    return [(gap.lane, gap.range, gap.reason) for gap in spool.gaps(1000)]
