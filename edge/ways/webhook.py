"""A program in the home or beside it: one POST, with a token or signed as Standard Webhooks prescribe."""

import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

import httpx2

from edge.ways.way import Call, WayError

SECRET_PREFIX, SHORTEST_SECRET = "whsec_", 24
_HOW = "write http://HOST/PATH or https://HOST/PATH, without user and password"


@dataclass(frozen=True)
class Webhook:
    """`about`: whom it concerns, in the household's own words. `time_s`: that of the real world, which is signed."""

    address: str = field(repr=False)  # it may hold what is secret
    token: str | None = field(default=None, repr=False)
    key: bytes | None = field(default=None, repr=False)
    about: str | None = None
    timeout_s: float = 10.0
    trusted: ssl.SSLContext | None = None
    transport: httpx2.BaseTransport | None = None
    time_s: Callable[[], float] = time.time

    def send(self, call: Call, attempt: int) -> None:
        """Taken: 2xx. No redirect is followed, no proxy asked, and no answer read."""
        body = json.dumps({"type": "alarm_unheard", **asdict(call), "about": self.about, "attempt": attempt}).encode()
        try:
            status = self._post(body, call.alarm_id)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError) as error:
            raise WayError(str(error) or type(error).__name__) from error
        if not httpx2.codes.is_success(status):
            raise WayError(f"it answered {status}")

    def _post(self, body: bytes, alarm_id: str) -> int:
        transport = self.transport or httpx2.HTTPTransport(verify=self.trusted or True, trust_env=False)
        with httpx2.Client(transport=transport, timeout=self.timeout_s, trust_env=False) as client:
            request = client.build_request("POST", self.address, headers=self._headers(body, alarm_id), content=body)
            response = client.send(request, stream=True, follow_redirects=False)
            response.close()
        return response.status_code

    def _headers(self, body: bytes, alarm_id: str) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "Forehand", "Idempotency-Key": alarm_id}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.key is not None:
            moment = str(int(self.time_s()))
            headers |= {"webhook-id": alarm_id, "webhook-timestamp": moment}
            headers["webhook-signature"] = signature(self.key, alarm_id, moment, body)
        return headers


def signature(key: bytes, reference: str, moment: str, body: bytes) -> str:
    signed = hmac.new(key, b".".join([reference.encode(), moment.encode(), body]), hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def key_of(secret: str) -> bytes:
    """Raises ValueError that says what is expected."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError as error:
        raise ValueError("it should be whsec_ and base64") from error
    if not secret.startswith(SECRET_PREFIX) or len(key) < SHORTEST_SECRET:
        raise ValueError(f"it should be whsec_ and the base64 of at least {SHORTEST_SECRET} random bytes")
    return key


def check_address(text: str) -> None:
    """Raises ValueError that says what to write."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"that is no address: {_HOW}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or port == 0:
        raise ValueError(f"that is no address: {_HOW}")
