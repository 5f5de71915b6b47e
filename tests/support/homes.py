"""What a customer and the past have granted, for tests that begin where automatic orders are earned."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import col, select

from cloud import db
from cloud.consent.service import Answer
from cloud.consumption import service as consumption
from cloud.consumption.scoring import Outcome
from cloud.devices.tables import Agent, Mode, Slot
from cloud.flows import permissions
from cloud.people.tables import Household, Person
from cloud.replenishment import mandates
from kit import ids

DAY = timedelta(days=1)


def allow(engine: Engine, *purposes: str) -> None:
    """The only person of the only home says so; its agent is to look every second."""
    with db.transaction(engine) as session:
        home, person = session.exec(select(Household)).one(), session.exec(select(Person)).one()
        for purpose in purposes:
            said = Answer(purpose, True, f"Use: {purpose}", "1", "en", person.id, "page")
            permissions.answer(session, ids.system, home.id, said, datetime.now(UTC))
        agent = session.exec(select(Agent)).one()
        agent.poll_s = 1
        session.add(agent)


def permit(engine: Engine, product_ids: tuple[str, ...], *, ceiling: int, cap: int) -> None:
    """The only person says: read my devices, order by yourself, within a mandate without a waiting time.

    The only agent is to look every second.
    """
    now = datetime.now(UTC)
    with db.transaction(engine) as session:
        home, person = session.exec(select(Household)).one(), session.exec(select(Person)).one()
        home.accepted_risk = 0.05
        session.add(home)
        for purpose in ("supply", "order"):
            said = Answer(purpose, True, f"Use: {purpose}", "1", "en", person.id, "page")
            permissions.answer(session, ids.system, home.id, said, now)
        terms = mandates.Terms(product_ids, ceiling, cap, "EUR", 1, 0, now + 365 * DAY, "Order these.", "1", "en")
        permissions.sign(session, ids.system, home.id, terms, person.id, now)
        agent = session.exec(select(Agent)).one()
        agent.poll_s = 1
        session.add(agent)


def trust(engine: Engine, slot_ids: list[str]) -> None:
    """These slots have earned to order by themselves: three packs of each ended within what was foretold."""
    now = datetime.now(UTC)
    past = [
        Outcome(end, end - 9 * DAY, end, end + 9 * DAY, actual_at=end)
        for end in (now - n * 75 * DAY for n in (1, 2, 3))
    ]
    with db.transaction(engine) as session:
        for slot in session.exec(select(Slot).where(col(Slot.id).in_(slot_ids))):
            slot.mode, slot.due_at = Mode.AUTOMATIC, now
            session.add(slot)
            consumption.seed_outcomes(session, ids.system, slot.id, past, now)
