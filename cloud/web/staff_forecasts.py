"""How right the forecasts have been: what staff look at before they believe, or mend, them."""

from fastapi import APIRouter, Request, Response

from cloud.views import forecast_scores
from cloud.web.deps import Now, Reads, Staff
from cloud.web.staff_counts import waiting
from cloud.web.templating import page

router = APIRouter(prefix="/staff", include_in_schema=False)


@router.get("/forecasts")
def forecasts(request: Request, visitor: Staff, session: Reads, now: Now) -> Response:
    scores = forecast_scores.by_category(session, now)
    return page(
        request, "staff/forecasts.html", visitor, now=now, rows=scores, shown=len(scores) + 1,
        days=forecast_scores.LOOKS_BACK.days, waiting=waiting(session, now),
    )  # fmt: skip
