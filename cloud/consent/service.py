"""Give and take back consent; tell what stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud import many
from cloud.consent import rules
from cloud.consent.tables import Action, ConsentAtAgent, ConsentEntry, LastOfPurpose
from cloud.people import service as people
from kit.ids import Ids

_ENTRIES = ConsentEntry.__table__.c  # type: ignore[attr-defined]  # SQLModel sets it on every table class
_LEDGERS = sa.select(_ENTRIES.household_id, _ENTRIES.version, _ENTRIES.purpose, _ENTRIES.action).where(
    _ENTRIES.household_id.in_(sa.bindparam("households", expanding=True))
)


@dataclass(frozen=True)
class Answer:
    """What a person said, and what they were shown when they said it."""

    purpose: str
    given: bool
    text: str
    text_version: str
    language: str
    actor_id: str | None
    channel: str


def standing(session: Session, household_id: str) -> rules.Standing:
    return standings(session, {household_id})[household_id]


def standings(session: Session, household_ids: Collection[str]) -> dict[str, rules.Standing]:
    """What stands in each of these households; also where nobody has said anything yet."""
    ledgers: dict[str, list[rules.Entry]] = {household_id: [] for household_id in household_ids}
    for household_id, version, purpose, action in session.execute(_LEDGERS, {"households": sorted(household_ids)}):
        ledgers[household_id].append(rules.Entry(version, purpose, action == Action.GIVEN))
    return {household_id: rules.standing(ledger) for household_id, ledger in ledgers.items()}


def answer(session: Session, ids: Ids, household_id: str, said: Answer, now: datetime) -> rules.Standing:
    """Record one answer; saying again what already stands adds nothing. Returns what stands afterwards."""
    people.lock(session, household_id)  # versions one by one, and never beside an order
    before = standing(session, household_id)
    if before.allows(said.purpose) == said.given:
        return before
    action = Action.GIVEN if said.given else Action.WITHDRAWN
    session.add(
        ConsentEntry(
            id=ids(),
            household_id=household_id,
            version=before.version + 1,
            purpose=said.purpose,
            action=action,
            text=said.text,
            text_version=said.text_version,
            language=said.language,
            actor_id=said.actor_id,
            channel=said.channel,
            at=now,
        )
    )
    session.flush()
    return standing(session, household_id)


def history(session: Session, household_id: str) -> list[ConsentEntry]:
    """The whole ledger, oldest first."""
    rows = select(ConsentEntry).where(ConsentEntry.household_id == household_id).order_by(col(ConsentEntry.version))
    return list(session.exec(rows))


def note_in_force(session: Session, agent_id: str, version: int, now: datetime) -> None:
    """An agent says which version it obeys. The first time counts."""
    if session.get(ConsentAtAgent, (agent_id, version)) is None:
        session.add(ConsentAtAgent(agent_id=agent_id, version=version, confirmed_at=now))


def confirmed_at(session: Session, agent_id: str, version: int) -> datetime | None:
    """When the agent first reported this version or a later one. None: not yet."""
    rows = select(sa.func.min(col(ConsentAtAgent.confirmed_at))).where(
        ConsentAtAgent.agent_id == agent_id, col(ConsentAtAgent.version) >= version
    )
    return session.exec(rows).one()


def note_messages(session: Session, of: Collection[tuple[str, str]], now: datetime) -> None:
    """`of`: household and purpose of what was stored just now."""
    if not of:
        return
    # Always in the same order: of two processes that do this at once, one waits for the other.
    rows = [{"household_id": home, "purpose": purpose, "at": now} for home, purpose in sorted(of)]
    session.execute(*many.inserting(session, LastOfPurpose.__table__, rows, _or_later))  # type: ignore[attr-defined]


def _or_later(statement: Any) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["household_id", "purpose"], set_={"at": statement.excluded.at}
    )


def last_message_at(session: Session, household_id: str, purpose: str) -> datetime | None:
    """None: nothing was ever stored for this purpose."""
    row = session.get(LastOfPurpose, (household_id, purpose))
    return row.at if row else None
