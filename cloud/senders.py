"""Who sends what: the table of senders behind the outbox, put together from what is real."""

from datetime import datetime

import structlog
from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import db
from cloud.devices import registry
from cloud.emergencies import drills
from cloud.emergencies.sending import AlarmSender
from cloud.flows import allowing, asking, desired, order_news
from cloud.notifications import push, smtp
from cloud.notifications import sending as mailing
from cloud.notifications.channels import Post, Ways
from cloud.notifications.push import Push
from cloud.notifications.rendering import Words
from cloud.notifications.webhook import Hook
from cloud.orders.sending import Dispatch
from cloud.orders.service import Change
from cloud.orders.supplier_client import SupplierClient
from cloud.outbox.senders import Job, Sender, Sent
from cloud.settings import Settings
from contract import topics
from contract.messages import encode
from contract.topics import Down
from kit.bus import Bus, BusDownError
from kit.ids import Ids

log = structlog.get_logger()


def ordinary(
    engine: Engine, ids: Ids, bus: Bus, mail: mailing.MailSender, supplier: SupplierClient
) -> dict[str, Sender]:
    """Orders, notices, what agents should do: sent by the jobs, one after the other."""

    def on_change(session: Session, change: Change, now: datetime) -> None:
        order_news.on_change(session, ids, change, now)

    dispatch = Dispatch(engine, supplier, ids, on_change, allowing.may_leave)
    return {**dispatch.senders(), **mail.senders(), desired.OUTBOX_TOPIC: _desired_sender(engine, bus)}


def urgent(engine: Engine, bus: Bus, words: Words, post: Post) -> dict[str, Sender]:
    """Alarms, and what a wristband is told: sent by a loop of their own."""
    return {**AlarmSender(engine, words, post).senders(), asking.OUTBOX_TOPIC: _command_sender(engine, bus)}


def ways(settings: Settings) -> Ways:
    """What the settings offer to reach a person with."""
    if not settings.smtp_url:
        log.warning("no_mail_server", hint="set FOREHAND_SMTP_URL, for example smtp://localhost:25")
    secret, schemas = settings.webhook_secret.get_secret_value(), push.allowed(settings.apprise_schemas)
    return Ways(
        email=smtp.server(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        webhook=Hook(secret) if secret else None,
        apprise=Push(schemas) if schemas else None,
    )


def _desired_sender(engine: Engine, bus: Bus) -> Sender:
    """Tell an agent what stands at the moment of sending, not at the moment of the change."""

    def send(job: Job, now: datetime) -> Sent:
        del now
        with db.reading(engine) as session:
            agent = registry.agent(session, str(job.payload["agent"]))
            body = encode(desired.of(session, agent))
        try:
            bus.publish(topics.down(agent.id, Down.DESIRED), body, retain=True)
        except BusDownError:
            return Sent.again("broker_down")
        return Sent.done()

    return send


def _command_sender(engine: Engine, bus: Bus) -> Sender:
    """Ask an agent, unless it is too late."""

    def send(job: Job, now: datetime) -> Sent:
        with db.reading(engine) as session:
            found = asking.message(session, str(job.payload["command"]), now)
        if found is None:
            return Sent.dead("expired")
        agent_id, command = found
        try:
            bus.publish(topics.down(agent_id, Down.COMMANDS), encode(command))
        except BusDownError:
            return Sent.again("broker_down")
        return Sent.done(lambda session: drills.commanded(session, command.id, now))

    return send
