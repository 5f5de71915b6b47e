"""All that machines ask for, and with it the pages of staff."""

from fastapi import FastAPI

from cloud.web import staff, staff_acts, staff_alarms, staff_audit, staff_forecasts
from cloud.web.api import health, hooks, limits, problems, v1

ROUTERS = (
    hooks.router, v1.router, staff.router, staff_alarms.router, staff_acts.router, staff_audit.router,
    staff_forecasts.router,
)  # fmt: skip


def install(app: FastAPI) -> None:
    """After the pages, whose errors stay theirs."""
    health.install(app)
    problems.install(app)
    app.add_middleware(limits.Capped)
