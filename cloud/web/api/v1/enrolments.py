"""A Pi becomes an agent: it gives the code that somebody got for it, and learns its name, its password, its broker."""

import secrets

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from cloud import db
from cloud.devices.claims import Refused
from cloud.flows import enrolling
from cloud.flows.enrolling import Secrets
from cloud.settings import broker_for_agents
from cloud.web import attempts
from cloud.web.api.problems import ProblemError
from cloud.web.attempts import Window
from cloud.web.deps import Now, WebDep
from kit.mosquitto_passwords import SALT_BYTES

router = APIRouter(prefix="/enrolments", tags=["enrolments"])

log = structlog.get_logger()

MOST_TRIES = 20
_WHY = {
    Refused.UNKNOWN: (404, "unknown-code", "There is no such code. Read it again, or ask for a new one."),
    Refused.TOO_OLD: (410, "old-code", "This code is too old. Ask for a new one."),
    Refused.USED: (410, "used-code", "This code has been used. Ask for a new one."),
    Refused.RETIRED: (410, "retired", "This box was retired. Add it anew."),
}


class CodeToGive(BaseModel):
    """The code as it was read or typed; small letters, spaces and dashes do not matter."""

    code: str = Field(min_length=1, max_length=40)


class BrokerShape(BaseModel):
    """Where the agent connects to."""

    host: str
    port: int
    protocol: str
    tls: bool


class EnrolledShape(BaseModel):
    """Everything that an agent needs. The password is told here only."""

    agent: str
    password: str
    broker: BrokerShape


@router.post("", status_code=201, summary="Become an agent, by a code of limited life")
def enrol(request: Request, web: WebDep, now: Now, asked: CodeToGive) -> EnrolledShape:
    """Without signing in: the code is the proof. The same code gives the same answer for some minutes, so that one that
    got lost on the way can be asked for again; then it is worth nothing."""
    tries: Window = request.app.state.enrolment_tries
    if not tries.allows(attempts.place(request.client.host if request.client else None), now):
        raise ProblemError(429, "too-many-tries", "There were too many tries from here. Wait ten minutes.")
    key = web.settings.credential_key.get_secret_value()
    if not key:
        raise ProblemError(503, "no-enrolment", "This service gives no codes: FOREHAND_CREDENTIAL_KEY is not set.")
    secret = Secrets(key.encode(), secrets.token_bytes(SALT_BYTES))
    with db.transaction(web.engine) as session:
        found = enrolling.enrol(session, asked.code, secret, now)
    if isinstance(found, Refused):
        raise ProblemError(*_WHY[found])
    log.info("agent_enrolled", agent=found.agent_id)
    host, port, tls = broker_for_agents(web.settings)
    return EnrolledShape(
        agent=found.agent_id,
        password=found.password,
        broker=BrokerShape(host=host, port=port, protocol=web.settings.broker_protocol, tls=tls),
    )
