"""Hand one mail to the mail server, through apprise, over real SMTP."""

import warnings
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

import apprise

from cloud.notifications.rendering import Mail

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # apprise looks for imghdr, which Python 3.13 has not
    from apprise.plugins.email import NotifyEmail

_MODES = {"smtp": "insecure", "smtp+starttls": "starttls", "smtps": "ssl"}
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_TIMEOUT_S = 10


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
        """None: taken; else a code. The reference travels as X-Forehand-Id: apprise makes its own Message-ID.

        A server that took the mail but whose answer got lost is told again: a notice may come twice, never not at all.
        """
        target = self._target(address, reference)
        if target is None:
            return "address_not_usable"
        taken = target.notify(body=mail.html, title=mail.subject, body_format=apprise.NotifyFormat.HTML)
        return None if taken else "not_taken"

    def _target(self, address: str, reference: str) -> NotifyEmail | None:
        """The one plugin we use, made directly: no text from outside can choose another. None: no such address."""
        name, sender = self.sender
        try:
            made = NotifyEmail(  # type: ignore[no-untyped-call]
                secure=self.mode != "insecure",
                host=self.host,
                smtp_host=self.host,
                port=self.port,
                secure_mode=self.mode,
                user=self.user,
                password=self.password,
                from_addr=f"{name} <{sender}>" if name else sender,
                targets=[address],
                format="html",
                headers={"X-Forehand-Id": reference, "Auto-Submitted": "auto-generated"},
            )
        except (TypeError, ValueError):  # apprise's way to refuse an argument
            return None
        made.socket_connect_timeout = _TIMEOUT_S
        return made if len(made.targets) == 1 else None


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
    name, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    return not name and address == text and bool(at and local and domain) and text.isascii() and text.isprintable()
