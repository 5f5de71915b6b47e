"""A household's supplies as its people see them: how much, until when, what happens next and why."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from cloud.calendars import service as calendars
from cloud.calendars.rules import Interval
from cloud.catalogue.service import Offer
from cloud.catalogue.tables import Product
from cloud.consumption import service as consumption
from cloud.consumption.tables import ForecastRow
from cloud.consumption.values import SlotState
from cloud.devices.tables import Device, Slot
from cloud.flows import ordering, situation
from cloud.orders import shelf
from cloud.people import service as people
from cloud.replenishment import ledger
from cloud.replenishment.rules import Judged, earned
from cloud.replenishment.tables import DecisionRow
from cloud.views import coming
from cloud.views.coming import Coming
from contract.fields import Kind
from contract.fields import Supply as SupplyKind

STALE_AFTER = timedelta(days=3)
ASKING = frozenset({"proposed", "reminded"})
SHORTEST_BAND, LONGEST_BAND = 14, situation.HORIZON_DAYS  # days
_EARLY, _MIDDLE, _LATE = 1, 3, 5  # places in consumption's LEVELS: 10 %, 50 %, 90 %


@dataclass(frozen=True)
class Range:
    """When it runs out: from early to late it should be right eight times of ten. None: beyond the horizon."""

    early: datetime
    middle: datetime | None
    late: datetime | None


@dataclass(frozen=True)
class Supply:
    """One card."""

    slot: Slot
    device_name: str
    product: Product | None
    packs: float | None  # in the device; None: nobody knows
    full_packs: float  # what it held when it was full
    shelved: float
    range: Range | None
    no_range_reason: str
    off_days: tuple[float, ...]  # how the last forecasts turned out, newest last
    scored: int  # how many of the last packs had been foretold
    inside: int  # how many of these ended inside their range
    is_earned: bool  # the last forecasts were right, so it may order by itself
    decision: DecisionRow | None
    coming: Coming | None
    heard_at: datetime | None
    stale_since: datetime | None
    offer: Offer | None  # what we suggest, at its price of now; only where it waits for a person's word

    @property
    def name(self) -> str:
        """Where neither we nor the device have one: the device and the number of its place."""
        given = self.product.name if self.product else self.slot.description
        return given or f"{self.device_name} {self.slot.name}"

    @property
    def fill(self) -> float | None:
        """From 0 to 1. None: nobody knows."""
        return None if self.packs is None else min(1.0, max(0.0, self.packs / max(self.full_packs, 0.01)))

    @property
    def is_unmatched(self) -> bool:
        """We looked, and do not know which product belongs here."""
        return self.product is None and self.slot.supply == SupplyKind.CONSUMABLE and self.decision is not None

    @property
    def may_be_corrected(self) -> bool:
        """A person can say how full it is: a share of it, or so many packs of what is known."""
        return self.product is not None or self.slot.kind == Kind.LEVEL_FRACTION

    @property
    def asks(self) -> bool:
        """It waits for a person's word."""
        return self.coming is None and self.decision is not None and self.decision.outcome in ASKING

    @property
    def parcels_are_slower(self) -> bool:
        """Than the supplier says, and so it was ordered earlier."""
        found = self.decision.inputs if self.decision else {}
        stated = found.get("stated_days") or (math.inf,) * 3  # of a time when only the supplier's word counted
        return any(found["lead_days"][place] > stated[place] for place in (1, 2))

    def band_days(self, now: datetime) -> int:
        """How far its own picture looks ahead."""
        ends = [now + timedelta(days=SHORTEST_BAND)]
        if self.range is not None:
            ends.append(self.range.late or now + timedelta(days=LONGEST_BAND))
        return min(LONGEST_BAND, math.ceil(max((end - now) / timedelta(days=1) for end in ends) * 1.15))


@dataclass(frozen=True)
class Home:
    """The customer's first page."""

    zone: ZoneInfo
    now: datetime
    supplies: tuple[Supply, ...]
    parts: tuple[Supply, ...]  # what is shown but never ordered: waste bottles, drums
    coming: tuple[Coming, ...]  # soonest first
    absences: tuple[Interval, ...]
    away_until: datetime | None
    calendar_unknown_since: datetime | None

    @property
    def asks(self) -> tuple[Supply, ...]:
        return tuple(s for s in self.supplies if s.asks)

    @property
    def waits(self) -> tuple[Supply, ...]:
        """What would be wanted but for the calendar, and is not ordered yet."""
        return tuple(
            s for s in self.supplies
            if s.coming is None and s.decision and s.decision.outcome == "held" and s.decision.deliver_on
        )  # fmt: skip

    @property
    def unmatched(self) -> tuple[Supply, ...]:
        return tuple(s for s in self.supplies if s.is_unmatched)

    @property
    def stale(self) -> tuple[Supply, ...]:
        return tuple(s for s in self.supplies if s.stale_since is not None)


