"""Everything that a decision about one slot rests on, gathered and rounded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlmodel import Session

from cloud.calendars import rules as calendar_rules
from cloud.calendars import service as calendars
from cloud.calendars.service import HouseholdCalendar
from cloud.catalogue import service as catalogue
from cloud.catalogue.service import Offer
from cloud.catalogue.tables import Product
from cloud.consent import service as consent
from cloud.consumption import service as consumption
from cloud.consumption.folding import is_zero_unseen
from cloud.consumption.values import Forecast, NoForecast, ProductUse, SlotState
from cloud.devices.tables import Device, Slot
from cloud.flows import arrivals
from cloud.flows.arrivals import Route
from cloud.orders import shelf, views
from cloud.orders.tables import Order, Shelf
from cloud.people import service as people
from cloud.people.tables import Household
from cloud.replenishment import costs, mandates
from cloud.replenishment.costs import Holding, Wish
from cloud.replenishment.inputs import Inputs, MandateTerms
from cloud.replenishment.rules import Judged, earned
from cloud.replenishment.tables import Mandate

HORIZON_DAYS = 120
REVIEW_DAYS = 1.0  # how long until the next look at the latest
DOUBT_AFTER_DAYS = 1.0
NOON = 12
GUESTS_USE = 0.5  # of a day more, on a day with guests


OF_ANYTHING = ProductUse(30.0, 1.0, 1.0)  # where nobody knows what it is
Leads: TypeAlias = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Place:
    """One slot with all that surrounds it."""

    slot: Slot
    device: Device
    household: Household
    product: Product | None
    calendar: HouseholdCalendar
    offered: Offer | None  # None: it is not sold now, or nothing is known to fit
    mandate: Mandate | None  # under which it may be ordered now
    shelved: float  # packs on the shelf
    route: Route  # on which what is ordered comes
    use: ProductUse  # what is believed before the home has shown its own
    beside: Order | None = None  # of another place, from the same supplier, and still here: it can go along

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.household.time_zone)

    def exposure_between(self, start: datetime, end: datetime) -> float:
        """Days of use between two moments: time away counts as the product says, time with guests for more."""
        usual = calendar_rules.exposure_between(start, end, self.calendar.absences, self.zone, self.use.absence_factor)
        if not self.calendar.guests:
            return usual
        days, without_guests = (
            calendar_rules.exposure_between(start, end, apart, self.zone) for apart in ((), self.calendar.guests)
        )
        return usual + self._more_with_guests * (days - without_guests)

    def exposure_ahead(self, now: datetime) -> Sequence[float]:
        """By local day, from today on."""
        today = now.astimezone(self.zone).date()
        days = calendar_rules.exposure_by_day(
            today, HORIZON_DAYS, self.calendar.absences, self.zone, self.use.absence_factor
        )
        without_guests = calendar_rules.exposure_by_day(today, HORIZON_DAYS, self.calendar.guests, self.zone)
        return [float(d) for d in days + self._more_with_guests * (1.0 - without_guests)]

    @property
    def _more_with_guests(self) -> float:
        """What goes by the calendar, whoever is home, goes no faster with guests."""
        return GUESTS_USE * (1.0 - self.use.absence_factor)


def place(session: Session, slot: Slot, product: Product | None, now: datetime) -> Place:
    household = people.household(session, slot.household_id)
    calendar = calendars.view(session, household.id, household.time_zone, now, HORIZON_DAYS)
    device = session.get_one(Device, slot.device_id)
    if product is None:
        route = arrivals.route(session, household, None)
        return Place(slot, device, household, None, calendar, None, None, 0.0, route, OF_ANYTHING)
    offered = next(iter(catalogue.offers(session, product.id, household.currency, now)), None)
    mandate = mandates.covering(session, household.id, product.id, now)
    shelved = shelf.on_shelf(session, household.id, product.id)
    route = arrivals.route(session, household, offered.supplier if offered else None)
    typical = ProductUse(product.typical_pack_days, product.typical_spread, product.absence_factor)
    use = consumption.product_use(session, product.id, typical)
    return Place(slot, device, household, product, calendar, offered, mandate, shelved, route, use)


def believed_on_shelf(at: Place, state: SlotState, booked: Shelf | None, now: datetime) -> float:
    """Packs that still count. Food that came, and is not in the fridge although that has been empty for a day, is gone.

    A cartridge is different: it may well wait beside an empty printer.
    """
    emptied = state.cycle.emptied_at if state.cycle else None
    if booked is None or at.slot.kind == "level_fraction" or emptied is None:
        return booked.packs if booked else 0.0
    since = max(emptied, booked.updated_at)
    return 0.0 if at.exposure_between(since, now) > DOUBT_AFTER_DAYS else booked.packs


def stock(at: Place, state: SlotState) -> float | None:
    """Packs in the device and on the shelf. None: nobody knows what is in the device."""
    return None if state.level_packs is None else state.level_packs + at.shelved


@dataclass(frozen=True)
class Outlook:
    """The forecast, and its quantiles as moments."""

    forecast: Forecast | NoForecast
    dates: tuple[datetime | None, ...]

    @property
    def known(self) -> Forecast | None:
        return self.forecast if isinstance(self.forecast, Forecast) else None


def inputs(session: Session, at: Place, state: SlotState, outlook: Outlook, now: datetime) -> Inputs:
    """Rounded, so that what is stored replays to the same outcome."""
    allowed = consent.standing(session, at.household.id)
    return Inputs(
        supply=at.slot.supply,
        has_product=at.product is not None,
        consent_supply=allowed.allows("supply"),
        consent_order=allowed.allows("order"),
        mode_chosen=at.slot.mode,
        mode_earned=_earned(session, at.slot),
        **_outlook(at, state, outlook, now),
        reading_age_hours=_age_hours(state, now),
        reads_since_event=state.reads_since_event,
        in_device=round(state.level_packs or 0.0, 4),
        on_shelf=round(at.shelved, 4),
        in_transit=round(views.in_transit(session, at.household.id, at.product.id), 4) if at.product else 0.0,
        **_delivery(at, now),
        stock_quality=at.slot.last_quality or "",
        zero_unseen=at.slot.kind == "level_fraction" and is_zero_unseen(state),
        consent_version=allowed.version,
        calendar_version=at.calendar.version,
        mandate_id=at.mandate.id if at.mandate else "",
        price_minor=at.offered.price_minor if at.offered else None,
        currency=at.household.currency,
        mandate=_terms(session, at, now),
        snoozed_until=_iso(at.slot.snoozed_until),
        snoozed=at.slot.snoozed_until is not None and now < at.slot.snoozed_until,
        cancel_window_hours=at.mandate.cancel_window_hours if at.mandate else 0,
    )


def _outlook(at: Place, state: SlotState, outlook: Outlook, now: datetime) -> dict[str, Any]:
    wish, held = Wish(at.slot.wish or ""), _held(at, state)
    of_a_month = costs.of_a_month(wish) if at.slot.wish else at.household.accepted_risk
    accepted = round(costs.accepted_risk(of_a_month, held), 4)
    leads, made, early = _leads(at, now), outlook.known, costs.days_early(wish, held)
    risk = 0.0 if made is None else _risk(at, state, made, leads, now)

    def is_enough(packs: int) -> bool:
        """Asked only where something is wanted: each answer is a forecast."""
        if made is None or at.offered is None or risk <= accepted:
            return True
        fuller = consumption.forecast(state, made.stock_packs + packs * at.offered.pack.count, at.use, weekday(at, now))
        return not isinstance(fuller, Forecast) or _risk(at, state, fuller, leads, now) <= accepted

    most = at.mandate.max_quantity if at.mandate else costs.MOST_AT_ONCE
    return {
        "forecast_days": tuple(None if d is None else round((d - now) / timedelta(days=1), 2) for d in outlook.dates),
        "no_forecast_reason": outlook.forecast.reason if isinstance(outlook.forecast, NoForecast) else "",
        "empty_if_later": risk,
        "accepted_risk": accepted,
        **({} if at.beside is None or made is None else _beside(at, state, made, early, now)),
        "pack_days": round(held.pack_days, 2),
        "keeps_days": held.keeps_days,
        "wish": wish.value if at.slot.wish else "",
        "quantity": costs.quantity(wish, held, most, is_enough),
        "lead_days": arrivals.lead_days(at.route, now),
        "stated_days": arrivals.stated_days(at.route, now),
    }


def _beside(at: Place, state: SlotState, made: Forecast, early: float, now: datetime) -> dict[str, Any]:
    """Another order leaves: whether this one's turn would come within the days that a parcel is worth."""
    return {
        "parcel": at.beside.id if at.beside else "",
        "days_early": round(early, 2),
        "empty_if_waits": _risk(at, state, made, _leads(at, now, early), now),
    }


