"""The supplier's HTTP desk without the HTTP: a request in, a response or silence out, as docs/supplier-api.md says."""

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import standardwebhooks

from simulator.supplier.warehouse import Fault, Parcel, Told, Warehouse

ORDERS = "/v1/orders"
_MAX_BODY = 20_000


@dataclass(frozen=True)
class Request:
    """What came in. Header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """What goes out."""

    status: int
    body: dict[str, Any]
    replayed: bool = False

    def encoded(self) -> bytes:
        return json.dumps(self.body, sort_keys=True).encode()

    def headers(self) -> dict[str, str]:
        kind = "application/json" if self.status < 400 else "application/problem+json"  # noqa: PLR2004
        return {"Content-Type": kind, **({"Idempotent-Replayed": "true"} if self.replayed else {})}


@dataclass(frozen=True)
class Post:
    """A signed webhook, ready to be sent."""

    headers: dict[str, str]
    body: bytes


class Silence(Exception):  # noqa: N818 - not an error of ours: this is how the supplier behaves
    """No answer will come."""


class Desk:
    """Checks the token, keeps the answers per idempotency key, signs the news. May be used from several threads."""

    def __init__(self, warehouse: Warehouse, api_token: str, webhook_secret: str) -> None:
        self._warehouse = warehouse
        self._token = api_token
        self._webhook = standardwebhooks.Webhook(webhook_secret)
        self._answers: dict[str, tuple[str, Response]] = {}
        self._waiting: list[Told] = []
        self._lock = threading.Lock()

    def answer(self, request: Request, now: datetime) -> Response:
        """Raises Silence where the answer gets lost."""
        with self._lock:
            self._waiting += self._warehouse.advance(now)
            if not hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {self._token}"):
                return _problem(401, "unauthorised")
            url = urlsplit(request.target)
            if (request.method, url.path) == ("POST", ORDERS):
                return self._place(request, now)
            if (request.method, url.path) == ("GET", ORDERS):
                return self._find(parse_qs(url.query).get("reference", [""])[0])
            if request.method == "POST" and url.path.startswith(ORDERS + "/") and url.path.endswith("/cancel"):
                return self._cancel(url.path.removeprefix(ORDERS + "/").removesuffix("/cancel"), now)
            return _problem(404, "no_such_page")

    def news(self, now: datetime) -> list[tuple[Told, Post]]:
        """What has happened by `now`, signed. Each is handed out once: the caller brings it, as often as it takes."""
        with self._lock:
            told = self._waiting + self._warehouse.advance(now)
            self._waiting = []
            return [(one, self.signed(one, now)) for one in told]

    def next_at(self) -> datetime | None:
        """When there will be news. None: nothing is under way."""
        with self._lock:
            return self._waiting[0].at if self._waiting else self._warehouse.next_at()

    def signed(self, told: Told, now: datetime) -> Post:
        """Sign again for each try: the time of signing is part of it, the id stays."""
        parcel = self._warehouse.parcels[told.reference]
        data = {**_status(parcel), "status": told.status}
        body = json.dumps({"type": f"order.{told.status}", "timestamp": told.at.isoformat(), "data": data})
        now = now.astimezone(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": told.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(told.id, now.replace(microsecond=0), body),
        }
        return Post(headers, body.encode())

    def _place(self, request: Request, now: datetime) -> Response:
        key = request.headers.get("idempotency-key", "")
        if not key or len(request.body) > _MAX_BODY:
            return _problem(400, "no_idempotency_key" if not key else "too_large")
        print_of_body = hashlib.sha256(request.body).hexdigest()
        if key in self._answers:
            before, answer = self._answers[key]
            if before != print_of_body:
                return _problem(422, "key_reused")
            return Response(200, answer.body, replayed=True) if answer.status < 400 else answer  # noqa: PLR2004
        fault = self._warehouse.fault_of_next()
        if fault is Fault.SILENT_DROP:
            raise Silence
        if fault is Fault.ERROR:
            return _problem(503, "try_later")
        answer = self._considered(request.body, fault, now)
        self._answers[key] = (print_of_body, answer)
        if fault is Fault.SILENT_ACCEPT:
            raise Silence
        return answer

    def _considered(self, body: bytes, fault: Fault, now: datetime) -> Response:
        try:
            wanted = json.loads(body)
            reference, lines = str(wanted["reference"]), wanted["lines"]
            quantity = sum(int(line["quantity"]) for line in lines)
            deliver_on = date.fromisoformat(wanted["deliver_on"]) if wanted.get("deliver_on") else None
        except (ValueError, KeyError, TypeError):
            return _problem(422, "malformed")
        if reference in self._warehouse.barred:
            return _problem(422, "cancelled")
        if reference in self._warehouse.parcels:
            return _problem(409, "duplicate_reference")
        if fault is Fault.REFUSE:
            return _problem(422, "out_of_stock")
        parcel = self._warehouse.accept(reference, quantity, deliver_on, fault, now)
        if wanted.get("parcel"):
            self._warehouse.put_together(parcel, str(wanted["parcel"]))
        self._waiting += self._warehouse.tell(parcel, now)
        return Response(201, _status(parcel))

    def _find(self, reference: str) -> Response:
        parcel = self._warehouse.parcels.get(reference)
        return Response(200, _status(parcel)) if parcel else _problem(404, "no_such_order")

    def _cancel(self, reference: str, now: datetime) -> Response:
        before = self._warehouse.parcels.get(reference)
        was = before.status if before else None
        parcel = self._warehouse.cancel(reference, now)
        if parcel is None:
            return Response(200, {"reference": reference, "id": "-", "status": "cancelled"})
        if parcel.status != "cancelled":
            return _problem(422, "too_late")
        if was != "cancelled":
            self._waiting += self._warehouse.tell(parcel, now)
        return Response(200, _status(parcel))


def _status(parcel: Parcel) -> dict[str, Any]:
    known: dict[str, Any] = {
        "reference": parcel.reference,
        "id": parcel.id,
        "status": parcel.status,
        "promised_for": parcel.arrives_at.isoformat(),
    }
    if parcel.carrier is not None and parcel.status != "accepted":
        known["carrier"] = parcel.carrier
    if parcel.code is not None:
        known["code"] = parcel.code
    if parcel.delivered_quantity is not None:
        known["delivered_quantity"] = parcel.delivered_quantity
    return known


def _problem(status: int, code: str) -> Response:
    return Response(status, {"type": "about:blank", "status": status, "title": code.replace("_", " "), "code": code})
