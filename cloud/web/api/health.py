"""Is it alive, is it ready, how is it doing: for whoever runs it. No personal data, no household."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import Session, col, select

from cloud import db, outbox
from cloud.devices.inbox_tables import SetAside
from cloud.devices.tables import Agent, Slot
from cloud.emergencies.rules import AlarmState, Outcome
from cloud.emergencies.tables import Alarm, AlarmAttempt
from cloud.orders.rules import State
from cloud.orders.tables import Order
from cloud.outbox.tables import OutboxRow
from cloud.web.deps import Web, WebDep

router = APIRouter(include_in_schema=False)

STALE_AFTER = timedelta(days=3)
SILENT_AFTER = timedelta(hours=6)


def install(app: FastAPI) -> None:
    """Each application counts for itself."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(AtScrape(app.state.web))
    app.state.metrics = registry
    app.include_router(router)


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process lives. Nothing else is asked: a database that is away is no reason to be killed."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(web: WebDep) -> JSONResponse:
    """503 names what is not ready."""
    checks = {"database": _reaches_database(web), **web.is_ready()}
    waits_for = [name for name, ready in checks.items() if not ready]
    body = {"status": "waiting" if waits_for else "ready", "checks": checks, "waits_for": waits_for}
    return JSONResponse(body, 503 if waits_for else 200)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    return Response(generate_latest(request.app.state.metrics), headers={"Content-Type": CONTENT_TYPE_LATEST})


class AtScrape(Collector):
    """Every number is read when it is asked for: from the database, or from what this process has counted."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        for name, value in self._web.counted().items():
            yield CounterMetricFamily(f"forehand_{name}", "Counted by this process since its start.", value)
        now = self._web.clock.now()
        with db.reading(self._web.engine) as session:
            waited = outbox.oldest_waiting(session, now).total_seconds()
            yield _gauge("outbox_oldest_seconds", "How long the oldest due row of the outbox has waited.", waited)
            dead = _count(session, OutboxRow, col(OutboxRow.dead_at).is_not(None))
            yield _gauge("outbox_dead", "Rows of the outbox that were given up.", dead)
            stale = _count(session, Slot, col(Slot.last_heard_at) < now - STALE_AFTER)
            yield _gauge("slots_stale", "Slots not heard of for three days.", stale)
            yield _gauge("set_aside_total", "Messages that could not be kept.", _count(session, SetAside))
            states = dict.fromkeys((each.value for each in State), 0) | _by(session, col(Order.state))
            yield _gauges("orders", "Orders by state.", states)
            alarms = dict.fromkeys((each.value for each in AlarmState), 0)
            yield _gauges("alarms", "Alarms by state; drills too.", alarms | _by(session, col(Alarm.state)))
            tries = dict.fromkeys((each.value for each in Outcome), 0)
            yield _gauges("alarm_attempts", "Tries to reach somebody.", tries | _by(session, col(AlarmAttempt.outcome)))
            yield from _agents(session, now)
            yield _gauges("agents", "Agents by the state they last told.", _by(session, col(Agent.state)))


def _agents(session: Session, now: datetime) -> Iterator[Metric]:
    standing = col(Agent.revoked_at).is_(None)
    spooled = session.execute(sa.select(sa.func.coalesce(sa.func.sum(Agent.spooled), 0)).where(standing)).scalar_one()
    yield _gauge("agents_spooled", "Messages that agents said they hold.", float(spooled))
    silent = _count(session, Agent, standing, col(Agent.last_heard_at) < now - SILENT_AFTER)
    yield _gauge("agents_silent", "Agents not heard of for six hours.", silent)


def _reaches_database(web: Web) -> bool:
    try:
        with db.reading(web.engine) as session:
            session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return False
    return True


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"forehand_{name}", what, value)


def _gauges(name: str, what: str, values: dict[str, int]) -> Metric:
    made = GaugeMetricFamily(f"forehand_{name}", what, labels=["state"])
    for state, value in sorted(values.items()):
        made.add_metric([state], value)
    return made


def _count(session: Session, table: type, *where: sa.ColumnElement[bool]) -> int:
    return int(session.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())


def _by(session: Session, column: sa.orm.Mapped[str]) -> dict[str, int]:
    rows = session.exec(select(column, sa.func.count()).group_by(column))
    return {str(state): int(count) for state, count in rows}
