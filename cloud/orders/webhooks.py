"""A supplier tells us news: signed as Standard Webhooks prescribe, taken in once."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec
import sqlalchemy as sa
import standardwebhooks
import structlog
from sqlmodel import Session

from cloud.orders import service, views
from cloud.orders.rules import NEWS, Event
from cloud.orders.sending import OnChange, tell_nobody
from cloud.orders.service import Change, News
from cloud.orders.supplier_api import MAX_BODY_BYTES, PREFIX, Webhook, carrier_named
from cloud.orders.tables import WebhookSeen
from kit.ids import Ids

TOLERANCE = timedelta(minutes=5)
_MAX_ID = 80
_MAX_STAMP = 12
_log = structlog.get_logger()


class Outcome(StrEnum):
    """What became of a webhook. Only `forged`, `stale` and `malformed` are the sender's fault."""

    APPLIED = "applied"
    REPEATED = "repeated"
    NOTHING_NEW = "nothing_new"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_TYPE = "unknown_type"
    FORGED = "forged"
    STALE = "stale"
    MALFORMED = "malformed"


STATUS = {Outcome.FORGED: 401, Outcome.STALE: 401, Outcome.MALFORMED: 400}
"""The HTTP answer; what is not here is a 204: the supplier need not send it again."""


def verify(
    headers: Mapping[str, str], body: bytes, secret: str, now: datetime, tolerance: timedelta = TOLERANCE
) -> Outcome | str:
    """The webhook's id, or why it is not believed.

    The library's own `verify` asks the machine's clock; ours is an argument, so only its signing is used.
    """
    given = {name.lower(): value for name, value in headers.items()}
    webhook_id, stamp, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    at = _moment(stamp)
    if not webhook_id or len(webhook_id) > _MAX_ID or at is None:
        return Outcome.FORGED
    try:
        expected = standardwebhooks.Webhook(secret).sign(webhook_id, at, body.decode())
    except (UnicodeDecodeError, binascii.Error):
        return Outcome.FORGED
    if not any(_same(expected, signature) for signature in signatures.split(" ")):
        return Outcome.FORGED
    return webhook_id if abs(now - at) <= tolerance else Outcome.STALE


@dataclass(frozen=True)
class Caller:
    """Who calls. `secret` None: this supplier may not. `tolerance` is in the time of `now`: a fast clock needs more."""

    supplier_id: str
    secret: str | None
    tolerance: timedelta = TOLERANCE

    def __repr__(self) -> str:
        return f"Caller({self.supplier_id!r})"


def receive(
    session: Session,
    ids: Ids,
    caller: Caller,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    *,
    on_change: OnChange = tell_nobody,
) -> Outcome:
    """Check, take in, remember the id: all in the caller's transaction. `STATUS` has the HTTP answer."""
    if len(body) > MAX_BODY_BYTES:
        return Outcome.MALFORMED
    webhook_id = _believed(caller, headers, body, now)
    if isinstance(webhook_id, Outcome):
        _log.warning("webhook_refused", supplier_id=caller.supplier_id, outcome=webhook_id.value)
        return webhook_id
    try:
        webhook = msgspec.json.decode(body, type=Webhook)
    except (msgspec.MsgspecError, RecursionError):
        return Outcome.MALFORMED
    try:
        with session.begin_nested():  # a twin that comes at the same moment waits here, and is then a repeat
            session.add(WebhookSeen(supplier_id=caller.supplier_id, webhook_id=webhook_id, at=now))
    except sa.exc.IntegrityError:
        return Outcome.REPEATED
    return _take_in(session, ids, caller.supplier_id, webhook, now, on_change)


def _believed(caller: Caller, headers: Mapping[str, str], body: bytes, now: datetime) -> Outcome | str:
    if not caller.secret:
        return Outcome.FORGED
    return verify(headers, body, caller.secret, now, caller.tolerance)


def _take_in(
    session: Session, ids: Ids, supplier_id: str, webhook: Webhook, now: datetime, on_change: OnChange
) -> Outcome:
    word = webhook.type.removeprefix(PREFIX)
    if not webhook.type.startswith(PREFIX) or word not in {event.value for event in NEWS}:
        return Outcome.UNKNOWN_TYPE
    order = views.by_reference(session, webhook.data.reference)
    if order is None or order.supplier_id != supplier_id:
        return Outcome.UNKNOWN_ORDER
    change = service.happened(session, ids, order.id, _news(Event(word), webhook), now)
    if not isinstance(change, Change) or not change.moved:
        return Outcome.NOTHING_NEW
    on_change(session, change, now)
    return Outcome.APPLIED


def _news(event: Event, webhook: Webhook) -> News:
    told = webhook.data
    return News(
        event,
        supplier_ref=told.id,
        promised_for=told.promised_for,
        delivered_quantity=told.delivered_quantity,
        code=told.code,
        carrier=carrier_named(told.carrier),
        at=webhook.timestamp,
    )


def _moment(stamp: str) -> datetime | None:
    """Of whole seconds since 1970. None: no number, or one beyond all years."""
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > _MAX_STAMP:
        return None
    try:
        return datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _same(expected: str, given: str) -> bool:
    version, _, signature = given.partition(",")
    if version != "v1":
        return False
    try:
        mine = base64.b64decode(expected.partition(",")[2])
        return hmac.compare_digest(mine, base64.b64decode(signature, validate=True))
    except (binascii.Error, ValueError):
        return False
