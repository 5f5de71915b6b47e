"""Orders: what is on its way, ordering, putting off, cancelling."""

from datetime import date, datetime, timedelta

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel import Session, col, select

from cloud.catalogue.tables import Product
from cloud.flows import ordering
from cloud.flows.ordering import Tap
from cloud.orders import rules, views
from cloud.orders.rules import Refusal, State
from cloud.orders.tables import Order
from cloud.web.api.access import Token
from cloud.web.api.keys import Done, OnceDep
from cloud.web.api.paging import PagingDep
from cloud.web.api.problems import ProblemError
from cloud.web.api.v1.shapes import ProductShape
from cloud.web.deps import Customer, Now, Reads, WebDep, Writes

router = APIRouter(prefix="/orders", tags=["orders"])

MOST_AT_ONCE = 5
LONGEST_HOLD = timedelta(days=180)

_REFUSALS = {
    Refusal.NO_ORDER: (404, "no-such-order"),
    Refusal.OPEN_ORDER: (409, "duplicate-order"),
    Refusal.TOO_LATE: (409, "order-has-left"),
    Refusal.CLOSED: (409, "order-is-closed"),
    Refusal.NOT_SENT: (409, "order-not-sent"),
    Refusal.BAD_QUANTITY: (422, "bad-quantity"),
}


class NewOrder(BaseModel):
    """What to order. With `total_minor` only for exactly that sum."""

    slot_id: str = Field(max_length=32)
    quantity: int = Field(default=1, ge=1, le=MOST_AT_ONCE)
    total_minor: int | None = Field(default=None, ge=0, description="The sum that the person agreed to.")


class Hold(BaseModel):
    """Put it off until then."""

    until: AwareDatetime


class OrderShape(BaseModel):
    """One order. Money in minor units of `currency`."""

    id: str
    reference: str = Field(description="As the supplier knows it.")
    slot_id: str | None
    product: ProductShape
    quantity: int
    price_minor: int
    total_minor: int
    currency: str
    state: State
    wanted_by: rules.Reason
    hold_reason: str | None
    code: str | None = Field(description="Why it was refused or failed.")
    scheduled_at: datetime
    send_at: datetime
    cancel_until: datetime
    deliver_on: date | None
    promised_for: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    delivered_quantity: int
    closed_at: datetime | None


class Happened(BaseModel):
    """One thing that happened to an order."""

    event: str
    before: str | None
    after: str
    at: datetime


class OrderWithHistory(OrderShape):
    """With everything that happened to it, oldest first."""

    history: list[Happened]


@router.get("", summary="Orders, newest first")
def all_orders(visitor: Customer, session: Reads, paging: PagingDep) -> list[OrderShape]:
    """The `Link` header has the address of the next page."""
    rows = select(Order).where(Order.household_id == visitor.household_id)
    found = paging.page(session, rows, col(Order.scheduled_at), col(Order.id))
    return [_shape(session, order) for order in found]


@router.get("/{order_id}", summary="One order, with what happened to it")
def one_order(visitor: Customer, session: Reads, order_id: str) -> OrderWithHistory:
    order = ordering.own_order(session, visitor.household_id, order_id)
    if order is None:
        raise _problem(Refusal.NO_ORDER)
    history = [
        Happened(event=e.event, before=e.before, after=e.after, at=e.at) for e in views.events(session, order_id)
    ]
    return OrderWithHistory(**_shape(session, order).model_dump(), history=history)


@router.post(
    "", status_code=201, dependencies=[Token], response_model=OrderShape, summary="Order for a slot",
    responses={409: {"description": "It has an open order, or the sum is another now."}},
)  # fmt: skip
def order(visitor: Customer, web: WebDep, once: OnceDep, now: Now, asked: NewOrder) -> Response:
    """Needs an `Idempotency-Key`: the same key and body never order twice, and get the same answer."""

    def act(session: Session) -> Done:
        if ordering.own_slot(session, visitor.household_id, asked.slot_id) is None:
            raise ProblemError(404, "no-such-slot")
        tap = Tap(visitor.household_id, asked.slot_id, asked.quantity, asked.total_minor)
        made = ordering.order_now(session, web.ids, tap, now)
        if made is Refusal.NO_ORDER:
            raise ProblemError(409, "not-for-sale", "It is not sold now, or costs another sum than you agreed to.")
        return Done(201, _moved(session, made))

    return once.do(act)


@router.post("/{order_id}/hold", dependencies=[Token], summary="Put an order off")
def hold(visitor: Customer, session: Writes, now: Now, order_id: str, asked: Hold) -> OrderShape:
    """Only before it has left. Holding again moves the day."""
    if not now < asked.until <= now + LONGEST_HOLD:
        raise ProblemError(422, "bad-moment", f"Give a moment within {LONGEST_HOLD.days} days.")
    return _moved(session, ordering.hold(session, visitor.household_id, order_id, asked.until, now))


@router.post("/{order_id}/cancel", dependencies=[Token], summary="Cancel an order")
def cancel(visitor: Customer, session: Writes, web: WebDep, now: Now, order_id: str) -> OrderShape:
    """Before it has left: at once. Later the supplier is asked, and the state tells what became of it."""
    return _moved(session, ordering.cancel(session, web.ids, visitor.household_id, order_id, now))


@router.post(
    "/{order_id}/send", dependencies=[Token], response_model=OrderShape, summary="Send an order without waiting"
)
def send(visitor: Customer, once: OnceDep, now: Now, order_id: str) -> Response:
    """Ends the cancel window or a hold; needs an `Idempotency-Key`."""
    return once.do(
        lambda session: Done(200, _moved(session, ordering.send_anyway(session, visitor.household_id, order_id, now)))
    )


def _moved(session: Session, done: Order | Refusal) -> OrderShape:
    if isinstance(done, Refusal):
        raise _problem(done)
    return _shape(session, done)


def _problem(refusal: Refusal) -> ProblemError:
    status, kind = _REFUSALS.get(refusal, (409, "refused"))
    return ProblemError(status, kind)


def _shape(session: Session, order: Order) -> OrderShape:
    product = ProductShape.of(session.get_one(Product, order.product_id))
    own = {name: getattr(order, name) for name in OrderShape.model_fields if hasattr(order, name)}
    return OrderShape(**own, product=product, wanted_by=order.reason)
