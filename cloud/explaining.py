"""`python -m cloud explain SLOT [--at TIME]`: what was decided of one supply, why, and what would change it."""

import argparse
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from sqlmodel import Session, col, or_, select

from cloud.catalogue.tables import Product
from cloud.consumption import service as consumption
from cloud.devices.tables import Device, Slot
from cloud.people import service as people
from cloud.people.tables import Household
from cloud.refused import CommandError
from cloud.replenishment import flips, ledger
from cloud.replenishment.inputs import Inputs, MandateTerms
from cloud.replenishment.tables import DecisionRow
from cloud.settings import Settings
from cloud.web import words

EARLY, MIDDLE, LATE = 1, 3, 5  # places in consumption's LEVELS: 10 %, 50 %, 90 %
SCORES = 3

_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no other name


def add_to(commands: _Commands) -> None:
    explain = commands.add_parser("explain", help="what was decided of a supply, why, and what would change it")
    explain.add_argument("slot", help="its id, or DEVICE/SLOT by the agent's names, such as printer-1/1.1")
    explain.add_argument("--at", type=_moment, help="as it stood then: ISO 8601, UTC where it does not say otherwise")
    explain.set_defaults(does=explain_slot)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def explain_slot(session: Session, given: argparse.Namespace, settings: Settings, now: datetime) -> str:
    """Raises CommandError."""
    del settings
    slot, device = _found(session, given.slot)
    row = ledger.at(session, slot.id, given.at or now)
    home = people.household(session, slot.household_id)
    head = f"{_name(session, slot)}, {device.name or device.local_name} {slot.name}, household {home.name} ({slot.id})"
    if row is None:
        return f"{head}\nNothing had been decided by {given.at or now:%Y-%m-%d %H:%M %Z}."
    return "\n".join([head, *_decision(row), *_numbers(row, home), *_score(session, slot, row.decided_at)])


def _found(session: Session, named: str) -> tuple[Slot, Device]:
    device, _, place = named.rpartition("/")
    by_name = (col(Device.local_name) == device) & (col(Slot.name) == place)
    rows = session.exec(
        select(Slot, Device).join(Device, col(Device.id) == col(Slot.device_id)).where(
            or_(col(Slot.id) == named, by_name)
        )
    ).all()  # fmt: skip
    if not rows:
        raise CommandError(f"there is no supply {named}: give its id, or DEVICE/SLOT by the agent's names")
    if len(rows) > 1:
        several = ", ".join(f"{slot.id} ({each.name or each.local_name})" for slot, each in rows)
        raise CommandError(f"several supplies are called {named}; take one by its id: {several}")
    return rows[0]


def _name(session: Session, slot: Slot) -> str:
    product = session.get(Product, slot.product_id) if slot.product_id else None
    return product.name if product else (slot.description or "A supply of no known product")


def _decision(row: DecisionRow) -> Iterable[str]:
    again = "the same comes out again" if ledger.replays(row) else "NOW SOMETHING ELSE COMES OUT"
    yield f"Decided {row.decided_at:%Y-%m-%d %H:%M %Z} by rules {row.rules_version}; from the same inputs {again}."
    yield words.OUTCOMES[row.outcome] + (f" It should come on {row.deliver_on}." if row.deliver_on else "")
    yield from (f"  - {words.REASONS[reason]}" for reason in row.reasons)
    if row.flips:
        yield "We would order by ourselves if"
        yield from ("  - " + ", and ".join(words.CHANGES[part] for part in flip.split(flips.AND)) for flip in row.flips)


def _numbers(row: DecisionRow, home: Household) -> Iterable[str]:
    inputs = Inputs.from_json(row.inputs)
    yield (
        f"Packs: {inputs.in_device:.2f} in the device, {inputs.on_shelf:.2f} on the shelf, {inputs.in_transit:.2f} on "
        f"the way; the last of {inputs.reads_since_event} readings {inputs.reading_age_hours:.1f} h old."
    )
    yield _range(inputs, row.decided_at, ZoneInfo(home.time_zone))
    low, middle, high = inputs.lead_days
    yield f"A parcel takes {middle:.0f} days ({low:.0f} to {high:.0f}); it would come on {inputs.delivery_day}."
    yield (
        f"Chance that one ordered a day later comes too late: {inputs.empty_if_later:.1%}; accepted here: "
        f"{inputs.accepted_risk:.1%} ({_wish(inputs)})."
    )
    if inputs.parcel:
        yield (
            f"Order {inputs.parcel} leaves from the same supplier. What is due within {inputs.days_early:.1f} days "
            f"goes along; the chance that this comes too late if it waits so long: {inputs.empty_if_waits:.1%}."
        )
    yield f"Mode {inputs.mode_chosen}, {'earned' if inputs.mode_earned else 'not earned'}. {_terms(inputs.mandate)}"


def _wish(inputs: Inputs) -> str:
    return f"wish: {inputs.wish.replace('_', ' ')}" if inputs.wish else "nobody has said how full it is to be kept"


def _range(inputs: Inputs, decided_at: datetime, zone: ZoneInfo) -> str:
    if not inputs.forecast_days:
        return f"No forecast: {words.NO_RANGE.get(inputs.no_forecast_reason, inputs.no_forecast_reason)}"
    days = (inputs.forecast_days[place] for place in (EARLY, MIDDLE, LATE))
    early, middle, late = (
        "later than we look" if each is None else f"{(decided_at + timedelta(days=each)).astimezone(zone):%Y-%m-%d}"
        for each in days
    )
    return f"Empty about {middle}; eight times of ten between {early} and {late}."


def _terms(terms: MandateTerms | None) -> str:
    if terms is None:
        return "No agreement."
    left = terms.monthly_cap_minor - terms.spent_this_month_minor
    each, this_month = (_money(minor, terms.currency) for minor in (terms.max_unit_price_minor, left))
    return f"Agreement: at most {terms.max_quantity} at {each}; {this_month} left this month."


def _money(minor: int, currency: str) -> str:
    digits = get_currency_precision(currency)
    return f"{minor / 10**digits:.{digits}f} {currency}"


def _score(session: Session, slot: Slot, at: datetime) -> Iterable[str]:
    rows = [row for row in consumption.outcomes(session, slot.id, by=at) if row.off_days is not None]
    if rows:
        off = ", ".join(f"{row.off_days:+.1f}" for row in reversed(rows[:SCORES]))
        inside = sum(row.inside for row in rows)
        yield f"The last forecasts were off by {off} days; {inside} of the last {len(rows)} were inside their range."
