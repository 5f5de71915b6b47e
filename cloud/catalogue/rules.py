"""Which product fits which slot. Nothing fits by default: a wrong cartridge is worse than none."""

import hashlib
from dataclasses import dataclass

_OWN_CHOICE = 100
_PART_NUMBER = 50
_MODEL = 20
_DESCRIPTION = 10
_COLOUR = 5
_TYPE = 2


@dataclass(frozen=True)
class SlotTraits:
    """What is known of a slot. None: the device does not say."""

    household_id: str
    slot_id: str
    device_type: str
    model: str | None = None
    colour: str | None = None
    part_number: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class FitRule:
    """What a slot must be like. None: does not matter."""

    product_id: str
    device_type: str | None = None
    model: str | None = None
    colour: str | None = None
    part_number: str | None = None
    description: str | None = None
    household_id: str | None = None
    slot_id: str | None = None


def closeness(rule: FitRule, slot: SlotTraits) -> int:
    """How surely the rule's product belongs into the slot. 0: it does not fit."""
    if rule.household_id not in {None, slot.household_id} or rule.slot_id not in {None, slot.slot_id}:
        return 0
    wants = (
        (_TYPE, _same(rule.device_type, slot.device_type)),
        (_COLOUR, _same(rule.colour, slot.colour)),
        (_PART_NUMBER, _same(rule.part_number, slot.part_number)),
        (_MODEL, _within(rule.model, slot.model)),
        (_DESCRIPTION, _within(rule.description, slot.description)),
    )
    if any(agrees is False for _, agrees in wants):
        return 0
    own = _OWN_CHOICE if rule.slot_id is not None else 0
    return own + sum(points for points, agrees in wants if agrees)


def best_first(rules: list[FitRule], slot: SlotTraits) -> list[str]:
    """The products that fit, the surest first; equal ones by id, so that the answer is always the same."""
    points: dict[str, int] = {}
    for rule in rules:
        points[rule.product_id] = max(points.get(rule.product_id, 0), closeness(rule, slot))
    return sorted((p for p, score in points.items() if score > 0), key=lambda p: (-points[p], p))


def id_of(slug: str) -> str:
    """The same slug has the same id on every machine."""
    return hashlib.blake2b(slug.encode(), digest_size=16).hexdigest()


def _same(wanted: str | None, given: str | None) -> bool | None:
    if wanted is None:
        return None
    return given is not None and wanted.casefold() == given.casefold()


def _within(wanted: str | None, given: str | None) -> bool | None:
    if wanted is None:
        return None
    return given is not None and wanted.casefold() in given.casefold()