def _delivery(at: Place, now: datetime) -> dict[str, Any]:
    today = now.astimezone(at.zone).date()
    arrival = arrivals.arrival_of(at, now + timedelta(days=_window_days(at)))
    return {
        "today": today.isoformat(),
        "earliest_delivery": arrival.likely.isoformat(),
        "delivery_day": arrival.day.isoformat(),
        "send_day": arrivals.send_at(at, arrival.day).astimezone(at.zone).date().isoformat(),
        "delivery_moved_by": arrival.moved_by,
        "home_from": _home_from(at, today),
        "presence": at.calendar.presence.value,
    }


def _window_days(at: Place) -> float:
    """How long an automatic order waits for the customer's no before it leaves."""
    return at.mandate.cancel_window_hours / 24 if at.mandate else 0.0


def _leads(at: Place, now: datetime, later_days: float = 0.0) -> list[tuple[float, float]]:
    """Days of use until a parcel comes that is ordered at the next review, or later, and how likely each is."""
    leaves_at = now + timedelta(days=REVIEW_DAYS + later_days + _window_days(at))
    found = []
    for day, likely in arrivals.arrivals(at, leaves_at):
        comes_on = at.calendar.first_delivery_day(day)
        until = calendar_rules.day_start(comes_on, at.zone) + timedelta(hours=NOON)
        found.append((at.exposure_between(now, max(until, leaves_at)), likely))
    return found


