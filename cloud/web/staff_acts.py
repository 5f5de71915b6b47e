"""What staff do with an alarm from its page: take it, note, call again, close it. Each act is one transaction."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Response
from fastapi.responses import RedirectResponse

from cloud.emergencies.answering import LONGEST_NOTE, Refused
from cloud.emergencies.rules import Disposition
from cloud.emergencies.tables import Alarm
from cloud.flows import alarm_desk
from cloud.flows.alarm_desk import Taken
from cloud.views.alarms import Filter
from cloud.web import words
from cloud.web.deps import Csrf, Now, Staff, WebDep, Writes
from cloud.web.staff_alarms import Chosen

router = APIRouter(prefix="/staff/alarms/{alarm_id}", include_in_schema=False, dependencies=[Csrf])


@router.post("/acknowledge")
def acknowledge(
    visitor: Staff, session: Writes, web: WebDep, now: Now, wanted: Chosen, alarm_id: str,
    seen: Annotated[str, Form(max_length=100)] = "",
) -> Response:  # fmt: skip
    """`seen`: its holder when the page was drawn."""
    done = alarm_desk.acknowledge(session, web.ids, alarm_id, visitor.person, seen, now)
    return _answer(done, alarm_id, wanted, "acknowledged")


@router.post("/note")
def note(
    visitor: Staff, session: Writes, now: Now, wanted: Chosen, alarm_id: str,
    text: Annotated[str, Form(max_length=2 * LONGEST_NOTE)] = "",
) -> Response:  # fmt: skip
    done = alarm_desk.note(session, alarm_id, visitor.person, text.replace("\0", ""), now)
    return _answer(done, alarm_id, wanted, "noted")


@router.post("/again")
def call_again(visitor: Staff, session: Writes, now: Now, wanted: Chosen, alarm_id: str) -> Response:
    done = alarm_desk.call_again(session, alarm_id, visitor.person, now)
    return _answer(done, alarm_id, wanted, "again")


@router.post("/close")
def close(
    visitor: Staff, session: Writes, web: WebDep, now: Now, wanted: Chosen, alarm_id: str,
    disposition: Annotated[Disposition, Form()],
) -> Response:  # fmt: skip
    done = alarm_desk.close(session, web.ids, alarm_id, visitor.person, disposition, now)
    return _answer(done, alarm_id, wanted, "closed")


def _answer(done: Alarm | Refused | Taken, alarm_id: str, wanted: Filter, code: str) -> Response:
    if done is Refused.NO_ALARM:
        raise HTTPException(404, words.NOT_FOUND)
    code = code if isinstance(done, Alarm) else str(done)
    return RedirectResponse(f"/staff/alarms/{alarm_id}?{wanted.query(done=code)}", status_code=303)
