"""What is said between us and a supplier over HTTP; docs/supplier-api.md describes it."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

API = "/v1/orders"
MAX_BODY_BYTES = 20_000
MAX_CARRIER = 40
PREFIX = "order."

Ref = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
Code = Annotated[str, Meta(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Count = Annotated[int, Meta(ge=1, le=10_000)]


class Line(Struct, frozen=True):
    """`quantity` packs under the supplier's own number, at the price that we decided on."""

    sku: Ref
    quantity: Count
    price_minor: int
    currency: str


class PlaceOrder(Struct, frozen=True, omit_defaults=True):
    """POST /v1/orders. `deliver_on` is an ISO day: not before it. `parcel`: the same for what should come together."""

    reference: Ref
    lines: list[Line]
    address: dict[str, str]
    deliver_on: str | None = None
    parcel: Ref | None = None


class OrderStatus(Struct, frozen=True, omit_defaults=True):
    """What a supplier knows of an order: the answer to placing, looking up and cancelling it."""

    reference: Ref
    id: Ref
    status: Annotated[str, Meta(max_length=20)]
    promised_for: datetime | None = None
    code: Code | None = None
    delivered_quantity: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    carrier: Any = None  # see `carrier_named`


class Problem(Struct, frozen=True):
    """A refusal in RFC 9457's form; `code` says why."""

    code: Code | UnsetType = UNSET


class OrderNews(Struct, frozen=True, omit_defaults=True):
    """The `data` of a webhook."""

    reference: Ref
    id: Ref
    promised_for: datetime | None = None
    code: Code | None = None
    delivered_quantity: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    carrier: Any = None  # see `carrier_named`


class Webhook(Struct, frozen=True):
    """A webhook's body: `type` is `order.` and what happened."""

    type: Annotated[str, Meta(max_length=40)]
    timestamp: datetime
    data: OrderNews


def carrier_named(told: Any) -> str | None:
    """None: nobody was named, or not by a short text. Who means something else by this word is not refused."""
    if not isinstance(told, str):
        return None
    name = " ".join(told.split())
    return name if 0 < len(name) <= MAX_CARRIER and name.isprintable() else None
