"""Puts the parts together: one place where everything that is real is chosen."""

import random
import secrets
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from cloud import db, senders
from cloud.broker_access import BrokerAccess
from cloud.calendars import expand, feeds, refresh
from cloud.calendars.ics import Expander
from cloud.emergencies.watching import TELL_AFTER
from cloud.flows import order_news
from cloud.ingest.worker import ALARMS, Ingest
from cloud.jobs.alarms import LEASE_S as ALARM_LEASE_S
from cloud.jobs.alarms import Alarms
from cloud.jobs.runner import Jobs
from cloud.jobs.tasks import Work
from cloud.jobs.ticker import Ticker
from cloud.notifications import channels
from cloud.notifications.channels import Offer, Post
from cloud.notifications.rendering import Words
from cloud.notifications.sending import MailSender
from cloud.orders.supplier_client import SupplierClient
from cloud.outbox.rules import LEASE_S
from cloud.outbox.senders import Sender
from cloud.settings import Settings
from cloud.web import application, translations
from cloud.web.deps import Web
from contract.permissions import KEEPER
from kit import broker_control
from kit.broker_control import Control
from kit.bus import Bus
from kit.clock import Clock
from kit.ids import Ids
from kit.mqtt import PahoBus

SLOWEST_TICK_S = 120.0
FLICKER_ON_A_FAST_CLOCK = timedelta(days=30)  # a process that is not scheduled for a second
LEASE_ON_A_FAST_CLOCK_S = 3 * 86_400.0  # there a second of sending can be hours
ROLES = ("web", "ingest", "jobs")
LONGEST_WAIT_S = 1.0  # for a broker that is away: agents are many and spread out, we are few, and they wait for us

log = structlog.get_logger()


@dataclass(frozen=True)
class Parts:
    """What may be something else in a simulator: everything that reaches outside of the process."""

    engine: Engine
    clock: Clock
    ids: Ids
    bus: Bus
    alarm_bus: Bus  # a connection of its own: no backlog of readings is in front of an alarm, or of what is published
    fetch: refresh.Fetch
    expander: Expander
    keeper: Callable[[], AbstractContextManager[Control]] | None = None  # tells the broker who may connect
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
    alarm_ingest: Ingest
    jobs: Jobs
    alarms: Alarms
    web: FastAPI
    status: FastAPI  # what is served where `web` is not
    _ticker: Ticker | None = None

    def start(self) -> None:
        """Ingest and jobs begin to work; the web, or the status, is served by the caller."""
        if "ingest" in self.roles:
            self.alarm_ingest.start()
            self.ingest.start()
        elif "jobs" in self.roles:
            self.parts.bus.start([], lambda _delivery: None, lambda: None)
        if "jobs" in self.roles:
            self.alarms.start()
            self._ticker = Ticker(self.jobs, self.settings.tick_s)
            self._ticker.start()

    def close(self) -> None:
        if self._ticker is not None:
            self._ticker.stop()
            self.alarms.stop()
            with suppress(SQLAlchemyError):  # the database is away: the lease runs out by itself
                self.jobs.release(self.parts.clock.now())
        if "ingest" in self.roles:
            self.ingest.stop()
            self.alarm_ingest.stop()
        elif "jobs" in self.roles:
            self.parts.bus.stop()
        self.parts.engine.dispose()

    def readiness(self) -> dict[str, bool]:
        """What `/readyz` asks of this process."""
        found: dict[str, bool] = {}
        if self._ticker is not None:
            found["jobs"] = self.jobs.ticked_within(SLOWEST_TICK_S)
            found["alarms"] = self.alarms.is_healthy()
        if "ingest" in self.roles:
            found["broker"] = self.ingest.is_healthy()
            found["alarm_lane"] = self.alarm_ingest.is_healthy()
        elif "jobs" in self.roles:
            found["broker"] = self.parts.bus.is_healthy()
        return found

    def counted(self) -> dict[str, float]:
        """What `/metrics` shows of this process."""
        if "ingest" not in self.roles:
            return {}
        return self.ingest.counted() | {f"alarm_{name}": n for name, n in self.alarm_ingest.counted().items()}


