"""The life of an order: a table of what each event does in each state. Repeats and late news are harmless."""

from enum import StrEnum


class State(StrEnum):
    """Where an order stands."""

    SCHEDULED = "scheduled"  # leaves at `send_at`; until then the customer may stop it
    HELD = "held"  # as scheduled, but put off by the customer or by their calendar
    SENDING = "sending"
    UNKNOWN = "unknown"  # sent, no answer: it may have been accepted
    ACCEPTED = "accepted"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    PARTIAL = "partial"  # some of it came, the rest does not
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to an order."""

    HOLD = "hold"
    RESUME = "resume"
    CANCEL = "cancel"  # by the customer, before it is sent
    START = "start"  # about to be sent
    UNCERTAIN = "uncertain"  # sent, no answer
    NOT_FOUND = "not_found"  # the supplier does not know it, and it will not be sent again
    UNREACHABLE = "unreachable"  # given up; it surely never arrived there
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"  # by the supplier, asked or not


class Refusal(StrEnum):
    """Why nothing was done."""

    OPEN_ORDER = "open_order"  # the slot has one already
    NO_ORDER = "no_order"
    TOO_LATE = "too_late"  # it has left
    NOT_SENT = "not_sent"  # news about an order that never left
    CLOSED = "closed"
    BAD_QUANTITY = "bad_quantity"
    NOTHING_TO_UNDO = "nothing_to_undo"


class Reason(StrEnum):
    """Who wanted it."""

    MANDATE = "mandate"
    TAP = "tap"


UNSENT = frozenset({State.SCHEDULED, State.HELD})
AT_SUPPLIER = frozenset({State.SENDING, State.UNKNOWN, State.ACCEPTED, State.SHIPPED})
OPEN = UNSENT | AT_SUPPLIER
CLOSED = frozenset(State) - OPEN
BY_CUSTOMER = "customer"
"""The `hold_reason` where a person put an order off, or sent it in spite of their calendar: no rule overrides them."""

NEWS = frozenset(
    {
        Event.ACCEPTED, Event.REFUSED, Event.SHIPPED, Event.DELIVERED, Event.PARTIAL, Event.FAILED, Event.CANCELLED,
    }
)  # fmt: skip
"""What a supplier says. It may come twice, late, and in any order."""

_S, _E = State, Event
_ARRIVED = {_E.DELIVERED: _S.DELIVERED, _E.PARTIAL: _S.PARTIAL}
_ENDED = {_E.FAILED: _S.FAILED, _E.REFUSED: _S.REFUSED, _E.CANCELLED: _S.CANCELLED}

_TABLE: dict[State, dict[Event, State]] = {
    _S.SCHEDULED: {_E.HOLD: _S.HELD, _E.RESUME: _S.SCHEDULED, _E.CANCEL: _S.CANCELLED, _E.START: _S.SENDING},
    _S.HELD: {_E.HOLD: _S.HELD, _E.RESUME: _S.SCHEDULED, _E.CANCEL: _S.CANCELLED, _E.START: _S.SENDING},
    _S.SENDING: {
        _E.START: _S.SENDING, _E.UNCERTAIN: _S.UNKNOWN, _E.ACCEPTED: _S.ACCEPTED, _E.SHIPPED: _S.SHIPPED,
        **_ARRIVED, **_ENDED, _E.NOT_FOUND: _S.CANCELLED, _E.UNREACHABLE: _S.FAILED,
    },
    _S.UNKNOWN: {
        _E.START: _S.UNKNOWN, _E.UNCERTAIN: _S.UNKNOWN, _E.ACCEPTED: _S.ACCEPTED, _E.SHIPPED: _S.SHIPPED,
        **_ARRIVED, **_ENDED, _E.NOT_FOUND: _S.CANCELLED,
    },
    _S.ACCEPTED: {_E.ACCEPTED: _S.ACCEPTED, _E.SHIPPED: _S.SHIPPED, **_ARRIVED, **_ENDED},
    # On its way: only the doorstep, a loss or a recall ends it; an older `refused` says nothing new.
    _S.SHIPPED: {_E.FAILED: _S.FAILED, _E.CANCELLED: _S.CANCELLED, **_ARRIVED},
    # Goods that did arrive are true in every case, also when the order was thought to be over.
    _S.PARTIAL: _ARRIVED,
    _S.FAILED: _ARRIVED,
    _S.REFUSED: _ARRIVED,
    _S.CANCELLED: _ARRIVED,
    _S.DELIVERED: {},
}  # fmt: skip


def next_state(state: State, event: Event, *, sent: bool = True) -> State | Refusal:
    """Where `event` leads from `state`. `sent`: the order has left for the supplier at least once.

    News that adds nothing leaves the state as it is; a closed order never opens again.
    """
    if not sent and (event in NEWS or state in CLOSED):
        return Refusal.CLOSED if state in CLOSED else Refusal.NOT_SENT
    target = _TABLE[state].get(event)
    if target is not None:
        return target
    if event in NEWS or event in {Event.UNCERTAIN, Event.UNREACHABLE, Event.NOT_FOUND}:
        return state
    return Refusal.CLOSED if state in CLOSED else Refusal.TOO_LATE


def packs_to_book(quantity: int, delivered_before: int, event: Event, delivered_now: int | None) -> int:
    """How many ordered packs the shelf gains by this news. `delivered_now` is a total, so that repeats add nothing."""
    if event is Event.DELIVERED:
        total = quantity
    elif event is Event.PARTIAL:
        total = min(quantity, max(0, delivered_now or 0))
    else:
        return 0
    return max(0, total - delivered_before)
