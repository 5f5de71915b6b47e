"""What staff did, newest first."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cloud.people import audit
from cloud.web import alarm_words
from cloud.web.deps import Now, Reads, Staff
from cloud.web.staff_counts import waiting
from cloud.web.templating import page

router = APIRouter(prefix="/staff", include_in_schema=False)

A_PAGE = 50


@router.get("/audit")
def entries(
    request: Request,
    visitor: Staff,
    session: Reads,
    now: Now,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    found = audit.entries(session, A_PAGE + 1, before)
    return page(
        request, "staff/audit.html", visitor, now=now, rows=found[:A_PAGE], shown=A_PAGE + 1, before=before,
        older=found[A_PAGE - 1].id if len(found) > A_PAGE else None, acts=alarm_words.ACTS,
        details=alarm_words.DISPOSITIONS, waiting=waiting(session, now),
    )  # fmt: skip