def build(settings: Settings, parts: Parts, roles: tuple[str, ...] = ROLES) -> App:
    """Every part of the cloud, for real or for the simulator."""
    words, (post, offer) = Words(translations.of, settings.public_url), _ways(settings, parts)
    mail, supplier = MailSender(parts.engine, words, post), SupplierClient(parts.supplier_transport)
    out = parts.alarm_bus if "ingest" in roles else parts.bus
    is_fast = settings.clock_file is not None
    sends = senders.ordinary(parts.engine, parts.ids, out, mail, supplier)
    urgent = senders.urgent(parts.engine, out, words, post)
    alarm_lease_s = LEASE_ON_A_FAST_CLOCK_S if is_fast else ALARM_LEASE_S
    alarms = Alarms(parts.engine, parts.clock, parts.ids, urgent, parts.chances, alarm_lease_s)
    apps: list[App] = []
    web = _web(settings, parts, offer, apps)
    made = App(
        settings,
        parts,
        roles,
        ingest=Ingest(parts.engine, parts.bus, parts.clock, parts.ids, out=out, shares=settings.ingest_shares),
        alarm_ingest=Ingest(parts.engine, parts.alarm_bus, parts.clock, parts.ids, ALARMS, alarms.wake.set),
        jobs=Jobs(parts.engine, parts.clock, secrets.token_hex(8), _work(settings, parts, sends).tasks()),
        alarms=alarms,
        web=application.create(web),
        status=application.status(web),
    )
    apps.append(made)
    return made


def _work(settings: Settings, parts: Parts, sends: Mapping[str, Sender]) -> Work:
    is_fast = settings.clock_file is not None
    return Work(
        parts.engine, parts.clock, parts.ids, sends, parts.fetch, parts.expander, parts.chances,
        timedelta(seconds=settings.review_every_s),
        LEASE_ON_A_FAST_CLOCK_S if is_fast else LEASE_S,
        FLICKER_ON_A_FAST_CLOCK if is_fast else TELL_AFTER,
        BrokerAccess(parts.engine, settings, parts.keeper, parts.bus.is_healthy).tell,
    )  # fmt: skip


def _ways(settings: Settings, parts: Parts) -> tuple[Post, Offer]:
    """How people are reached, and what they may choose from. A stand-in takes everything."""
    if parts.post is not None:
        return parts.post, Offer()
    ways = senders.ways(settings)
    return channels.post(ways), ways.offer


def _web(settings: Settings, parts: Parts, offer: Offer, apps: list[App]) -> Web:
    """`apps` is filled later: the pages tell of the process that they are part of."""
    return Web(
        engine=parts.engine,
        settings=settings,
        clock=parts.clock,
        ids=parts.ids,
        fetcher=parts.fetch,
        expander=parts.expander,
        is_ready=lambda: apps[0].readiness() if apps else {},
        offer=offer,
        counted=lambda: apps[0].counted() if apps else {},
        on_change=lambda session, change, now: order_news.on_change(session, parts.ids, change, now),
    )


def real_parts(settings: Settings, clock: Clock, ids: Ids, client: str) -> Parts:
    """A real database, broker, internet. `client`: the user name of this process at the broker."""
    fetcher = feeds.Fetcher(allow_private=settings.allow_private_feeds)
    return Parts(
        engine=db.engine(settings.database_url),
        clock=clock,
        ids=ids,
        bus=_connection(settings, client, clean=settings.ingest_shares),
        alarm_bus=_connection(settings, f"{client}-alarms"),
        keeper=_keeper(settings),
        fetch=fetcher.fetch,
        expander=expand.in_child,
    )


def _keeper(settings: Settings) -> Callable[[], AbstractContextManager[Control]] | None:
    """None: without its password, this process tells the broker nothing."""
    password = settings.broker_keeper_password
    if not password.get_secret_value():
        return None
    return lambda: broker_control.connected(_connection(settings, KEEPER, password, clean=True), KEEPER)


def _connection(settings: Settings, name: str, password: SecretStr | None = None, *, clean: bool = False) -> PahoBus:
    authority = None if settings.broker_ca_file is None else str(settings.broker_ca_file)
    return PahoBus(
        client_id=name,
        host=settings.broker_host,
        port=settings.broker_port,
        username=name,
        password=(password or settings.broker_password).get_secret_value(),
        clean=clean,
        longest_wait_s=LONGEST_WAIT_S,
        protocol=5 if settings.broker_protocol == "5" else 311,
        tls=ssl.create_default_context(cafile=authority) if settings.broker_tls else None,
    )
