"""The standard table and a maker's own objects, brought together: the rule that decided stays in `basis`. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contract.fields import Quality, Supply
from contract.messages import SlotReport
from edge.sensors.snmp_level import Judged
from edge.sensors.snmp_private import Private

AGREES = 0.1  # two ways of counting the same cartridge differ by less


@dataclass(frozen=True)
class Found:
    """One supply: what it is, how much is left, and where the private value came from."""

    slot: SlotReport
    judged: Judged
    private: Private | None = None


def reconciled(found: Sequence[Found], privates: Sequence[Private]) -> list[Found]:
    """Each standard row with the private one that can only be it."""
    partner: dict[str, Private] = {}
    for private in privates:
        fits = [each for each in found if _fits(each, private)]
        if len(fits) > 1:  # one colour twice: the row that says "some" is the one that is in use
            fits = [each for each in fits if each.judged.quality is Quality.SOME]
        if len(fits) == 1 and fits[0].slot.slot not in partner:
            partner[fits[0].slot.slot] = private
    return [
        replace(each, judged=both(each.judged, partner[each.slot.slot].judged), private=partner[each.slot.slot])
        if each.slot.slot in partner
        else each
        for each in found
    ]


def _fits(each: Found, private: Private) -> bool:
    slot = each.slot
    if slot.supply is not private.supply:
        return False
    if slot.supply is Supply.PART:
        named = private.noun != "" and private.noun in (slot.description or "").lower()
        return named and slot.colour == private.colour
    if private.colour is not None:
        return slot.colour == private.colour
    return private.index is not None and slot.slot.endswith(f".{private.index}")


def both(standard: Judged, private: Judged) -> Judged:
    """What is known beats what is not; of two that agree the finer; where they differ, the private one, as a hint.

    A level that was only assumed to be percent counts as not known.
    """
    if private.value is None:
        return private if standard.value is None and private.quality is Quality.SOME else standard
    if standard.value is None or standard.basis == "assumed_percent":
        return private
    if abs(standard.value - private.value) <= AGREES:
        finer = (private.resolution or 1.0) < (standard.resolution or 1.0)
        return private if finer else standard
    return replace(private, quality=Quality.COARSE, basis="private_differs", resolution=AGREES)
