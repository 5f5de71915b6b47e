"""One supply: why we decided so, what would change it; order, correct, choose how it is served."""

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from cloud.devices.tables import Mode
from cloud.flows import choosing, ordering
from cloud.flows.ordering import Tap
from cloud.orders import shelf
from cloud.orders.rules import Refusal
from cloud.orders.tables import Order
from cloud.replenishment import ledger
from cloud.replenishment.costs import Wish
from cloud.views import choices, supplies
from cloud.web import words
from cloud.web.deps import Csrf, Customer, Now, Reads, WebDep, Writes
from cloud.web.templating import page

router = APIRouter()

ONE = "/supplies/{slot_id}"

DECISIONS_READ, TURNS_SHOWN = 60, 12
MOST_AT_ONCE = 5
MOST_ON_A_SHELF = 1000
MOST_IN_A_DEVICE = 100


@router.get(ONE)
def why(request: Request, visitor: Customer, session: Reads, now: Now, slot_id: str) -> Response:
    home = supplies.home(session, visitor.household_id, now)
    supply = next((s for s in (*home.supplies, *home.parts) if s.slot.id == slot_id), None)
    if supply is None:
        raise HTTPException(404, words.NOT_FOUND)
    turns = groupby(ledger.history(session, slot_id, limit=DECISIONS_READ), key=lambda d: (d.outcome, d.reasons))
    earlier = [list(same)[-1] for _, same in turns]  # the first of each run: since when it was so
    return page(
        request, "supply.html", visitor, zone=home.zone, home=home, supply=supply, earlier=earlier[:TURNS_SHOWN],
        choices=choices.for_slot(session, supply.slot),
    )  # fmt: skip


@router.get(f"{ONE}/order")
def confirm(
    request: Request,
    visitor: Customer,
    session: Reads,
    now: Now,
    slot_id: str,
    quantity: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 1,
    problem: str = "",
) -> Response:
    """What one tap more will order, and for how much."""
    supply = supplies.supply(session, visitor.household_id, slot_id, now)
    if supply is None:
        raise HTTPException(404, words.NOT_FOUND)
    offer = ordering.offer_for(session, visitor.household_id, slot_id, now)
    return page(
        request, "order.html", visitor, supply=supply, offer=offer, quantity=quantity, most=MOST_AT_ONCE,
        lead_days=None if offer is None else ordering.lead_days(session, visitor.household_id, offer, now),
        problem=words.ORDER_PROBLEMS.get(problem),
    )  # fmt: skip


@router.post(f"{ONE}/order", dependencies=[Csrf])
def order(
    visitor: Customer,
    session: Writes,
    web: WebDep,
    now: Now,
    slot_id: str,
    quantity: Annotated[int, Form(ge=1, le=MOST_AT_ONCE)],
    shown_minor: Annotated[int, Form(ge=0)],
) -> Response:
    tap = Tap(visitor.household_id, slot_id, quantity, shown_minor)
    made = ordering.order_now(session, web.ids, tap, now)
    if isinstance(made, Order):
        return _to("/?done=ordered")
    problem = "changed" if made is Refusal.NO_ORDER else str(made)
    return _to(f"/supplies/{slot_id}/order?quantity={quantity}&problem={problem}")


@router.post(f"{ONE}/shelf", dependencies=[Csrf])
def correct_shelf(
    visitor: Customer,
    session: Writes,
    web: WebDep,
    now: Now,
    slot_id: str,
    packs: Annotated[float, Form(ge=0, le=MOST_ON_A_SHELF, allow_inf_nan=False)],
) -> Response:
    booking = ordering.correct_shelf(session, web.ids, visitor.household_id, slot_id, packs, now)
    return _to(f"/?done=shelf&undo={booking}" if booking else "/?done=same")


@router.post(f"{ONE}/level", dependencies=[Csrf])
def correct_level(
    visitor: Customer,
    session: Writes,
    now: Now,
    slot_id: str,
    packs: Annotated[float, Form(ge=0, le=MOST_IN_A_DEVICE, allow_inf_nan=False)],
) -> Response:
    """How much is in the device, in packs, as the person sees it."""
    if not ordering.correct_level(session, visitor.household_id, slot_id, packs, now, visitor.person.id):
        raise HTTPException(404, words.NOT_FOUND)
    return _to(f"/?done=level&undo_level={slot_id}")


@router.post(f"{ONE}/level/undo", dependencies=[Csrf])
def level_undo(visitor: Customer, session: Writes, now: Now, slot_id: str) -> Response:
    if ordering.own_slot(session, visitor.household_id, slot_id) is None:
        raise HTTPException(404, words.NOT_FOUND)
    undone = ordering.undo_level(session, visitor.household_id, slot_id, now)
    return _to("/?done=undone" if undone else "/?done=same")


@router.post(f"{ONE}/mode", dependencies=[Csrf])
def mode(visitor: Customer, session: Writes, now: Now, slot_id: str, mode: Annotated[Mode, Form()]) -> Response:
    if not ordering.set_mode(session, visitor.household_id, slot_id, mode, now):
        raise HTTPException(404, words.NOT_FOUND)
    return _to("/?done=mode")


@router.post(f"{ONE}/wish", dependencies=[Csrf])
def wish(
    visitor: Customer, session: Writes, now: Now, slot_id: str,
    place: Annotated[int, Form(ge=0, le=len(Wish) - 1)],
) -> Response:  # fmt: skip
    """A place on the slider, from 0 (never out) on."""
    if not ordering.set_wish(session, visitor.household_id, slot_id, list(Wish)[place], now):
        raise HTTPException(404, words.NOT_FOUND)
    return _to(f"/supplies/{slot_id}#wish")


@router.post(f"{ONE}/product", dependencies=[Csrf])
def product(
    visitor: Customer, session: Writes, web: WebDep, now: Now, slot_id: str,
    product: Annotated[str, Form(max_length=32)],
) -> Response:  # fmt: skip
    """What the person says belongs here."""
    chosen = choosing.choose(session, web.ids, visitor.household_id, slot_id, product, now)
    if chosen is choosing.Refused.NO_SLOT:
        raise HTTPException(404, words.NOT_FOUND)
    if isinstance(chosen, choosing.Refused):
        raise HTTPException(422, words.FORM_PROBLEM)
    return _to("/?done=product")


@router.post(f"{ONE}/later", dependencies=[Csrf])
def later(visitor: Customer, session: Writes, now: Now, slot_id: str) -> Response:
    """Not now: the suggestion comes again in some days."""
    if not ordering.not_now(session, visitor.household_id, slot_id, now):
        raise HTTPException(404, words.NOT_FOUND)
    return _to("/?done=later")


@router.post("/undo", dependencies=[Csrf])
def undo(
    visitor: Customer, session: Writes, web: WebDep, now: Now, booking: Annotated[str, Form(max_length=32)]
) -> Response:
    done = shelf.undo(session, web.ids, visitor.household_id, booking, now)
    return _to("/?done=same" if isinstance(done, Refusal) else "/?done=undone")


def _to(path: str) -> Response:
    return RedirectResponse(path, status_code=303)
