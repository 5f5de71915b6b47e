"""One slot is due: take in its readings, say when it runs out, decide, act, and write down why."""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session, col, select

from cloud.consumption import service as consumption
from cloud.consumption.values import Event, Forecast, NoForecast, Observation, SlotState
from cloud.devices import inbox
from cloud.devices.inbox_tables import ReadingRow
from cloud.devices.tables import Device, Slot
from cloud.flows import arrivals, parcels, situation, telling
from cloud.flows.products import packs_per_unit, product_of
from cloud.flows.situation import Outlook, Place
from cloud.orders import rules as order_rules
from cloud.orders import service as orders
from cloud.orders import shelf
from cloud.orders.rules import Reason as WhoWants
from cloud.orders.service import OrderRequest
from cloud.orders.tables import Order
from cloud.people import service as people
from cloud.replenishment import ledger, mandates
from cloud.replenishment.inputs import Inputs
from cloud.replenishment.ledger import Decided
from cloud.replenishment.mandates import Purchase
from cloud.replenishment.reasons import Outcome, Reason
from cloud.replenishment.rules import FEWEST_READS, Decision, decide, orders_by_itself
from cloud.replenishment.tables import DecisionRow
from kit.ids import Ids

WAIT_FOR_ANCHOR = timedelta(hours=24)  # for the time of rows taken before the agent knew it
CONFIRM_WITHIN = timedelta(minutes=15)  # a new pack is believed at its second reading, which may only repeat the first
_ENDED = {"replaced", "refilled", "swapped_early"}  # a new pack is in: each is told as one of these


def due(session: Session, now: datetime, limit: int = 50) -> list[str]:
    """The slots to look at, longest due first."""
    rows = select(Slot.id).where(col(Slot.due_at) <= now).order_by(col(Slot.due_at), col(Slot.id)).limit(limit)
    return list(session.exec(rows))


def review(session: Session, ids: Ids, slot_id: str, now: datetime, again_after: timedelta) -> DecisionRow | None:
    """One transaction for one slot. None: nothing worth a new line in the ledger."""
    found = session.get(Slot, slot_id)
    if found is None:
        return None
    people.lock(
        session, found.household_id
    )  # consent, pauses and other slots of this home wait for us, and we for them
    slot = session.get_one(Slot, slot_id, with_for_update={"key_share": True}, populate_existing=True)
    slot.due_at = now + again_after
    session.add(slot)
    device = session.get_one(Device, slot.device_id)
    at = situation.place(session, slot, product_of(session, slot, device), now)
    state = _take_in(session, ids, at, now)
    at = replace(at, shelved=_shelved(session, at, state, now), beside=parcels.beside(session, at, now))
    outlook = _forecast(session, ids, at, state, now)
    inputs = situation.inputs(session, at, state, outlook, now)
    standing_order = orders.open_for_slot(session, slot.id)
    if standing_order is not None:
        _follow_calendar(session, at, standing_order, now)
    decision = decide(inputs)
    order = _act(session, ids, at, inputs, decision, now)
    made = Decided(slot.id, at.household.id, inputs, decision, order.id if order else None)
    row = ledger.record(session, ids, made, now)
    if row is not None:
        _tell(session, ids, at, decision, row, now)
    return row


def _take_in(session: Session, ids: Ids, at: Place, now: datetime) -> SlotState:
    rows = list(_ripe(inbox.unfolded(session, at.slot), now))
    upto = (rows[-1].id if rows else None) or at.slot.folded_to

    def stored(after: int, start: datetime) -> list[Observation]:
        most = consumption.MOST_FOLDED_AGAIN + 1
        return [_observation(at, row) for row in inbox.taken_in(session, at.slot, (after, upto), start, most)]

    arrived = consumption.Arrived(at.slot.id, [_observation(at, row) for row in rows], stored)
    state, events = consumption.observe(session, ids, arrived, at.exposure_between, at.use, now)
    if rows:
        at.slot.folded_to = upto
        if state.jump is not None or state.reads_since_event < FEWEST_READS:
            at.slot.due_at = min(at.slot.due_at or now, now + CONFIRM_WITHIN)
        session.add(at.slot)
    for event in events:
        _from_the_shelf(session, ids, at, event, now)
    return state


def _ripe(rows: Iterable[ReadingRow], now: datetime) -> Iterable[ReadingRow]:
    """Up to the first row whose time may still become known."""
    for row in rows:
        if row.at_ms is None and now - row.received_at < WAIT_FOR_ANCHOR:
            return
        yield row


def _observation(at: Place, row: ReadingRow) -> Observation:
    factor = packs_per_unit(at.product, row.kind) if at.product else 1.0
    taken = row.received_at if row.at_ms is None else datetime.fromtimestamp(row.at_ms / 1000, UTC)
    packs = None if row.value is None or factor is None else row.value * factor
    step = (row.resolution or 0.01) * (factor or 1.0)
    moment = min(taken, row.received_at)
    weekday = moment.astimezone(at.zone).weekday()
    return Observation(moment, packs, step, row.quality, row.serial, weekday, row.id or 0)


