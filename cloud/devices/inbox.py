"""Store each message once: its identity, its readings, the anchor of its boot, and which slots are due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud import many
from cloud.devices import rules, shown
from cloud.devices.inbox_tables import AnchorRow, InboxMessage, ReadingRow, SetAside
from cloud.devices.tables import Slot
from contract.fields import Refusal
from contract.messages import Anchor, Key, Readings

_ROWS_AT_ONCE = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INBOX = InboxMessage.__table__  # type: ignore[attr-defined]  # SQLModel sets it on every table class


@dataclass(frozen=True)
class Taken:
    """One readings message with the slots that its readings belong to, in the same order."""

    key: Key
    message: Readings
    slot_ids: tuple[str, ...]


def remember(session: Session, keys: Iterable[Key], now: datetime) -> set[Key]:
    """The keys that are new; the others were stored before. Two processes never both call a key new."""
    unique = list(dict.fromkeys(keys))
    if not unique:
        return set()
    fresh: set[Key] = set()
    for start in range(0, len(unique), _ROWS_AT_ONCE):
        rows = [
            {"agent_id": k.agent, "stream": k.stream, "lane": k.lane, "seq": k.seq, "received_at": now}
            for k in unique[start : start + _ROWS_AT_ONCE]
        ]
        fresh.update(Key(*row) for row in session.execute(*many.inserting(session, _INBOX, rows, _if_new)))
    return fresh


def _if_new(statement: Any) -> Any:
    key = _INBOX.c
    return statement.on_conflict_do_nothing().returning(key.agent_id, key.stream, key.lane, key.seq)


def note_anchors(session: Session, agent_id: str, stream: str, anchors: Iterable[Anchor | None]) -> dict[int, Anchor]:
    """Keep the first anchor of each boot (later ones differ by drift only) and date that boot's earlier rows.

    Returns what is known of the boots named.
    """
    given = {a.boot: a for a in reversed([a for a in anchors if a is not None])}
    known: dict[int, Anchor] = {}
    for boot, anchor in given.items():
        row = session.get(AnchorRow, (agent_id, stream, boot))
        if row is None:
            session.add(AnchorRow(agent_id=agent_id, stream=stream, boot=boot, up_ms=anchor.up_ms, at_ms=anchor.at_ms))
            _date_earlier_rows(session, agent_id, stream, anchor)
            known[boot] = anchor
        else:
            known[boot] = Anchor(boot=boot, up_ms=row.up_ms, at_ms=row.at_ms)
    return known


def anchor_of(session: Session, agent_id: str, stream: str, boot: int) -> Anchor | None:
    row = session.get(AnchorRow, (agent_id, stream, boot))
    return None if row is None else Anchor(boot=boot, up_ms=row.up_ms, at_ms=row.at_ms)


def record(session: Session, taken: list[Taken], anchors: Mapping[tuple[str, str, int], Anchor], now: datetime) -> None:
    """Write the readings and mark their slots as due. `anchors` by agent, stream and boot."""
    rows = [row for one in taken for row in _rows(one, anchors, now)]
    if rows:
        slots = shown.held(session, {row["slot_id"] for row in rows})
        session.execute(*many.inserting(session, ReadingRow.__table__, rows))  # type: ignore[attr-defined]
        shown.show(session, slots, rows, now)


def set_aside(
    session: Session, agent_id: str, topic: str, body: bytes, why: tuple[Refusal, str], now: datetime
) -> None:
    """Keep what could not be taken in, for staff. Where consent is missing, the content is not kept."""
    reason, detail = why
    keep = reason not in {Refusal.NO_CONSENT, Refusal.REVOKED}
    session.add(
        SetAside(
            agent_id=agent_id,
            topic=topic[:200],
            reason=reason,
            detail=detail[:300],
            body=body[:65_536] if keep else None,
            size=len(body),
            received_at=now,
        )
    )


def unfolded(session: Session, slot: Slot, limit: int = 2000) -> list[ReadingRow]:
    """What the forecast has not taken in yet, in the order in which it was stored."""
    rows = select(ReadingRow).where(ReadingRow.slot_id == slot.id, col(ReadingRow.id) > slot.folded_to)
    return list(session.exec(rows.order_by(col(ReadingRow.id)).limit(limit)))


def taken_in(session: Session, slot: Slot, numbers: tuple[int, int], start: datetime, limit: int) -> list[ReadingRow]:
    """Those of a moment or later, after the first of these numbers and up to the second; at most so many.

    A moment is never later than when the reading came.
    """
    after, upto = numbers
    start_ms = (start - _EPOCH) // timedelta(milliseconds=1)
    rows = (
        select(ReadingRow)
        .where(ReadingRow.slot_id == slot.id, col(ReadingRow.id) > after, col(ReadingRow.id) <= upto)
        .where(col(ReadingRow.received_at) >= start)
        .where(sa.or_(col(ReadingRow.at_ms).is_(None), col(ReadingRow.at_ms) >= start_ms))
    )
    return list(session.exec(rows.order_by(col(ReadingRow.id)).limit(limit)))


def _rows(one: Taken, anchors: Mapping[tuple[str, str, int], Anchor], now: datetime) -> Iterable[dict[str, Any]]:
    key, message = one.key, one.message
    anchor = anchors.get((key.agent, key.stream, message.boot))
    for position, (reading, slot_id) in enumerate(zip(message.readings, one.slot_ids, strict=True)):
        yield {
            "slot_id": slot_id, "agent_id": key.agent, "stream": key.stream, "seq": key.seq, "position": position,
            "boot": message.boot, "up_ms": reading.up_ms, "at_ms": rules.dated(reading.at_ms, reading.up_ms, anchor),
            "kind": reading.kind.value, "value": reading.value, "resolution": reading.resolution,
            "quality": reading.quality.value, "basis": reading.basis, "serial": reading.serial, "received_at": now,
        }  # fmt: skip


def _date_earlier_rows(session: Session, agent_id: str, stream: str, anchor: Anchor) -> None:
    session.execute(
        sa.update(ReadingRow)
        .where(col(ReadingRow.agent_id) == agent_id, col(ReadingRow.stream) == stream)
        .where(col(ReadingRow.boot) == anchor.boot, col(ReadingRow.at_ms).is_(None))
        .values(at_ms=anchor.at_ms - anchor.up_ms + col(ReadingRow.up_ms))
    )
