"""What is on its way: put it off, send it anyway, cancel it."""

from datetime import timedelta

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from cloud.flows import ordering
from cloud.orders.rules import Refusal, State
from cloud.orders.tables import Order
from cloud.web.deps import Csrf, Customer, Now, WebDep, Writes

router = APIRouter(prefix="/orders/{order_id}", dependencies=[Csrf])

HOLD_FOR = timedelta(days=7)


@router.post("/hold")
def hold(visitor: Customer, session: Writes, now: Now, order_id: str) -> Response:
    """A week later than it would have left."""
    order = ordering.own_order(session, visitor.household_id, order_id)
    until = max(now, order.send_at if order else now) + HOLD_FOR
    return _answer(ordering.hold(session, visitor.household_id, order_id, until, now), "held")


@router.post("/send")
def send(visitor: Customer, session: Writes, now: Now, order_id: str) -> Response:
    return _answer(ordering.send_anyway(session, visitor.household_id, order_id, now), "sent")


@router.post("/cancel")
def cancel(visitor: Customer, session: Writes, web: WebDep, now: Now, order_id: str) -> Response:
    done = ordering.cancel(session, web.ids, visitor.household_id, order_id, now)
    asked = isinstance(done, Order) and done.state is not State.CANCELLED
    return _answer(done, "cancel_asked" if asked else "cancelled")


def _answer(done: Order | Refusal, code: str) -> Response:
    if isinstance(done, Refusal):
        code = "too_late" if done in {Refusal.TOO_LATE, Refusal.CLOSED} else "nothing"
    return RedirectResponse(f"/?done={code}", status_code=303)
