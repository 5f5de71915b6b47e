"""Fetch a calendar from an address that a customer typed: never from inside the network, never more than agreed.

Each host is resolved once, every answer must be a public address, and the connection goes to the address that was
checked (DNS cannot change its mind in between). Redirects pass through the same gate.
"""

import threading
import zlib
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx2

from cloud.calendars.ics import MAX_BYTES, Refused
from cloud.outgoing import Resolver, is_public, resolve

PORTS = frozenset({80, 443})
MAX_REDIRECTS = 3
TIMEOUT_S = 10.0
DEADLINE_S = 30.0
MAX_URL = 2000
LONGEST_ETAG, LONGEST_DATE = 500, 100
_MOVED = frozenset({301, 302, 303, 307, 308})
_NOT_MODIFIED = 304


@dataclass(frozen=True)
class Fetched:
    """A new copy, with what the server wants to hear next time."""

    body: bytes = field(repr=False)
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class NotModified:
    """The copy we have is still current."""


Answer: TypeAlias = Fetched | NotModified | Refused
"""Refused codes: address_not_allowed, unreachable, not_found, needs_sign_in, server_error, too_large,
too_many_redirects, bad_answer."""


@dataclass(frozen=True)
class Fetcher:
    """Ways into the network, as arguments. `allow_private` is for a home's own server and for tests."""

    resolve: Resolver = resolve
    transport: httpx2.BaseTransport | None = None
    allow_private: bool = False
    deadline_s: float = DEADLINE_S

    def fetch(self, address: str, etag: str | None = None, last_modified: str | None = None) -> Answer:
        """One GET, conditional when a copy is known. Never raises for what the network does."""
        asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in asked.items() if value}
        transport = self.transport or httpx2.HTTPTransport(trust_env=False)
        client = httpx2.Client(transport=transport, timeout=TIMEOUT_S, trust_env=False)
        # The client's own time-outs start anew with every byte: a server that drips is cut off by this one.
        cut = threading.Timer(self.deadline_s, client.close)
        cut.daemon = True
        cut.start()
        try:
            return self._follow(client, address, headers)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError):
            return Refused("unreachable")
        except (zlib.error, ValueError):
            return Refused("bad_answer")
        finally:
            cut.cancel()
            client.close()

    def _follow(self, client: httpx2.Client, address: str, headers: dict[str, str]) -> Answer:
        url = _parsed(address)
        for _ in range(MAX_REDIRECTS + 1):
            place = self._place(url) if url else None
            if url is None or place is None:
                return Refused("address_not_allowed")
            request = _request(client, url, place, headers)
            response = client.send(request, stream=True, follow_redirects=False)
            try:
                if response.status_code not in _MOVED:
                    return _answer(response)
                url = _redirected(url, response.headers.get("location", ""))
            finally:
                response.close()
        return Refused("too_many_redirects")

    def _place(self, url: httpx2.URL) -> str | None:
        """The address to connect to, or None: this is not a place a stranger may send us."""
        port = url.port or (443 if url.scheme == "https" else 80)
        if not self.allow_private and port not in PORTS:
            return None
        addresses = self.resolve(url.host, port)
        if not addresses or not (self.allow_private or all(is_public(address) for address in addresses)):
            return None
        return addresses[0]


def address_problem(address: str) -> str | None:
    """A code, or None: an address that may be tried. What it resolves to is judged when it is fetched."""
    return None if len(address) <= MAX_URL and _parsed(address) else "address_not_allowed"


def _parsed(address: str) -> httpx2.URL | None:
    """An address with a scheme we fetch, a host, and no name or password in it; webcal means https."""
    try:
        url = httpx2.URL(address.strip())
    except (httpx2.InvalidURL, ValueError, TypeError):
        return None
    if url.scheme in {"webcal", "webcals"}:
        url = url.copy_with(scheme="https")
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        return None
    return url


def _redirected(url: httpx2.URL, location: str) -> httpx2.URL | None:
    """Where a redirect leads; None: nowhere, or from https down to http."""
    target = _parsed(str(url.join(location))) if location else None
    if target is None or (url.scheme == "https" and target.scheme != "https"):
        return None
    return target


def _request(client: httpx2.Client, url: httpx2.URL, place: str, headers: dict[str, str]) -> httpx2.Request:
    """To the checked address, in the name of the host: the Host header and TLS see what the customer typed."""
    host = url.host if url.port is None else f"{url.host}:{url.port}"
    ours = {"Host": host, "Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "gzip", "User-Agent": "Forehand"}
    return client.build_request(
        "GET", url.copy_with(host=place), headers={**headers, **ours}, extensions={"sni_hostname": url.host}
    )


def _status_code(status: int) -> str:
    if status in {404, 410}:
        return "not_found"
    return "needs_sign_in" if status in {401, 403} else "server_error"


def _answer(response: httpx2.Response) -> Answer:
    if response.status_code == _NOT_MODIFIED:
        return NotModified()
    if response.status_code != httpx2.codes.OK:
        return Refused(_status_code(response.status_code))
    body = _body(response)
    if isinstance(body, Refused):
        return body
    etag, modified = response.headers.get("etag"), response.headers.get("last-modified")
    return Fetched(body, _short(etag, LONGEST_ETAG), _short(modified, LONGEST_DATE))


def _body(response: httpx2.Response) -> bytes | Refused:
    """The body, unpacked no further than the limit: a small answer may unpack into gigabytes."""
    coding = response.headers.get("content-encoding", "identity").lower()
    if coding not in {"identity", "gzip", "x-gzip"}:
        return Refused("bad_answer")
    unpack = None if coding == "identity" else zlib.decompressobj(wbits=31)
    body = b""
    for chunk in response.iter_raw():
        body += unpack.decompress(chunk, MAX_BYTES + 1 - len(body)) if unpack else chunk
        if len(body) > MAX_BYTES:
            return Refused("too_large")
    if unpack and not unpack.eof:
        return Refused("bad_answer")
    return body


def _short(value: str | None, longest: int) -> str | None:
    """What is too long to be kept is not kept: the whole calendar is then read each time."""
    return None if value is None or len(value) > longest else value
