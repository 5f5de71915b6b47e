"""Tell a program of the contact's: one signed POST, as Standard Webhooks prescribe, to a public https address."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2
import standardwebhooks

from cloud import outgoing
from cloud.notifications import plain_text
from cloud.notifications.rendering import Mail
from cloud.outgoing import Resolver

PORT = 443
TIMEOUT_S = 10.0
LONGEST = 500
FACTS = ("number", "kind", "is_drill", "is_late", "happened_at", "wearer", "taken_by", "closed_by", "disposition")
"""What of a message's values is told beside its words, where it is there."""


def _real_time() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Hook:
    """Ways into the network, as arguments. The time is that of the real world: the other end compares it."""

    secret: str = field(repr=False)
    look_up: Resolver = outgoing.resolve
    transport: httpx2.BaseTransport | None = None
    time: Callable[[], datetime] = _real_time

    def send(self, address: str, mail: Mail, reference: str) -> str | None:
        """None: the other end said 2xx. No redirect is followed, and no answer is read."""
        url = _parsed(address)
        if url is None:
            return "address_not_allowed"
        try:
            place = outgoing.public_place(url.host, PORT, self.look_up)
            return "address_not_allowed" if place is None else self._post(url, place, mail, reference)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError):
            return "unreachable"

    def _post(self, url: httpx2.URL, place: str, mail: Mail, reference: str) -> str | None:
        now = self.time()
        body = _body(mail, reference, now)
        headers = {
            "Host": url.host,  # the request goes to the checked address, in the name of the host
            "Content-Type": "application/json",
            "User-Agent": "Forehand",
            "webhook-id": reference,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": standardwebhooks.Webhook(self.secret).sign(reference, now, body),
        }
        transport = self.transport or httpx2.HTTPTransport(trust_env=False)
        with httpx2.Client(transport=transport, timeout=TIMEOUT_S, trust_env=False) as client:
            request = client.build_request(
                "POST", url.copy_with(host=place), headers=headers, content=body, extensions={"sni_hostname": url.host}
            )
            response = client.send(request, stream=True, follow_redirects=False)
            status = response.status_code
            response.close()
        return None if httpx2.codes.is_success(status) else f"answered_{status}"


def is_address(text: str) -> bool:
    """Whether it may be tried. What it resolves to is judged when it is sent to."""
    return _parsed(text) is not None


def _parsed(text: str) -> httpx2.URL | None:
    """https, a host, the usual port, and no name or password."""
    try:
        url = httpx2.URL(text)
        port = url.port
    except (httpx2.InvalidURL, ValueError, TypeError):
        return None
    fits = url.scheme == "https" and url.host and not url.userinfo and port in {None, PORT} and len(text) <= LONGEST
    return url if fits else None


def _body(mail: Mail, reference: str, now: datetime) -> str:
    facts = {name: mail.facts[name] for name in FACTS if name in mail.facts}
    said = {
        "reference": reference,
        **facts,
        "subject": mail.subject,
        "text": plain_text.of(mail),
        "answer_url": mail.link,
    }
    return json.dumps({"type": mail.template, "timestamp": now.isoformat(), "data": said}, ensure_ascii=False)
