"""Talk to a supplier over HTTP. Every outcome is a value: also that nobody can know it."""

from dataclasses import dataclass
from typing import TypeVar

import httpx2
import msgspec

from cloud.orders.supplier_api import API, MAX_BODY_BYTES, OrderStatus, PlaceOrder, Problem

TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_NOT_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
_ASK_AGAIN = frozenset({401, 403, 408, 409, 425, 429})
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_T = TypeVar("_T")


@dataclass(frozen=True)
class Access:
    """Where a supplier listens and what opens its door."""

    base_url: str
    api_token: str

    def __repr__(self) -> str:
        return f"Access({self.base_url!r})"


@dataclass(frozen=True)
class Known:
    """The supplier has the order; `status` says how it stands there."""

    status: OrderStatus


@dataclass(frozen=True)
class Refused:
    """A definite no."""

    code: str


@dataclass(frozen=True)
class NotKnown:
    """The supplier has no order under this reference."""


@dataclass(frozen=True)
class Uncertain:
    """It may have arrived and taken effect, or not: look it up before trying again."""

    code: str


@dataclass(frozen=True)
class NotSent:
    """It surely had no effect: try again."""

    code: str


Answer = Known | Refused | NotKnown | Uncertain | NotSent


class SupplierClient:
    """One for all suppliers. `transport` is the seam for tests and the simulator. Redirects are not followed."""

    def __init__(self, transport: httpx2.BaseTransport | None = None, timeout: httpx2.Timeout = TIMEOUT) -> None:
        self._http = httpx2.Client(transport=transport, timeout=timeout, follow_redirects=False, trust_env=False)

    def place(self, access: Access, order: PlaceOrder, key: str) -> Answer:
        """`key` makes a repeat harmless: the same key is answered as the first time."""
        return self._ask(access, "POST", API, body=msgspec.json.encode(order), key=key)

    def find(self, access: Access, reference: str) -> Answer:
        return self._ask(access, "GET", API, params={"reference": reference})

    def cancel(self, access: Access, reference: str, key: str) -> Answer:
        """A supplier that does not know the reference yet remembers that it must not accept it any more."""
        return self._ask(access, "POST", f"{API}/{reference}/cancel", key=key)

    def close(self) -> None:
        self._http.close()

    def _ask(
        self,
        access: Access,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        key: str | None = None,
        params: dict[str, str] | None = None,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {access.api_token}", "Accept": "application/json"}
        if key is not None:
            headers |= {"Idempotency-Key": key, "Content-Type": "application/json"}
        request = self._http.build_request(
            method, access.base_url.rstrip("/") + path, headers=headers, content=body, params=params
        )
        try:
            response = self._http.send(request, stream=True)
            return _understood(response.status_code, _body(response))
        except _NOT_LEFT:
            return NotSent("unreachable")
        except httpx2.TimeoutException:
            return Uncertain("timeout")
        except (httpx2.HTTPError, httpx2.StreamError):
            return Uncertain("broken_answer")


def _body(response: httpx2.Response) -> bytes:
    """At most MAX_BODY_BYTES: a supplier cannot fill our memory."""
    taken = b""
    try:
        for part in response.iter_bytes():
            taken += part
            if len(taken) > MAX_BODY_BYTES:
                break
    finally:
        response.close()
    return taken[: MAX_BODY_BYTES + 1]


def _understood(status: int, body: bytes) -> Answer:
    if status >= _SERVER_ERROR:
        return Uncertain(f"http_{status}")
    if status in _ASK_AGAIN and status != 409:  # noqa: PLR2004 - 409: the first request is still being worked on
        return NotSent(f"http_{status}")
    if status == 409:  # noqa: PLR2004
        problem = _decoded(body, Problem)
        code = problem.code if problem else "conflict"
        return Uncertain("in_progress") if code == "in_progress" else Refused(str(code or "conflict"))
    if status == 404:  # noqa: PLR2004
        return NotKnown()
    if status >= _CLIENT_ERROR:
        problem = _decoded(body, Problem)
        return Refused(str(problem.code) if problem and problem.code else f"http_{status}")
    known = _decoded(body, OrderStatus)
    return Known(known) if known else Uncertain("malformed_answer")


def _decoded(body: bytes, wanted: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.MsgspecError:
        return None
