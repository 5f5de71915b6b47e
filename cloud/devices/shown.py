"""What a slot shows of its readings: the last good value, when it was heard, and whether somebody should look at it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from cloud import many
from cloud.devices.tables import Device, Slot
from contract.fields import WITH_VALUE

Row = Mapping[str, Any]


class Shown(NamedTuple):
    """A slot's, while it is held."""

    id: str
    device_id: str
    due_at: datetime | None
    last_quality: str | None
    last_value: float | None
    last_value_at: datetime | None


_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
# Tables, not classes: what asks for rows of plain values need not go through the ORM, which takes as long again.
_SLOTS, _DEVICES = Slot.__table__, Device.__table__  # type: ignore[attr-defined]  # SQLModel sets it on table classes
_HELD = (
    sa.select(*(_SLOTS.c[name] for name in Shown._fields))
    .where(_SLOTS.c.id.in_(_IDS))
    .order_by(_SLOTS.c.id)
    .with_for_update(key_share=True)
)
_HEARD = sa.update(_DEVICES).where(_DEVICES.c.id.in_(_IDS)).values(last_heard_at=sa.bindparam("now"))


def held(session: Session, slot_ids: Collection[str]) -> list[Shown]:
    """Locked before their readings get numbers: else a review could go past a reading that is not committed yet."""
    return [Shown(*row) for row in session.execute(_HELD, {"ids": sorted(slot_ids)})]


def show(session: Session, slots: Sequence[Shown], rows: Collection[Row], now: datetime) -> None:
    """From now on the slots show these readings. Slots with news are due: a review that was finishing has let go."""
    by_slot: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_slot[row["slot_id"]].append(row)
    changed = [{"id": slot.id, **_after(slot, by_slot[slot.id], now)} for slot in slots]
    session.execute(*many.updating(session, _SLOTS, changed))
    session.execute(_HEARD, {"ids": sorted({slot.device_id for slot in slots}), "now": now})
    for known in session.identity_map.values():
        if isinstance(known, Slot | Device):
            session.expire(known)


def _after(slot: Shown, rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    """A device says the same again and again: that is taken in at the next look, and asks for none of its own.

    What comes with a serial number always counts: it may be another cartridge.
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
    due_at = now if is_news and (slot.due_at is None or slot.due_at > now) else slot.due_at
    return {
        "due_at": due_at, "last_quality": quality, "last_value": value, "last_value_at": value_at, "last_heard_at": now,
    }  # fmt: skip
