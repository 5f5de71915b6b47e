"""What the agent had to let go of: kept until the cloud says that it knows."""

import sqlite3

from contract.fields import Loss
from contract.messages import Gap
from edge.spool_seal import seal

Span = tuple[int, int]


def declare(db: sqlite3.Connection, gap: Gap) -> None:
    """Join it to its neighbours, unless they were already told: what was told stays as it was."""
    first, last = gap.range
    near = db.execute(
        "SELECT first, last FROM gaps WHERE stream = ? AND lane = ? AND reason = ? AND told = 0"
        " AND last >= ? AND first <= ?",
        (gap.stream, gap.lane, gap.reason, first - 1, last + 1),
    ).fetchall()
    for old_first, old_last in near:
        db.execute("DELETE FROM gaps WHERE stream = ? AND lane = ? AND first = ?", (gap.stream, gap.lane, old_first))
        first, last = min(first, old_first), max(last, old_last)
    values = (gap.stream, gap.lane, first, last, gap.reason.value)
    db.execute(
        "INSERT OR REPLACE INTO gaps (stream, lane, first, last, reason, seal, told) VALUES (?, ?, ?, ?, ?, ?, 0)",
        (*values, seal(*values)),
    )


def waiting(db: sqlite3.Connection, limit: int) -> list[Gap]:
    """The oldest first."""
    rows = db.execute(
        "SELECT stream, lane, first, last, reason FROM gaps ORDER BY stream, lane, first LIMIT ?", (limit,)
    )
    return [Gap(stream=s, lane=lane, range=[a, b], reason=Loss(why)) for s, lane, a, b, why in rows]


def mark_told(db: sqlite3.Connection, gaps: list[Gap]) -> None:
    keys = [(gap.stream, gap.lane, gap.range[0]) for gap in gaps]
    db.executemany("UPDATE gaps SET told = 1 WHERE stream = ? AND lane = ? AND first = ? AND told = 0", keys)


def answered(db: sqlite3.Connection, stream: str, lane: str, spans: list[Span]) -> None:
    """Forget what the cloud named; of a gap named in part the rest is kept."""
    for named_first, named_last in spans:
        rows = db.execute(
            "DELETE FROM gaps WHERE stream = ? AND lane = ? AND last >= ? AND first <= ? RETURNING first, last, reason",
            (stream, lane, named_first, named_last),
        ).fetchall()
        for first, last, reason in rows:
            for rest in ((first, named_first - 1), (named_last + 1, last)):
                if rest[0] <= rest[1]:
                    declare(db, Gap(stream=stream, lane=lane, range=list(rest), reason=Loss(reason)))
