"""A mail catcher on loopback: real SMTP in, a small web page to read it; nothing ever leaves."""

import asyncio
import email
import email.policy
import html
import socket
import threading
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_KEEP = 500
_MAX_BYTES = 1_000_000
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
_ELSEWHERE = '<base target="_blank">'  # a link in a mail opens in a tab of its own, as in a mail program
_POPUPS = "allow-popups allow-popups-to-escape-sandbox"
_HEAD = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Mail</title>'
    '<meta name="viewport" content="width=device-width"><style>'
    "body{font:16px system-ui;margin:2rem auto;max-width:46rem;padding:0 1rem;color:#20302b}"
    "li{margin:.5rem 0}iframe{width:100%;height:70vh;border:1px solid #ccc;border-radius:8px}small{color:#5c6b66}"
    "</style></head><body>"
)


@dataclass(frozen=True)
class Caught:
    """One mail as it came over SMTP."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    came_s: float = 0.0  # time.monotonic() when it had been taken

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    def part(self, kind: str) -> str:
        """The `html` or `plain` text. Empty: it has none."""
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""


class Inbox:
    """The last mails that came, `keep` of them; may be asked from any thread."""

    def __init__(self, keep: int = _KEEP) -> None:
        self._mails: deque[Caught] = deque(maxlen=keep)
        self._count = 0
        self._came = threading.Condition()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep what was sent."""
        del server, session
        came_s = time.monotonic()
        raw = envelope.original_content or b""
        message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
        with self._came:
            self._count += 1
            kept = Caught(self._count, envelope.mail_from or "", tuple(envelope.rcpt_tos), message, came_s)
            self._mails.append(kept)
            self._came.notify_all()
        return "250 kept"

    def mails(self) -> list[Caught]:
        """Oldest first."""
        with self._came:
            return list(self._mails)

    def wait_for(self, count: int, seconds: float) -> list[Caught]:
        """The mails, as soon as `count` have come or the time is over."""
        with self._came:
            self._came.wait_for(lambda: self._count >= count, seconds)
            return list(self._mails)


class _OnSocket(Controller):
    """Listens on a socket that is bound already, so that a free port stays ours."""

    def __init__(self, inbox: Inbox, bound: socket.socket) -> None:
        host, port = bound.getsockname()[:2]
        super().__init__(inbox, hostname=host, port=port, data_size_limit=_MAX_BYTES, ident="mail catcher")
        self._bound = bound

    def _create_server(self) -> Coroutine[Any, Any, asyncio.Server]:
        return self.loop.create_server(self._factory_invoker, sock=self._bound)


class MailCatcher:
    """SMTP and web page, on loopback unless `host` says otherwise; port 0 picks a free one."""

    def __init__(
        self, *, host: str = "127.0.0.1", smtp_port: int = 0, web_port: int = 0, inbox: Inbox | None = None
    ) -> None:
        self.inbox = inbox or Inbox()
        bound = socket.create_server((host, smtp_port))
        # Its greeting is several small packets: each would wait 40 ms for the answer to the one before.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._smtp = _OnSocket(self.inbox, bound)
        self._web = ThreadingHTTPServer((host, web_port), _pages(self.inbox))
        self._web.daemon_threads = True
        self._thread = threading.Thread(target=self._web.serve_forever, daemon=True)

    def start(self) -> None:
        self._smtp.start()
        self._thread.start()

    def stop(self) -> None:
        self._smtp.stop()
        self._web.shutdown()
        self._web.server_close()
        self._thread.join(timeout=5)

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self._smtp.port}"

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self._web.server_address[1]}/"


def _pages(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = _page(inbox.mails(), self.path)
            body = (page or "Not found").encode()
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            # A mail is somebody else's HTML: no script, nothing loaded from elsewhere.
            self.send_header("Content-Security-Policy", _POLICY)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    return Handler


def _page(mails: list[Caught], path: str) -> str | None:
    """None: there is no such page."""
    if path == "/":
        return _list(mails)
    number, _, rest = path.strip("/").partition("/")
    found = next((mail for mail in mails if str(mail.number) == number), None)
    if found is None or rest not in {"", "body"}:
        return None
    if rest == "body":
        return _ELSEWHERE + (found.part("html") or f"<pre>{html.escape(found.part('plain'))}</pre>")
    return (
        f'{_HEAD}<p><a href="/">All mail</a></p><h1>{html.escape(found.subject)}</h1>'
        f"<p><small>{html.escape(', '.join(found.recipients))}</small></p>"
        f'<iframe src="/{found.number}/body" title="Mail" sandbox="{_POPUPS}"></iframe></body></html>'
    )


def _list(mails: list[Caught]) -> str:
    items = "".join(
        f'<li><a href="/{m.number}">{html.escape(m.subject)}</a> '
        f"<small>{html.escape(', '.join(m.recipients))}</small></li>"
        for m in reversed(mails)
    )
    return f"{_HEAD}<h1>Mail</h1><ul>{items or '<li>Nothing yet</li>'}</ul></body></html>"
