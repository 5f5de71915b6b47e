"""Order or hold? Every answer carries its reasons, and what would change it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from cloud.replenishment.costs import NEVER_SPOIL
from cloud.replenishment.inputs import Inputs, MandateTerms
from cloud.replenishment.reasons import Outcome, Reason

RULES_VERSION = 1
STALE_AFTER_HOURS = 72.0
FEWEST_READS = 2  # one reading alone moves nothing
CYCLES_TO_EARN = 3
_MIDDLE = 3  # of the forecast's levels


@dataclass(frozen=True)
class Decision:
    """`send_on`: the day to send the order so that it arrives on `deliver_on`. Both None: at once, any day."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    quantity: int = 0
    deliver_on: str | None = None
    send_on: str | None = None


@dataclass(frozen=True)
class Judged:
    """How one forecast turned out."""

    inside: bool
    at: datetime


def earned(judged: Sequence[Judged], vetoed_at: datetime | None = None) -> bool:
    """Automatic is earned by three cycles in a row inside their range, and lost by two misses in three.

    The range holds eight times in ten: a single miss is as it should be. When a person has stopped an automatic order
    (`vetoed_at`), it is earned anew from there.
    """
    counts = [j for j in judged if vetoed_at is None or j.at > vetoed_at]
    hits = [j.inside for j in sorted(counts, key=lambda j: j.at)]
    has_it = False
    for end in range(CYCLES_TO_EARN, len(hits) + 1):
        of_these = sum(hits[end - CYCLES_TO_EARN : end])
        has_it = of_these == CYCLES_TO_EARN or (has_it and of_these >= CYCLES_TO_EARN - 1)
    return has_it


def decide(inputs: Inputs) -> Decision:
    """Pure: the same inputs give the same decision, now and in a year."""
    for question in (_may_not, _knows_too_little, _need_not):
        answer = question(inputs)
        if answer is not None:
            return answer
    if inputs.delivery_moved_by and date.fromisoformat(_send_on(inputs)) > date.fromisoformat(inputs.today):
        return _held_for_the_calendar(inputs)
    return _as_the_mode_says(inputs)


def orders_by_itself(inputs: Inputs) -> bool:
    """Whether to place an order without asking: now, or now for the day of return when only the calendar holds it."""
    if decide(inputs).outcome is Outcome.HELD and inputs.delivery_moved_by:
        inputs = replace(inputs, delivery_moved_by="", delivery_day=inputs.earliest_delivery)
    return decide(inputs).outcome is Outcome.ORDERED


def _may_not(inputs: Inputs) -> Decision | None:
    if inputs.supply != "consumable":
        return Decision(Outcome.BLOCKED, (Reason.NOT_A_CONSUMABLE,))
    if not inputs.consent_supply:
        return Decision(Outcome.BLOCKED, (Reason.NO_CONSENT_SUPPLY,))
    if not inputs.has_product:
        return Decision(Outcome.BLOCKED, (Reason.NO_PRODUCT,))
    return None


def _knows_too_little(inputs: Inputs) -> Decision | None:
    """Never from what is null, stale, a single reading, or a zero that was there from the beginning."""
    if not inputs.forecast_days:
        return Decision(Outcome.WAITING, (Reason.NO_FORECAST,))
    if inputs.reading_age_hours > STALE_AFTER_HOURS:
        return Decision(Outcome.WAITING, (Reason.STALE,))
    if inputs.reads_since_event < FEWEST_READS:
        return Decision(Outcome.WAITING, (Reason.ONE_READING,))
    if inputs.zero_unseen:
        return Decision(Outcome.WAITING, (Reason.ZERO_UNSEEN,))
    return None


def _need_not(inputs: Inputs) -> Decision | None:
    if inputs.in_transit > 0:
        return Decision(Outcome.WAITING, (Reason.ALREADY_ON_ITS_WAY,))
    if inputs.empty_if_later <= inputs.accepted_risk and not goes_along(inputs):
        reason = Reason.ENOUGH_ON_THE_SHELF if inputs.on_shelf >= 1 else Reason.ENOUGH_LEFT
        return Decision(Outcome.WAITING, (reason,))
    if inputs.snoozed:
        return Decision(Outcome.HELD, (Reason.HELD_BY_CUSTOMER,))
    return None