def _risk(at: Place, state: SlotState, made: Forecast, leads: Leads, now: datetime) -> float:
    """The chance that a parcel ordered at the next review comes too late, over all days on which it may come."""
    return round(consumption.chance_of_shortage(state, made, leads, weekday(at, now)), 4)


def weekday(at: Place, now: datetime) -> int:
    """The local one of the day that begins now."""
    return now.astimezone(at.zone).weekday()


def _held(at: Place, state: SlotState) -> Holding:
    if at.product is None:
        return Holding(at.use.typical_pack_days)
    per_day = state.use_per_day or 1.0 / at.product.typical_pack_days
    return Holding((at.offered.pack.count if at.offered else 1) / per_day, at.product.shelf_life_days)


def _earned(session: Session, slot: Slot) -> bool:
    rows = consumption.outcomes(session, slot.id, limit=10)
    return earned([Judged(row.inside, row.cycle_ended_at) for row in rows], slot.vetoed_at)


def _age_hours(state: SlotState, now: datetime) -> float:
    if state.level_at is None:
        return 1e6
    return round(max(0.0, (now - state.level_at) / timedelta(hours=1)), 1)


def _home_from(at: Place, today: date) -> str | None:
    if calendar_rules.somebody_home(today, at.calendar.absences, at.zone):
        return None
    return calendar_rules.first_day_home(today, at.calendar.absences, at.zone).isoformat()


def _terms(session: Session, at: Place, now: datetime) -> MandateTerms | None:
    if at.product is None or at.mandate is None:
        return None
    return mandates.terms(session, at.mandate, at.product.id, month(at, now), now)


def month(at: Place, now: datetime) -> str:
    """The month that a mandate counts in: the household's own."""
    return now.astimezone(at.zone).strftime("%Y-%m")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
