"""The alarm desk of staff: the queue, one alarm beside it, its news as they happen, and a list to take away."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from cloud import db
from cloud.emergencies.tables import Alarm
from cloud.flows import alarm_desk
from cloud.views import alarm_export, alarms, one_alarm
from cloud.views.alarms import Filter
from cloud.web import alarm_words, words
from cloud.web.deps import Now, Reads, Staff, Visitor, Web, WebDep
from cloud.web.staff_counts import waiting
from cloud.web.templating import page

router = APIRouter(prefix="/staff", include_in_schema=False)

LOOK_EVERY_S = 1.0
BEAT_EVERY = 10  # looks without news: then a line that says we are still here
LASTS = 300  # looks; then the browser comes back by itself


def chosen(
    q: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(max_length=16)] = "",
    kind: Annotated[str, Query(max_length=16)] = "",
    drills: Annotated[str, Query(max_length=16)] = "",
    late: Annotated[str, Query(max_length=8)] = "",
    days: Annotated[str, Query(max_length=8)] = "",
) -> Filter:
    """What an address asks for; what it asks for in vain is left out."""
    return Filter(
        q=" ".join(q.replace("\0", " ").split()),
        state=state if state in alarms.STATES else "",
        kind=kind if kind in alarm_words.KINDS else "",
        drills=drills if drills in alarm_words.DRILLS else "",
        late=late == "1",
        days=int(days) if days in {str(each) for each in alarms.DAYS} else Filter.days,
    )


Chosen = Annotated[Filter, Depends(chosen)]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=alarms.MOST_PAGES)]


@router.get("/alarms")
def queue(
    request: Request, visitor: Staff, session: Reads, now: Now, wanted: Chosen, number: PageNumber = 1, done: str = ""
) -> Response:
    return _page(request, visitor, session, now=now, wanted=wanted, number=number, done=done)


@router.get("/alarms/live")
async def live(request: Request, web: WebDep, visitor: Staff) -> StreamingResponse:
    """Says when it is worth asking for the page again. It holds no database session between two looks."""
    del visitor
    look = partial(alarms.change_number, web.engine)

    async def lines() -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        known = ""  # the first look is news: something may have happened since the page was drawn
        for turn in range(LASTS):
            found = await run_in_threadpool(look)
            if found != known:
                known = found
                yield "event: change\ndata: 1\n\n"
            elif turn % BEAT_EVERY == 0:
                yield "event: beat\ndata: 1\n\n"
            await asyncio.sleep(LOOK_EVERY_S)
            if await request.is_disconnected():
                return

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/alarms.csv")
def export(visitor: Staff, web: WebDep, now: Now, wanted: Chosen) -> StreamingResponse:
    """All that the filter lets through, sent in pieces. That it was taken is on record before the first of them."""
    with db.transaction(web.engine) as session:
        alarm_desk.export(session, visitor.person, wanted.query(), now)
    named = f'attachment; filename="alarms-{now:%Y-%m-%d}.csv"'
    return StreamingResponse(
        alarm_export.lines(alarms.every(web.engine, wanted, now)), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": named},
    )  # fmt: skip


@router.get("/alarms/{alarm_id}")
def one(
    request: Request, visitor: Staff, web: WebDep, now: Now, wanted: Chosen, alarm_id: str, number: PageNumber = 1,
    done: str = "",
) -> Response:  # fmt: skip
    """With movement and notes, which are private: that this person looked is kept before they are shown."""
    _look(web, visitor, alarm_id, now)
    with db.reading(web.engine) as session:
        found = one_alarm.whole(session, alarm_id)
        return _page(request, visitor, session, now=now, wanted=wanted, number=number, done=done, one=found)


def _look(web: Web, visitor: Visitor, alarm_id: str, now: Any) -> None:
    with db.reading(web.engine) as session:
        alarm = session.get(Alarm, alarm_id)
        if alarm is None:
            raise HTTPException(404, words.NOT_FOUND)
        is_known = alarm_desk.is_look_known(session, alarm, visitor.person, now)
        session.expunge_all()
    if not is_known:
        with db.transaction(web.engine) as session:
            alarm_desk.look(session, alarm, visitor.person, now)


def _page(
    request: Request, visitor: Visitor, session: Session, *, now: Any, wanted: Filter, number: int, done: str,
    one: one_alarm.Whole | None = None,
) -> Response:  # fmt: skip
    return page(
        request, "staff/alarms.html", visitor, now=now, wanted=wanted, query=wanted.query(), one=one,
        queue=alarms.queue(session, wanted, number, now), waiting=waiting(session, now), desk=alarm_words,
        done=alarm_words.DONE.get(done), problem=alarm_words.PROBLEMS.get(done), all_days=alarms.DAYS,
    )  # fmt: skip
