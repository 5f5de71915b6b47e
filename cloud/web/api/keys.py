"""Done once, however often it is asked: the effect and its answer are committed together under the caller's key."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlmodel import Session, col, select

from cloud import db
from cloud.web.api.problems import ProblemError
from cloud.web.api.tables import IdempotencyKey
from cloud.web.deps import Customer, Now, Web, WebDep

TAKEN_OVER_AFTER = timedelta(minutes=1)
LONGEST_KEY = 200
REPLAYED = "Idempotent-Replayed"


@dataclass(frozen=True)
class Done:
    """What an act answers. A refusal is raised instead: then nothing is kept and the key is free again."""

    status: int
    body: BaseModel


Act = Callable[[Session], Done]


@dataclass(frozen=True)
class Once:
    """One request that carries a key."""

    web: Web
    person_id: str
    key: str
    fingerprint: str
    now: datetime

    def do(self, act: Act) -> Response:
        """Act in one transaction, or tell again what was answered. 409: the first is at work; 422: another body."""
        claim = self.web.ids()
        known = self._claim(claim)
        if known is not None:
            return _answer(known, replayed=True)
        try:
            with db.transaction(self.web.engine) as session:
                row = self._mine(session, claim)
                done = act(session)
                row.status, row.answer = done.status, done.body.model_dump(mode="json")
                session.add(row)
        except BaseException:
            self._let_go(claim)
            raise
        return _answer(row, replayed=False)

    def _claim(self, claim: str) -> IdempotencyKey | None:
        """An earlier answer; None: the key is ours now."""
        try:
            with db.transaction(self.web.engine) as session:
                row = self._locked(session)
                if row is None:
                    row = IdempotencyKey(
                        person_id=self.person_id, key=self.key, fingerprint=self.fingerprint, claim=claim,
                        claimed_at=self.now,
                    )  # fmt: skip
                elif row.fingerprint != self.fingerprint:
                    raise ProblemError(422, "key-used-for-something-else")
                elif row.status is not None:
                    return row
                elif self.now - row.claimed_at < TAKEN_OVER_AFTER:
                    raise _in_flight()
                row.claim, row.claimed_at = claim, self.now
                session.add(row)
        except sa.exc.IntegrityError as error:  # its twin came at the same moment
            raise _in_flight() from error
        return None

    def _mine(self, session: Session, claim: str) -> IdempotencyKey:
        row = self._locked(session)
        if row is None or row.claim != claim:
            raise _in_flight()
        return row

    def _let_go(self, claim: str) -> None:
        with db.transaction(self.web.engine) as session:
            row = self._locked(session)
            if row is not None and row.claim == claim and row.status is None:
                session.delete(row)

    def _locked(self, session: Session) -> IdempotencyKey | None:
        rows = select(IdempotencyKey).where(
            IdempotencyKey.person_id == self.person_id, col(IdempotencyKey.key) == self.key
        )
        return session.exec(rows.with_for_update(key_share=True)).first()


def _in_flight() -> ProblemError:
    return ProblemError(409, "still-at-work", "The same request is being worked on. Ask again in a moment.")


async def _once(
    request: Request,
    web: WebDep,
    visitor: Customer,
    now: Now,
    idempotency_key: Annotated[str, Header(description="Any text of your own, new for each intent.")] = "",
) -> Once:
    if not idempotency_key:
        raise ProblemError(400, "idempotency-key-missing")
    if len(idempotency_key) > LONGEST_KEY:
        raise ProblemError(400, "idempotency-key-too-long")
    said = b"\n".join((request.method.encode(), request.url.path.encode(), await request.body()))
    return Once(web, visitor.person.id, idempotency_key, hashlib.sha256(said).hexdigest(), now)


OnceDep = Annotated[Once, Depends(_once)]


def _answer(row: IdempotencyKey, *, replayed: bool) -> Response:
    headers = {REPLAYED: "true"} if replayed else {}
    return JSONResponse(row.answer, row.status or 200, headers)
