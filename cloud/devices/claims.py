"""A code of limited life, with which a program on a Pi becomes an agent. Nothing here commits."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, delete, select

from cloud.devices.tables import Agent, AgentClaim

LASTS = timedelta(hours=1)
ANSWERED_AGAIN_FOR = timedelta(minutes=10)  # the first answer may have got lost
CODE_BYTES = 8
_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that is read as something else
_LENGTH, _GROUP = 12, 4
_READ_AS = str.maketrans("OIL", "011", "- ")


class Refused(StrEnum):
    """Why a code gets no credential."""

    UNKNOWN = "unknown"
    TOO_OLD = "too_old"
    USED = "used"
    RETIRED = "retired"  # the agent is


def code(chance: bytes) -> str:
    """Twelve symbols to read out or to type, from CODE_BYTES random bytes: 60 bits."""
    number = int.from_bytes(chance[:CODE_BYTES])
    symbols = "".join(_SYMBOLS[number >> (5 * n) & 31] for n in range(_LENGTH))
    return "-".join(symbols[n : n + _GROUP] for n in range(0, _LENGTH, _GROUP))


def issue(session: Session, agent: Agent, given: str, asked_by: str, now: datetime) -> AgentClaim:
    """The code is kept as a hash. Earlier codes of this agent that nobody has used are worth nothing any more."""
    session.get_one(Agent, agent.id, with_for_update={"key_share": True})  # one code at a time
    session.exec(delete(AgentClaim).where(col(AgentClaim.agent_id) == agent.id, col(AgentClaim.used_at).is_(None)))
    claim = AgentClaim(id=_id(given), agent_id=agent.id, asked_by=asked_by, created_at=now, expires_at=now + LASTS)
    session.add(claim)
    session.flush()
    return claim


def redeem(session: Session, given: str, now: datetime) -> Agent | Refused:
    """The agent, with a new credential that ends the one before. Asked again soon: the same one, answers get lost."""
    rows = select(AgentClaim).where(AgentClaim.id == _id(given)).with_for_update(key_share=True)
    claim = session.exec(rows.execution_options(populate_existing=True)).first()
    if claim is None:
        return Refused.UNKNOWN
    agent = session.get_one(Agent, claim.agent_id, with_for_update={"key_share": True}, populate_existing=True)
    if agent.revoked_at is not None:
        return Refused.RETIRED
    if claim.used_at is not None:
        is_the_last = claim.credential_number == agent.credential_number
        return agent if is_the_last and now - claim.used_at < ANSWERED_AGAIN_FOR else Refused.USED
    if now >= claim.expires_at:
        return Refused.TOO_OLD
    agent.credential_number += 1
    claim.used_at, claim.credential_number = now, agent.credential_number
    session.add_all([agent, claim])
    session.flush()
    return agent


def open_claim(session: Session, agent_id: str, now: datetime) -> AgentClaim | None:
    """One that could still be used. None: there is none."""
    rows = select(AgentClaim).where(
        AgentClaim.agent_id == agent_id, col(AgentClaim.used_at).is_(None), col(AgentClaim.expires_at) > now
    )
    return session.exec(rows).first()


def _id(given: str) -> str:
    return hashlib.sha256(given.upper().translate(_READ_AS).encode()).hexdigest()
