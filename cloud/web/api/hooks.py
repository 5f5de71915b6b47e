"""Where suppliers tell us news: one address each, signed, taken in once."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from cloud.catalogue import service as catalogue
from cloud.orders import webhooks
from cloud.orders.webhooks import Caller
from cloud.settings import Settings
from cloud.web.api.problems import ProblemError
from cloud.web.deps import Now, WebDep, Writes

router = APIRouter(tags=["suppliers"])

ON_A_FAST_CLOCK = timedelta(days=3)  # there a second on the way can be hours


async def _whole(request: Request) -> bytes:
    return await request.body()  # `Capped` has bounded it


RawBody = Annotated[bytes, Depends(_whole)]
"""Asked for before the session, in this order: whoever sends slowly keeps nobody from writing meanwhile."""


@router.post("/hooks/suppliers/{slug}", status_code=204, summary="News of an order, from its supplier")
def supplier_news(request: Request, web: WebDep, now: Now, slug: str, body: RawBody, session: Writes) -> Response:
    """Signed as Standard Webhooks prescribe. A repeat is answered like the first and changes nothing.

    204: need not be sent again. 400: not readable. 401: the signature does not fit or is too old.
    """
    supplier = catalogue.supplier_by_slug(session, slug)
    if supplier is None:
        raise ProblemError(404, "unknown-supplier")
    caller = Caller(supplier.id, supplier.webhook_secret, _tolerance(web.settings))
    outcome = webhooks.receive(session, web.ids, caller, request.headers, body, now, on_change=web.on_change)
    if outcome in webhooks.STATUS:
        raise ProblemError(webhooks.STATUS[outcome], f"webhook-{outcome}")
    return Response(status_code=204)


def _tolerance(settings: Settings) -> timedelta:
    return webhooks.TOLERANCE if settings.clock_file is None else ON_A_FAST_CLOCK
