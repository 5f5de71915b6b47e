"""The first page: is anything wrong, what happens next, how long does each thing last."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cloud.consent import service as consent
from cloud.people.tables import Role
from cloud.views import coming, safety, supplies
from cloud.web import safety_words, words
from cloud.web.deps import HOUSEHOLD_ONLY, Now, Reads, SignedIn
from cloud.web.templating import page

router = APIRouter()


@router.get("/")
def home(
    request: Request, visitor: SignedIn, session: Reads, now: Now, done: str = "", undo: str = "", undo_level: str = ""
) -> Response:
    if visitor.person.role == Role.STAFF:
        return RedirectResponse("/staff/alarms", status_code=303)
    if visitor.person.role == Role.CARER:
        return RedirectResponse("/circle", status_code=303)
    if visitor.person.household_id is None:
        raise HOUSEHOLD_ONLY
    seen = supplies.home(session, visitor.household_id, now)
    return page(
        request,
        "home.html",
        visitor,
        zone=seen.zone,
        home=seen,
        safety=safety.of_household(session, visitor.household_id, now) if visitor.ways.safety else None,
        said=safety_words,
        now=now,
        lately=coming.lately(session, visitor.household_id, seen.zone, now),
        allowed=consent.standing(session, visitor.household_id).allows("supply"),
        done=words.DONE.get(done),
        undo=undo if done == "shelf" else "",
        undo_level=next((s.slot.id for s in seen.supplies if done == "level" and s.slot.id == undo_level), ""),
    )