def _held_for_the_calendar(inputs: Inputs) -> Decision:
    reason = Reason.AWAY_ON_ARRIVAL if inputs.delivery_moved_by == "away" else Reason.PAUSED
    return Decision(Outcome.HELD, (reason,), inputs.quantity, inputs.delivery_day, _send_on(inputs))


def goes_along(inputs: Inputs) -> bool:
    """There is enough for now, but its order would be due within days, and a parcel leaves that it can share.

    Only what may be ordered without asking, what nobody has put off, and never past a closed door.
    """
    if not inputs.parcel or inputs.mode_chosen != "automatic" or inputs.snoozed or inputs.delivery_moved_by:
        return False
    is_due_soon = inputs.empty_if_waits > inputs.accepted_risk
    return is_due_soon and _is_used_in_time(inputs) and not obstacles(inputs)


def _is_used_in_time(inputs: Inputs) -> bool:
    """What comes sooner lies longer: its last day must still be a good one."""
    if inputs.keeps_days is None:
        return True
    gone_in = inputs.forecast_days[_MIDDLE] if inputs.forecast_days else None
    if gone_in is None:
        return False
    lies = max(0.0, gone_in - inputs.lead_days[1])
    return lies + inputs.quantity * inputs.pack_days <= NEVER_SPOIL * inputs.keeps_days


def _as_the_mode_says(inputs: Inputs) -> Decision:
    is_urgent = inputs.empty_if_later > inputs.accepted_risk
    wanted = Reason.RUNS_OUT_BEFORE_ARRIVAL if is_urgent else Reason.GOES_ALONG
    deliver_on = inputs.delivery_day if inputs.delivery_moved_by else None
    send_on = _send_on(inputs) if inputs.delivery_moved_by else None
    match inputs.mode_chosen:
        case "respond":
            return Decision(Outcome.WAITING, (wanted, Reason.MODE_RESPOND), inputs.quantity)
        case "coach":
            return Decision(Outcome.REMINDED, (wanted, Reason.MODE_COACH), inputs.quantity)
        case "curate":
            return Decision(Outcome.PROPOSED, (wanted, Reason.MODE_CURATE), inputs.quantity, deliver_on, send_on)
    against = obstacles(inputs)
    outcome = Outcome.PROPOSED if against else Outcome.ORDERED
    return Decision(outcome, (wanted, *against), inputs.quantity, deliver_on, send_on)


def obstacles(inputs: Inputs) -> tuple[Reason, ...]:
    """Everything that stands between a wanted order and ordering it without asking. Empty: nothing does."""
    against = [
        (not inputs.mode_earned, Reason.NOT_EARNED),
        (not inputs.consent_order, Reason.NO_CONSENT_ORDER),
        (inputs.presence == "unknown", Reason.CALENDAR_UNKNOWN),
    ]
    found = [reason for stands, reason in against if stands]
    if inputs.mandate is None:
        return (*found, *([] if inputs.price_minor else [Reason.NO_PRICE]), Reason.NO_MANDATE)
    return (*found, *outside(inputs.mandate, inputs.price_minor or 0, inputs.quantity, inputs.currency))


def outside(terms: MandateTerms, unit_price_minor: int, quantity: int, currency: str) -> tuple[Reason, ...]:
    """Which terms an order would break. Empty: it is inside."""
    broken = [
        (terms.expired, Reason.MANDATE_EXPIRED),
        (unit_price_minor <= 0, Reason.NO_PRICE),  # a free pack is a mistake in a price list
        (not terms.covers_product or terms.currency != currency, Reason.NOT_IN_MANDATE),
        (unit_price_minor > terms.max_unit_price_minor, Reason.PRICE_ABOVE_CEILING),
        (not 1 <= quantity <= terms.max_quantity, Reason.ABOVE_QUANTITY),
        (
            terms.spent_this_month_minor + unit_price_minor * quantity > terms.monthly_cap_minor,
            Reason.ABOVE_MONTHLY_CAP,
        ),
    ]
    return tuple(reason for stands, reason in broken if stands)


def _send_on(inputs: Inputs) -> str:
    """So early that it arrives on the day even when the carrier is slow: the supplier is told not to come before."""
    if inputs.send_day:
        latest = date.fromisoformat(inputs.send_day)
    else:
        latest = date.fromisoformat(inputs.delivery_day) - timedelta(days=round(inputs.lead_days[2]))
    return max(latest, date.fromisoformat(inputs.today)).isoformat()
