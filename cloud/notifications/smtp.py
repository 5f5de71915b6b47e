"""Hand one mail to the mail server.

With the standard library: apprise reads the system's certificates anew for each mail, also where no TLS is spoken, and
that takes 40 ms in which nothing else of the process runs.
"""

import functools
import re
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from cloud.notifications import plain_text
from cloud.notifications.rendering import Mail

_MODES = {"smtp": "insecure", "smtp+starttls": "starttls", "smtps": "ssl"}
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_TIMEOUT_S = 10.0
LONGEST = 254
_ATOM, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


class MailError(Exception):
    """The settings for mail cannot be used; the message says why."""


@dataclass(frozen=True)
class Server:
    """The mail server. `mode` is insecure, starttls or ssl."""

    host: str
    port: int
    mode: str
    user: str | None
    password: str | None
    sender: tuple[str, str]  # name, address

    def __repr__(self) -> str:
        return f"Server({self.host!r}, {self.port}, {self.mode!r})"

    def send(self, address: str, mail: Mail, reference: str) -> str | None:
        """None: taken; else a code. A repeat has the same Message-ID: a reader's program can show it once.

        A server that took the mail but whose answer got lost is told again: a notice may come twice, never not at all.
        """
        if not is_address(address):
            return "address_not_usable"
        message = self._message(address, mail, reference)
        try:
            session = self._session()
        except (smtplib.SMTPException, OSError):
            return "not_taken"
        try:
            session.send_message(message, self.sender[1], [address])
        except smtplib.SMTPRecipientsRefused:
            return "address_refused"
        except (smtplib.SMTPException, OSError):
            return "not_taken"
        finally:
            with suppress(smtplib.SMTPException, OSError):  # it has taken the mail, or said why not
                session.quit()
        return None

    def _session(self) -> smtplib.SMTP:
        if self.mode == "ssl":
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, _our_name(), timeout=_TIMEOUT_S, context=_certificates()
            )
        else:
            session = smtplib.SMTP(self.host, self.port, _our_name(), timeout=_TIMEOUT_S)
        try:
            if self.mode == "starttls":
                session.starttls(context=_certificates())
            if self.user and self.password:
                session.login(self.user, self.password)
        except (smtplib.SMTPException, OSError):
            session.close()
            raise
        return session

    def _message(self, address: str, mail: Mail, reference: str) -> EmailMessage:
        name, sender = self.sender
        message = EmailMessage()
        message["Subject"] = mail.subject
        message["From"] = Address(display_name=name, addr_spec=sender)
        message["To"] = address
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{reference}@{sender.rpartition('@')[2]}>"
        message["X-Forehand-Id"] = reference
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(plain_text.of(mail))
        message.add_alternative(mail.html, subtype="html")
        return message


def server(smtp_url: str, mail_from: str) -> Server:
    """From `smtp://host:port`, `smtps://user:password@host` or `smtp+starttls://…`. Raises MailError."""
    url = urlsplit(smtp_url)
    if url.scheme not in _MODES or not url.hostname:
        raise MailError("smtp_url must be smtp://, smtp+starttls:// or smtps:// with a host")
    name, address = parseaddr(mail_from)
    if "@" not in address:
        raise MailError("mail_from must hold an e-mail address")
    return Server(
        host=url.hostname,
        port=url.port or _PORTS[url.scheme],
        mode=_MODES[url.scheme],
        user=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        sender=(name, address),
    )


def is_address(text: str) -> bool:
    """Whether a mail could go there: one plain address, nothing around it."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None


@functools.cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


@functools.cache
def _our_name() -> str:
    """As who we greet. Asked once: the answer may come from a slow name server."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"
