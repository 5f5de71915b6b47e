"""Puts the parts together: one place where everything that is real is chosen."""

import random
import secrets
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx2
import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import FastAPI
from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import db
from cloud.calendars import expand, feeds, refresh
from cloud.calendars.ics import Expander
from cloud.devices import registry
from cloud.flows import allowing, asking, desired, order_news
from cloud.ingest.worker import Ingest
from cloud.jobs import scheduler
from cloud.jobs.runner import Jobs
from cloud.jobs.tasks import Work
from cloud.notifications import channels, push, smtp
from cloud.notifications import sending as mailing
from cloud.notifications.channels import Post, Ways
from cloud.notifications.push import Push
from cloud.notifications.rendering import Words
from cloud.notifications.webhook import Hook
from cloud.orders.sending import Dispatch
from cloud.orders.service import Change
from cloud.orders.supplier_client import SupplierClient
from cloud.outbox.rules import LEASE_S
from cloud.outbox.senders import Job, Sender, Sent
from cloud.settings import Settings
from cloud.web import application, translations
from cloud.web.deps import Web
from contract import topics
from contract.messages import encode
from contract.topics import Down
from kit.bus import Bus, BusDownError
from kit.clock import Clock
from kit.ids import Ids
from kit.mqtt import PahoBus

SLOWEST_TICK_S = 120.0
LEASE_ON_A_FAST_CLOCK_S = 3 * 86_400.0  # there a second of sending can be hours
ROLES = ("web", "ingest", "jobs")

log = structlog.get_logger()


@dataclass(frozen=True)
class Parts:
    """What may be something else in a simulator: everything that reaches outside of the process."""

    engine: Engine
    clock: Clock
    ids: Ids
    bus: Bus
    fetch: refresh.Fetch
    expander: Expander
    supplier_transport: httpx2.BaseTransport | None = None
    post: Post | None = None
    chances: random.Random = field(default_factory=random.SystemRandom)


@dataclass
class App:
    """The roles of one process. Nothing runs until `start`; the simulator steps them itself instead."""

    settings: Settings
    parts: Parts
    roles: tuple[str, ...]
    ingest: Ingest
    jobs: Jobs
    web: FastAPI
    _scheduler: BackgroundScheduler | None = None

    def start(self) -> None:
        """Ingest and jobs begin to work; the web is served by the caller."""
        if "ingest" in self.roles:
            self.ingest.start()
        elif "jobs" in self.roles:
            self.parts.bus.start([], lambda _delivery: None, lambda: None)
        if "jobs" in self.roles:
            self._scheduler = scheduler.start(self.jobs, self.settings.tick_s)

    def close(self) -> None:
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self.jobs.release(self.parts.clock.now())
        if "ingest" in self.roles:
            self.ingest.stop()
        elif "jobs" in self.roles:
            self.parts.bus.stop()
        self.parts.engine.dispose()

    def readiness(self) -> dict[str, bool]:
        """What `/readyz` asks of this process."""
        found: dict[str, bool] = {}
        if self._scheduler is not None:
            found["jobs"] = self.jobs.ticked_within(SLOWEST_TICK_S)
        if "ingest" in self.roles:
            found["broker"] = self.ingest.is_healthy()
        return found


def build(settings: Settings, parts: Parts, roles: tuple[str, ...] = ROLES) -> App:
    """Every part of the cloud, for real or for the simulator."""
    ingest = Ingest(parts.engine, parts.bus, parts.clock, parts.ids)
    work = Work(
        parts.engine, parts.clock, parts.ids, _senders(settings, parts), parts.fetch, parts.expander,
        parts.chances, timedelta(seconds=settings.review_every_s),
        LEASE_S if settings.clock_file is None else LEASE_ON_A_FAST_CLOCK_S,
    )  # fmt: skip
    jobs = Jobs(parts.engine, parts.clock, secrets.token_hex(8), work.tasks())
    apps: list[App] = []
    web = application.create(
        Web(
            engine=parts.engine,
            settings=settings,
            clock=parts.clock,
            ids=parts.ids,
            fetcher=parts.fetch,
            expander=parts.expander,
            is_ready=lambda: apps[0].readiness() if apps else {},
            counted=ingest.counted if "ingest" in roles else dict,
            on_change=lambda session, change, now: order_news.on_change(session, parts.ids, change, now),
        )
    )
    apps.append(App(settings, parts, roles, ingest, jobs, web))
    return apps[0]


def real_parts(settings: Settings, clock: Clock, ids: Ids, client: str) -> Parts:
    """A real database, broker, internet. `client`: the user name of this process at the broker."""
    fetcher = feeds.Fetcher(allow_private=settings.allow_private_feeds)
    return Parts(
        engine=db.engine(settings.database_url),
        clock=clock,
        ids=ids,
        bus=PahoBus(
            client_id=client, host=settings.broker_host, port=settings.broker_port, username=client,
            password=settings.broker_password.get_secret_value(),
            protocol=5 if settings.broker_protocol == "5" else 311,
            tls=ssl.create_default_context(cafile=str(settings.broker_ca_file)) if settings.broker_tls else None,
        ),
        fetch=fetcher.fetch,
        expander=expand.in_child,
    )  # fmt: skip


def _senders(settings: Settings, parts: Parts) -> dict[str, Sender]:
    def on_change(session: Session, change: Change, now: datetime) -> None:
        order_news.on_change(session, parts.ids, change, now)

    dispatch = Dispatch(
        parts.engine, SupplierClient(parts.supplier_transport), parts.ids, on_change, allowing.may_leave
    )
    words = Words(translations.of, settings.public_url)
    post = parts.post or channels.post(_ways(settings))
    mail = mailing.MailSender(parts.engine, words, post)
    to_agents = {desired.OUTBOX_TOPIC: _desired_sender(parts), asking.OUTBOX_TOPIC: _command_sender(parts)}
    return {**dispatch.senders(), **mail.senders(), **to_agents}


def _ways(settings: Settings) -> Ways:
    if not settings.smtp_url:
        log.warning("no_mail_server", hint="set FOREHAND_SMTP_URL, for example smtp://localhost:25")
    secret, schemas = settings.webhook_secret.get_secret_value(), push.allowed(settings.apprise_schemas)
    return Ways(
        email=smtp.server(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        webhook=Hook(secret) if secret else None,
        apprise=Push(schemas) if schemas else None,
    )


def _desired_sender(parts: Parts) -> Sender:
    """Tell an agent what stands at the moment of sending, not at the moment of the change."""

    def send(job: Job, now: datetime) -> Sent:
        del now
        with db.reading(parts.engine) as session:
            agent = registry.agent(session, str(job.payload["agent"]))
            body = encode(desired.of(session, agent))
        try:
            parts.bus.publish(topics.down(agent.id, Down.DESIRED), body, retain=True)
        except BusDownError:
            return Sent.again("broker_down")
        return Sent.done()

    return send


def _command_sender(parts: Parts) -> Sender:
    """Ask an agent, unless it is too late."""

    def send(job: Job, now: datetime) -> Sent:
        with db.reading(parts.engine) as session:
            found = asking.message(session, str(job.payload["command"]), now)
        if found is None:
            return Sent.dead("expired")
        agent_id, command = found
        try:
            parts.bus.publish(topics.down(agent_id, Down.COMMANDS), encode(command))
        except BusDownError:
            return Sent.again("broker_down")
        return Sent.done()

    return send
