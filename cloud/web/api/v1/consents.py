"""Consents: what a household allows, purpose by purpose, in the words that were shown."""

from datetime import datetime
from typing import Literal, TypeAlias

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from cloud.consent import service as consent
from cloud.consent.service import Answer
from cloud.flows import permissions
from cloud.web import translations, words
from cloud.web.api.access import Token
from cloud.web.api.keys import Done, OnceDep
from cloud.web.api.problems import ProblemError
from cloud.web.deps import Customer, Now, Reads, WebDep
from cloud.web.templating import say

router = APIRouter(prefix="/consents", tags=["consents"])

Purpose: TypeAlias = Literal["supply", "order", "learn"]
PURPOSES: tuple[Purpose, ...] = ("supply", "order", "learn")


class PurposeShape(BaseModel):
    """One purpose: whether it is allowed, and the words to show before asking."""

    purpose: Purpose
    given: bool
    text: str
    text_version: str
    language: str


class LedgerLine(BaseModel):
    """One answer, as it was given."""

    version: int
    purpose: str
    action: str
    text: str
    text_version: str
    language: str
    channel: str
    at: datetime


class ConsentsShape(BaseModel):
    """What stands, and how it came to that."""

    version: int
    purposes: list[PurposeShape]
    ledger: list[LedgerLine] = Field(description="Oldest first; lines are added, never changed.")


class AnswerToGive(BaseModel):
    """What the person said, and the words they had read: those of GET."""

    purpose: Purpose
    given: bool
    text: str = Field(max_length=4000)


@router.get("", summary="What is allowed, and every answer so far")
def all_consents(visitor: Customer, session: Reads) -> ConsentsShape:
    return _shape(session, visitor.household_id, visitor.person.language)


@router.post("", dependencies=[Token], response_model=ConsentsShape, summary="Allow a purpose, or take it back")
def answer(visitor: Customer, web: WebDep, once: OnceDep, now: Now, asked: AnswerToGive) -> Response:
    """Needs an `Idempotency-Key`. To allow, the words must be today's; taking back never depends on words."""
    language = translations.plain(visitor.person.language)
    text = _text(asked.purpose, language)
    if asked.given and asked.text != text:
        raise ProblemError(409, "other-words", "Show these words and ask again.", text=text)
    said = Answer(asked.purpose, asked.given, text, words.PURPOSE_TEXT_VERSION, language, visitor.person.id, "api")

    def act(session: Session) -> Done:
        permissions.answer(session, web.ids, visitor.household_id, said, now)
        return Done(200, _shape(session, visitor.household_id, language))

    return once.do(act)


def _text(purpose: Purpose, language: str) -> str:
    """The same words that the page shows."""
    return say(language, words.PURPOSES[purpose][1])


def _shape(session: Session, household_id: str, language: str) -> ConsentsShape:
    stands = consent.standing(session, household_id)
    plain = translations.plain(language)
    purposes = [
        PurposeShape(
            purpose=purpose, given=stands.allows(purpose), text=_text(purpose, plain),
            text_version=words.PURPOSE_TEXT_VERSION, language=plain,
        )
        for purpose in PURPOSES
    ]  # fmt: skip
    names = LedgerLine.model_fields
    ledger = [
        LedgerLine(**{name: getattr(entry, name) for name in names}) for entry in consent.history(session, household_id)
    ]
    return ConsentsShape(version=stands.version, purposes=purposes, ledger=ledger)