def _from_the_shelf(session: Session, ids: Ids, at: Place, event: Event, now: datetime) -> None:
    """A new cartridge stood on the shelf before; so did each litre that is in the fridge now."""
    if event.kind not in _ENDED:
        return
    gained = 1
    if at.slot.kind != "level_fraction" and event.began_packs is not None:
        gained = max(1, math.ceil(event.began_packs - event.left_packs - 0.1))  # some was drunk meanwhile
    for _ in range(gained):
        if shelf.installed(session, ids, at.slot.id, now) is None:
            return


def _shelved(session: Session, at: Place, state: SlotState, now: datetime) -> float:
    """As it stands after what has just been taken from it."""
    if at.product is None:
        return 0.0
    booked = shelf.booked(session, at.household.id, at.product.id)
    return situation.believed_on_shelf(at, state, booked, now)


def _forecast(session: Session, ids: Ids, at: Place, state: SlotState, now: datetime) -> Outlook:
    packs = situation.stock(at, state)
    forecast = (
        NoForecast("no_level")
        if packs is None
        else consumption.forecast(state, packs, at.use, situation.weekday(at, now))
    )
    dates: tuple[datetime | None, ...] = ()
    if isinstance(forecast, Forecast):
        dates = consumption.to_dates(forecast, now, at.exposure_ahead(now), at.zone)
    consumption.record_forecast(session, ids, at.slot.id, forecast, dates, now)
    return Outlook(forecast, dates)


def _act(session: Session, ids: Ids, at: Place, inputs: Inputs, decision: Decision, now: datetime) -> Order | None:
    return _order(session, ids, at, decision, now) if orders_by_itself(inputs) else None


def _order(session: Session, ids: Ids, at: Place, decision: Decision, now: datetime) -> Order | None:
    """Inside the mandate or not at all: the mandate's row is locked before its month is summed."""
    mandate, offered = at.mandate, at.offered
    if mandate is None or offered is None:
        return None
    deliver_on = date.fromisoformat(decision.deliver_on) if decision.deliver_on else None
    window_ends = now + timedelta(hours=mandate.cancel_window_hours)
    request = OrderRequest(
        household_id=at.household.id, product_id=offered.product.id, pack_id=offered.pack.id,
        supplier_id=offered.supplier.id, quantity=decision.quantity, packs_each=offered.pack.count,
        price_minor=offered.price_minor, currency=offered.currency, reason=WhoWants.MANDATE,
        send_at=window_ends, slot_id=at.slot.id, mandate_id=mandate.id, deliver_on=deliver_on,
    )  # fmt: skip
    with session.begin_nested() as attempt:
        made = orders.schedule(session, ids, request, now)
        if not isinstance(made, Order):
            attempt.rollback()
            return None
        bought = Purchase(
            made.id, offered.product.id, offered.price_minor, decision.quantity, offered.currency,
            situation.month(at, now),
        )  # fmt: skip
        if mandates.use(session, ids, mandate.id, bought, now):
            attempt.rollback()
            return None
    if decision.outcome is Outcome.HELD and deliver_on is not None:
        send_at = max(window_ends, arrivals.send_at(at, deliver_on))
        orders.hold(session, made.id, send_at, decision.reasons[0].value, now, deliver_on=deliver_on)
    parcels.join(session, at, made, is_urgent=Reason.GOES_ALONG not in decision.reasons, now=now)
    return made


def _follow_calendar(session: Session, at: Place, order: Order, now: datetime) -> None:
    """A holiday appeared, or went, after the order was made and before it left: judged by when this one leaves."""
    if order.state not in order_rules.UNSENT or order.reason is not WhoWants.MANDATE:
        return
    by_hand = order.hold_reason == order_rules.BY_CUSTOMER
    if by_hand and order.state is order_rules.State.SCHEDULED:
        return  # sent in spite of the calendar
    at_will = order.deliver_on is None or by_hand
    window = timedelta(hours=at.mandate.cancel_window_hours if at.mandate else 0)
    leaves_at = order.send_at if at_will else max(now, order.scheduled_at + window)
    arrival = arrivals.arrival_of(at, leaves_at)
    if arrival.moved_by and order.deliver_on != arrival.day:
        send_at = arrivals.send_at(at, arrival.day)
        reason = order_rules.BY_CUSTOMER if by_hand else arrivals.HELD_BECAUSE[arrival.moved_by]
        orders.hold(session, order.id, max(send_at, leaves_at), reason, now, deliver_on=arrival.day)
    elif not arrival.moved_by and order.deliver_on is not None and not by_hand:
        orders.resume(session, order.id, leaves_at, now)


def _tell(session: Session, ids: Ids, at: Place, decision: Decision, row: DecisionRow, now: datetime) -> None:
    order = session.get(Order, row.order_id) if row.order_id else None
    if order is not None:
        telling.about(session, ids, order, "order_held" if order.deliver_on else "order_notice", now)
    elif decision.outcome is Outcome.PROPOSED and at.product is not None:
        if at.offered is None:
            return
        context = {
            "product": at.product.name, "quantity": decision.quantity, "currency": at.offered.currency,
            "total_minor": at.offered.price_minor * decision.quantity, "path": "/",
        }  # fmt: skip
        key = f"proposal:{at.slot.id}:{now.astimezone(at.zone):%G-%V}"  # once a week
        telling.household(session, ids, at.household.id, "proposal", context, key, now)
