"""What we keep about a household, in plain words, and all of it as a file."""

import json
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from cloud.people import service as people
from cloud.views import own_data
from cloud.web.deps import Customer, Now, Reads
from cloud.web.templating import page

router = APIRouter(prefix="/data")


@router.get("")
def shown(request: Request, visitor: Customer, session: Reads) -> Response:
    zone = ZoneInfo(people.household(session, visitor.household_id).time_zone)
    return page(request, "own_data.html", visitor, zone=zone)


@router.get("/export")
def export(visitor: Customer, session: Reads, now: Now) -> Response:
    body = json.dumps(own_data.export(session, visitor.household_id, now), ensure_ascii=False, indent=2)
    return Response(
        body, media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="forehand-{now:%Y-%m-%d}.json"'},
    )  # fmt: skip
