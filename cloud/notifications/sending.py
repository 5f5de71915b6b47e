"""The sender behind `mail.send`: one person per call, through apprise, over real SMTP."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

import apprise
import jinja2
import structlog
from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import db
from cloud.notifications import service
from cloud.notifications.rendering import Mail, Words
from cloud.notifications.tables import Notification
from cloud.outbox.senders import Job, Sender, Sent

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # apprise looks for imghdr, which Python 3.13 has not
    from apprise.plugins.email import NotifyEmail

_MODES = {"smtp": "insecure", "smtp+starttls": "starttls", "smtps": "ssl"}
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_log = structlog.get_logger()


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


@dataclass(frozen=True)
class MailSender:
    """What sending needs. `post` is the seam; `senders` goes into the outbox's table."""

    engine: Engine
    words: Words
    post: Callable[[Notification, Mail, str], str | None]
    """Hands over one mail, with the outbox row's id. None: taken; else a code why not."""

    def senders(self) -> dict[str, Sender]:
        return {service.MAIL: self.send}

    def send(self, job: Job, now: datetime) -> Sent:
        with db.reading(self.engine) as session:
            told = session.get(Notification, str(job.payload["notification"]))
            if told is None:
                return Sent.done()  # erased meanwhile
            session.expunge(told)
        try:
            mail = self.words.mail(
                told.template, told.context, name=told.name, language=told.language, time_zone=told.time_zone
            )
        except jinja2.TemplateError:
            _log.exception("mail_not_rendered", template=told.template)
            return Sent.dead("not_rendered", _noting(told.id, "failed", "not_rendered", now))
        code = self.post(told, mail, job.id)
        if code is None:
            return Sent.done(_noting(told.id, "sent", None, now))
        return Sent.again(code, _noting(told.id, "failed", code, now))


def over_smtp(to: Server) -> Callable[[Notification, Mail, str], str | None]:
    """Send with apprise. It makes its own Message-ID, so the outbox's id travels as X-Forehand-Id.

    A server that took the mail but whose answer got lost is told again: a notice may come twice, never not at all.
    """

    def post(told: Notification, mail: Mail, outbox_id: str) -> str | None:
        target = _target(to, told, outbox_id)
        if target is None:
            return "address_not_usable"
        one = apprise.Apprise()
        one.add(target)
        with one.notify(body=mail.html, title=mail.subject, body_format=apprise.NotifyFormat.HTML) as result:
            return None if result else "not_taken"

    return post


def _target(to: Server, told: Notification, outbox_id: str) -> NotifyEmail | None:
    """The one plugin we use, made directly: no text from outside can choose another. None: no such address."""
    try:
        made = NotifyEmail(  # type: ignore[no-untyped-call]
            secure=to.mode != "insecure",
            host=to.host,
            smtp_host=to.host,
            port=to.port,
            secure_mode=to.mode,
            user=to.user,
            password=to.password,
            from_addr=f"{to.sender[0]} <{to.sender[1]}>" if to.sender[0] else to.sender[1],
            targets=[told.address],
            format="html",
            headers={"X-Forehand-Id": outbox_id, "Auto-Submitted": "auto-generated"},
        )
    except (TypeError, ValueError):  # apprise's way to refuse an argument
        return None
    return made if made.targets else None


def _noting(notification_id: str, outcome: str, code: str | None, now: datetime) -> Callable[[Session], None]:
    return lambda session: service.note(session, notification_id, outcome, now, code)
