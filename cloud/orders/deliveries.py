"""What a supplier's deliveries teach of the time that they take: one row for each supplier, however many came."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from cloud import many, public_holidays
from cloud.catalogue.opening_rules import closed_days
from cloud.catalogue.tables import Supplier
from cloud.orders import lead_times
from cloud.orders.lead_times import Delivered, Stated, WorkingDays
from cloud.orders.tables import LeadTimes, Order
from cloud.people.tables import Household

_SATURDAY, _SUNDAY = 5, 6


def stated(supplier: Supplier) -> Stated:
    return Stated(supplier.lead_days_low, supplier.lead_days_mid, supplier.lead_days_high)


def working_days(supplier: Supplier, household: Household) -> WorkingDays:
    """When this supplier picks, and when something can come from there to this home."""
    return WorkingDays(
        cut_off_hour=supplier.cut_off_hour,
        zone=ZoneInfo(supplier.time_zone),
        is_picked_on=_picks(supplier),
        comes_on=comes_on(household, on_saturday=supplier.delivers_on_saturday),
        door=ZoneInfo(household.time_zone),
    )


def comes_on(household: Household, *, on_saturday: bool) -> Callable[[date], bool]:
    """Nothing on Sundays and on the public holidays of where the home is."""
    country, subdivision = _place(household)
    last_weekday = _SATURDAY if on_saturday else _SATURDAY - 1

    def comes(day: date) -> bool:
        return day.weekday() <= last_weekday and not public_holidays.is_holiday(day, country, subdivision)

    return comes


def of_supplier(session: Session, supplier_id: str) -> list[Delivered]:
    """The newest deliveries, oldest first."""
    row = session.get(LeadTimes, supplier_id)
    return [] if row is None else [Delivered(days, carrier) for days, carrier in row.delivered]


def learn(session: Session, order: Order, told: datetime, now: datetime) -> None:
    """It has come, at the moment that the supplier told. What was to wait for a day teaches nothing."""
    if order.first_sent_at is None or order.deliver_on is not None:
        return
    supplier = session.get_one(Supplier, order.supplier_id)
    household = session.get_one(Household, order.household_id)
    came_at = _between(order.first_sent_at, told, now)
    at = working_days(supplier, household)
    days = lead_times.days_taken(at, order.first_sent_at, came_at.astimezone(at.door).date())
    row = _locked(session, supplier.id, now)
    row.delivered = [*row.delivered, [days, (order.carrier or "").casefold()]][-lead_times.NEWEST :]
    row.updated_at = now
    session.add(row)


def _between(left_at: datetime, told: datetime, now: datetime) -> datetime:
    """A moment outside of what is possible is of no clock that can be trusted: then it came when we heard of it."""
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return told if left_at <= told <= now else now


def _locked(session: Session, supplier_id: str, now: datetime) -> LeadTimes:
    first = {"supplier_id": supplier_id, "delivered": [], "updated_at": now}
    session.execute(*many.inserting(session, LeadTimes.__table__, [first], _if_missing))  # type: ignore[attr-defined]
    rows = select(LeadTimes).where(col(LeadTimes.supplier_id) == supplier_id).with_for_update(key_share=True)
    return session.exec(rows.execution_options(populate_existing=True)).one()


def _if_missing(statement: Any) -> Any:
    return statement.on_conflict_do_nothing()


def _picks(supplier: Supplier) -> Callable[[date], bool]:
    country, subdivision, closed = supplier.country, supplier.subdivision, closed_days(supplier.closed)

    def is_picked_on(day: date) -> bool:
        if day.weekday() in {_SATURDAY, _SUNDAY} or day in closed:
            return False
        return not public_holidays.is_holiday(day, country, subdivision)

    return is_picked_on


def _place(household: Household) -> tuple[str | None, str | None]:
    """Country and subdivision: by the address, otherwise the country of the time zone."""
    country = str(household.address.get("country", "")).strip().upper()
    if not public_holidays.is_known(country):
        return public_holidays.country_of_zone(household.time_zone), None
    return country, str(household.address.get("subdivision", "")).strip().upper() or None
