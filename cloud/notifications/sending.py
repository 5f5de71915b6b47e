"""The sender behind `mail.send`: one person per call."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import jinja2
import structlog
from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import db
from cloud.notifications import service
from cloud.notifications.channels import Post, Target
from cloud.notifications.rendering import Words
from cloud.notifications.tables import Notification
from cloud.outbox.senders import Job, Sender, Sent

_log = structlog.get_logger()


@dataclass(frozen=True)
class MailSender:
    """What sending needs. `post` is the seam; `senders` goes into the outbox's table."""

    engine: Engine
    words: Words
    post: Post

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
        code = self.post(Target(told.channel, told.address, told.name), mail, job.id)
        if code is None:
            return Sent.done(_noting(told.id, "sent", None, now))
        return Sent.again(code, _noting(told.id, "failed", code, now))


def _noting(notification_id: str, outcome: str, code: str | None, now: datetime) -> Callable[[Session], None]:
    return lambda session: service.note(session, notification_id, outcome, now, code)
