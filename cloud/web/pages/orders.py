"""What is on its way: put it off, send it anyway, take more or less of it, cancel it."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from cloud.flows import ordering
from cloud.orders.rules import Refusal, State
from cloud.orders.tables import Order
from cloud.people import service as people
from cloud.views import coming
from cloud.web import words
from cloud.web.deps import Csrf, Customer, Now, Reads, WebDep, Writes
from cloud.web.pages.supply import MOST_AT_ONCE
from cloud.web.templating import page

router = APIRouter(prefix="/orders/{order_id}")

HOLD_FOR = timedelta(days=7)
LONGEST_HOLD = timedelta(days=180)
LEAVES_AT = time(8)  # at home, when a person named a day


@router.get("")
def change(request: Request, visitor: Customer, session: Reads, now: Now, order_id: str) -> Response:
    """What can still be changed about one order."""
    zone = ZoneInfo(people.household(session, visitor.household_id).time_zone)
    found = coming.one(session, visitor.household_id, order_id, zone, now)
    if found is None:
        raise HTTPException(404, words.NOT_FOUND)
    today = now.astimezone(zone).date()
    return page(
        request, "order_change.html", visitor, zone=zone, coming=found, most=MOST_AT_ONCE,
        first=today + timedelta(days=1), last=today + LONGEST_HOLD,
        proposed=max(now, found.order.send_at).astimezone(zone).date() + HOLD_FOR,
    )  # fmt: skip


@router.post("/hold", dependencies=[Csrf])
def hold(
    visitor: Customer, session: Writes, now: Now, order_id: str, until: Annotated[date | None, Form()] = None
) -> Response:
    """Until the morning of that day; without one, a week later than it would have left."""
    order = ordering.own_order(session, visitor.household_id, order_id)
    leaves = max(now, order.send_at if order else now) + HOLD_FOR
    if until is not None:
        zone = ZoneInfo(people.household(session, visitor.household_id).time_zone)
        if abs(until - now.astimezone(zone).date()) > LONGEST_HOLD:  # not every day of the calendar is one in UTC
            raise HTTPException(400)
        leaves = datetime.combine(until, LEAVES_AT, zone).astimezone(now.tzinfo)
    if not now < leaves <= now + LONGEST_HOLD + timedelta(days=1):
        raise HTTPException(400)
    return _answer(
        ordering.hold(session, visitor.household_id, order_id, leaves, now), "held" if until is None else "held_until"
    )


@router.post("/send", dependencies=[Csrf])
def send(visitor: Customer, session: Writes, now: Now, order_id: str) -> Response:
    return _answer(ordering.send_anyway(session, visitor.household_id, order_id, now), "sent")


@router.post("/quantity", dependencies=[Csrf])
def take(
    visitor: Customer,
    session: Writes,
    web: WebDep,
    now: Now,
    order_id: str,
    quantity: Annotated[int, Form(ge=1, le=MOST_AT_ONCE)],
) -> Response:
    """More or less of what the person ordered, at the price of their order."""
    done = ordering.change_quantity(session, web.ids, visitor.household_id, order_id, quantity, now)
    return _answer(done, "quantity")


@router.post("/cancel", dependencies=[Csrf])
def cancel(visitor: Customer, session: Writes, web: WebDep, now: Now, order_id: str) -> Response:
    done = ordering.cancel(session, web.ids, visitor.household_id, order_id, now)
    asked = isinstance(done, Order) and done.state is not State.CANCELLED
    return _answer(done, "cancel_asked" if asked else "cancelled")


def _answer(done: Order | Refusal, code: str) -> Response:
    if isinstance(done, Refusal):
        code = "too_late" if done in {Refusal.TOO_LATE, Refusal.CLOSED} else "nothing"
    return RedirectResponse(f"/?done={code}", status_code=303)