def home(session: Session, household_id: str, now: datetime) -> Home:
    household = people.household(session, household_id)
    zone = ZoneInfo(household.time_zone)
    calendar = calendars.view(session, household_id, household.time_zone, now, LONGEST_BAND)
    on_its_way = coming.of_household(session, household_id, zone, now)
    by_slot = {each.order.slot_id: each for each in on_its_way}
    rows = session.exec(
        select(Slot, Device)
        .join(Device, col(Device.id) == col(Slot.device_id))
        .where(Slot.household_id == household_id)
        .order_by(col(Device.local_name), col(Slot.name))
    ).all()
    found = [_supply(session, slot, device, by_slot.get(slot.id), now) for slot, device in rows]
    return Home(
        zone=zone,
        now=now,
        supplies=tuple(s for s in found if s.slot.supply == "consumable"),
        parts=tuple(s for s in found if s.slot.supply != "consumable"),
        coming=tuple(on_its_way),
        absences=calendar.absences,
        away_until=calendar.away_until,
        calendar_unknown_since=calendar.unknown_since,
    )


def supply(session: Session, household_id: str, slot_id: str, now: datetime) -> Supply | None:
    """None: this household has no such supply."""
    row = session.exec(
        select(Slot, Device)
        .join(Device, col(Device.id) == col(Slot.device_id))
        .where(Slot.id == slot_id, Slot.household_id == household_id)
    ).first()
    if row is None:
        return None
    zone = ZoneInfo(people.household(session, household_id).time_zone)
    on_its_way = coming.of_household(session, household_id, zone, now)
    return _supply(session, row[0], row[1], next((c for c in on_its_way if c.order.slot_id == slot_id), None), now)


def _supply(session: Session, slot: Slot, device: Device, comes: Coming | None, now: datetime) -> Supply:
    product = session.get(Product, slot.product_id) if slot.product_id else None
    state = consumption.state(session, slot.id)
    outcomes = consumption.outcomes(session, slot.id, limit=10)
    decision = ledger.latest(session, slot.id)
    asks = comes is None and decision is not None and decision.outcome in ASKING
    made = consumption.latest(session, slot.id)
    heard = slot.last_value_at
    is_countable = product is not None or slot.kind == Kind.LEVEL_FRACTION  # grams of what?
    return Supply(
        slot=slot,
        device_name=device.name or device.model or device.local_name,
        product=product,
        packs=state.level_packs if is_countable else None,
        full_packs=_full(state),
        shelved=shelf.on_shelf(session, slot.household_id, product.id) if product else 0.0,
        range=_range(made) if is_countable and state.level_packs is not None else None,
        no_range_reason=_no_range_reason(made, state, slot) if is_countable else "no_product",
        off_days=tuple(o.off_days for o in reversed(outcomes[:3]) if o.off_days is not None),
        scored=sum(not o.brought_along for o in outcomes),
        inside=sum(o.inside and not o.brought_along for o in outcomes),
        is_earned=earned([Judged(o.inside, o.cycle_ended_at) for o in outcomes], slot.vetoed_at),
        decision=decision,
        coming=comes,
        heard_at=heard,
        stale_since=heard if heard is not None and now - heard > STALE_AFTER else None,
        offer=ordering.offer_for(session, slot.household_id, slot.id, now) if asks else None,
    )


def _full(state: SlotState) -> float:
    started = state.cycle.started_packs if state.cycle is not None else 0.0
    return max(1.0, started, state.level_packs or 0.0)


def _no_range_reason(row: ForecastRow | None, state: SlotState, slot: Slot) -> str:
    if state.level_packs is None and slot.last_value is not None:
        return "reckoning"  # heard of and not looked at yet, or another product was chosen: a job does it soon
    if state.level_packs is None or row is None:
        return "no_level"
    return row.reason or "beyond_horizon"


def _range(row: ForecastRow | None) -> Range | None:
    if row is None or row.reason is not None or len(row.dates) <= _LATE:
        return None
    early, middle, late = (_moment(row.dates[place]) for place in (_EARLY, _MIDDLE, _LATE))
    return None if early is None else Range(early, middle, late)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
