"""Store each message once: its identity, its readings, the anchor of its boot, and which slots are due."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud import many
from cloud.devices import due, rules
from cloud.devices.inbox_tables import AnchorRow, InboxMessage, ReadingRow, SetAside
from cloud.devices.tables import Device, Slot
from contract.fields import WITH_VALUE, Refusal
from contract.messages import Anchor, Key, Readings

_ROWS_AT_ONCE = 500


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
    table = InboxMessage.__table__  # type: ignore[attr-defined]  # SQLModel sets it on every table class
    fresh: set[Key] = set()
    for start in range(0, len(unique), _ROWS_AT_ONCE):
        rows = [
            {"agent_id": k.agent, "stream": k.stream, "lane": k.lane, "seq": k.seq, "received_at": now}
            for k in unique[start : start + _ROWS_AT_ONCE]
        ]
        statement, given = many.inserting(session, table, rows)
        new = statement.on_conflict_do_nothing().returning(table.c.agent_id, table.c.stream, table.c.lane, table.c.seq)
        fresh.update(Key(*row) for row in session.execute(new, given))
    return fresh


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
        slots = _held(session, {row["slot_id"] for row in rows})
        session.execute(*many.inserting(session, ReadingRow.__table__, rows))  # type: ignore[attr-defined]
        _mark(session, slots, rows, now)


def _held(session: Session, slot_ids: Collection[str]) -> Sequence[Slot]:
    """Locked before their readings get numbers: else a review could go past a reading that is not committed yet."""
    rows = select(Slot).where(col(Slot.id).in_(slot_ids)).order_by(col(Slot.id)).with_for_update(key_share=True)
    return session.exec(rows.execution_options(populate_existing=True)).all()


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


def _mark(session: Session, slots: Sequence[Slot], rows: list[dict[str, Any]], now: datetime) -> None:
    by_slot: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_slot[row["slot_id"]].append(row)
    with_news = {slot.id for slot in slots if _show(slot, by_slot[slot.id], now)}
    session.add_all(slots)
    session.flush()
    due.mark(session, with_news, now)
    heard = {slot.device_id for slot in slots}
    session.execute(sa.update(Device).where(col(Device.id).in_(heard)).values(last_heard_at=now))


def _show(slot: Slot, rows: list[dict[str, Any]], now: datetime) -> bool:
    """What the slot says from now on. True: there is news in it.

    A device says the same again and again: that is taken in at the next look, and asks for none of its own. What comes
    with a serial number always counts: it may be another cartridge.
    """
    is_news = slot.due_at is None
    quality, value, value_at = slot.last_quality, slot.last_value, slot.last_value_at
    for row in rows:
        is_news |= row["serial"] is not None or row["quality"] != quality
        quality = row["quality"]
        if quality in WITH_VALUE:
            is_news |= row["value"] != value
            at = now if row["at_ms"] is None else datetime.fromtimestamp(row["at_ms"] / 1000, UTC)
            if value_at is None or value_at <= at:
                value, value_at = row["value"], at
    slot.last_heard_at, slot.last_quality, slot.last_value, slot.last_value_at = now, quality, value, value_at
    return is_news
