"""Answer an alarm by the link in a message. Opening it changes nothing: mail scanners open every link."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from cloud import db
from cloud.flows import by_link
from cloud.flows.by_link import Act, Wrong
from cloud.views import answering as view
from cloud.web import answer_words, link_pages
from cloud.web.deps import Now, Reads, WebDep

router = APIRouter(prefix="/answer")


@router.get("/{token}")
def shown(request: Request, session: Reads, now: Now, token: str, did: str = "") -> Response:
    called = by_link.opened(session, token, now)
    if isinstance(called, Wrong):
        return link_pages.refuse(request, called, now)
    seen = view.seen(session, called)
    return link_pages.show(
        request, "answer/alarm.html", called.attempt.language, zone=seen.zone, seen=seen,
        done=answer_words.DID.get(did, ""), is_problem=did in answer_words.PROBLEMS,
    )  # fmt: skip


@router.post("/{token}")
def answer(request: Request, web: WebDep, now: Now, token: str, act: Annotated[Act, Form()]) -> Response:
    with db.transaction(web.engine) as session:
        called = by_link.opened(session, token, now)
        said = called if isinstance(called, Wrong) else by_link.answer(session, web.ids, called, act, now)
    if isinstance(called, Wrong):
        return link_pages.refuse(request, called, now)
    return link_pages.back(request, said, called.attempt.language)
