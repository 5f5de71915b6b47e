"""What would have to be otherwise for an order to leave by itself: the fewest changes that do it, each tried."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

from cloud.replenishment.inputs import Inputs, MandateTerms
from cloud.replenishment.reasons import Outcome
from cloud.replenishment.rules import FEWEST_READS, decide

MOST_TOGETHER = 4
AND = "+"


def flips(inputs: Inputs) -> tuple[str, ...]:
    """The changes that alone would do it: names of `CHANGES`. Where none does, the smallest sets, joined by `AND`."""
    if decide(inputs).outcome is Outcome.ORDERED:
        return ()
    names = [name for name, change in CHANGES.items() if change(inputs) != inputs]
    if not _orders(_with(inputs, tuple(names))):
        return ()
    for size in range(1, MOST_TOGETHER + 1):
        found = tuple(AND.join(some) for some in combinations(names, size) if _orders(_with(inputs, some)))
        if found:
            return found
    return ()


def changed(inputs: Inputs, flip: str) -> Inputs:
    """As one of `flips` says."""
    return _with(inputs, tuple(flip.split(AND)))


def _with(inputs: Inputs, names: tuple[str, ...]) -> Inputs:
    for name in names:
        inputs = CHANGES[name](inputs)
    return inputs


def _orders(inputs: Inputs) -> bool:
    return decide(inputs).outcome is Outcome.ORDERED


def _cheaper(inputs: Inputs) -> Inputs:
    """As dear as the mandate still bears, and never dearer than it is."""
    if inputs.mandate is None or inputs.price_minor is None or inputs.quantity < 1:
        return inputs
    room = inputs.mandate.monthly_cap_minor - inputs.mandate.spent_this_month_minor
    borne = min(inputs.mandate.max_unit_price_minor, room // inputs.quantity)
    return replace(inputs, price_minor=max(0, min(inputs.price_minor, borne)))


def _more_used(inputs: Inputs) -> Inputs:
    return replace(inputs, empty_if_later=1.0)


def _home(inputs: Inputs) -> Inputs:
    if inputs.delivery_moved_by == "paused":
        return replace(inputs, presence="home")
    return replace(inputs, delivery_moved_by="", delivery_day=inputs.earliest_delivery, presence="home", home_from=None)


def _not_paused(inputs: Inputs) -> Inputs:
    if inputs.delivery_moved_by != "paused":
        return inputs
    return replace(inputs, delivery_moved_by="", delivery_day=inputs.earliest_delivery)


def _signed(inputs: Inputs) -> Inputs:
    """A mandate where none stands, wide enough for just this order."""
    if inputs.price_minor is None or (inputs.mandate is not None and not inputs.mandate.expired):
        return inputs
    enough = MandateTerms(
        inputs.price_minor, inputs.price_minor * inputs.quantity, 0, max(1, inputs.quantity), inputs.currency
    )
    return replace(inputs, mandate=enough)


CHANGES: dict[str, Callable[[Inputs], Inputs]] = {
    "lower_stock": _more_used,
    "home": _home,
    "no_pause": _not_paused,
    "mandate_signed": _signed,
    "consent_order": lambda i: replace(i, consent_order=True),
    "mode_automatic": lambda i: replace(i, mode_chosen="automatic"),
    "mode_earned": lambda i: replace(i, mode_earned=True),
    "lower_price": _cheaper,
    "nothing_on_its_way": lambda i: replace(i, in_transit=0.0),
    "fresh_reading": lambda i: replace(i, reading_age_hours=0.0),
    "another_reading": lambda i: replace(i, reads_since_event=FEWEST_READS),
    "level_seen": lambda i: replace(i, zero_unseen=False),
    "no_hold": lambda i: replace(i, snoozed=False, snoozed_until=None),
}
