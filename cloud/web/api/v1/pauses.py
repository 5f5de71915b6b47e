"""Pauses: days on which nothing may come."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from cloud.calendars import service as calendars
from cloud.calendars.ics import Refused
from cloud.calendars.rules import PauseKind
from cloud.calendars.service import NewPause
from cloud.calendars.tables import PauseRow
from cloud.flows import permissions
from cloud.people import service as people
from cloud.web.api.access import Token
from cloud.web.api.problems import ProblemError
from cloud.web.deps import Customer, Now, Reads, WebDep, Writes

router = APIRouter(prefix="/pauses", tags=["pauses"])


class PauseToMake(BaseModel):
    """Both days included. `away`: nobody is home, nothing is used; `no_deliveries`: life goes on; `guests`: more is
    used, and deliveries come."""

    starts_on: date
    ends_on: date
    kind: PauseKind = PauseKind.AWAY
    note: str | None = Field(default=None, max_length=200)


class PauseShape(PauseToMake):
    """A pause that stands."""

    id: str

    @classmethod
    def of(cls, row: PauseRow) -> "PauseShape":
        return cls(id=row.id, starts_on=row.starts_on, ends_on=row.ends_on, kind=PauseKind(row.kind), note=row.note)


@router.get("", summary="Pauses that stand, soonest first")
def all_pauses(visitor: Customer, session: Reads, now: Now) -> list[PauseShape]:
    zone = ZoneInfo(people.household(session, visitor.household_id).time_zone)
    today = now.astimezone(zone).date()
    return [PauseShape.of(row) for row in calendars.pauses(session, visitor.household_id, today)]


@router.post("", status_code=201, dependencies=[Token], summary="Pause deliveries")
def pause(visitor: Customer, session: Writes, web: WebDep, now: Now, asked: PauseToMake) -> PauseShape:
    people.lock(session, visitor.household_id)
    new = NewPause(asked.starts_on, asked.ends_on, asked.kind, asked.note, "person", visitor.person.id)
    made = calendars.add_pause(session, web.ids, visitor.household_id, new, now)
    if isinstance(made, Refused):
        raise ProblemError(422, made.code.replace("_", "-"))
    permissions.look_again(session, visitor.household_id, now)
    return PauseShape.of(made)


@router.delete("/{pause_id}", status_code=204, dependencies=[Token], summary="End a pause")
def end(visitor: Customer, session: Writes, now: Now, pause_id: Annotated[str, Path(max_length=32)]) -> None:
    if not calendars.cancel_pause(session, visitor.household_id, pause_id, now):
        raise ProblemError(404, "no-such-pause")
    permissions.look_again(session, visitor.household_id, now)
