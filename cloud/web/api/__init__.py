"""What machines ask for: the REST API, suppliers' news, health. With them the pages of staff."""

from fastapi import FastAPI

from cloud.web import staff
from cloud.web.api import health, hooks, limits, problems, v1


def install(app: FastAPI) -> None:
    """After the pages, whose errors stay theirs."""
    health.install(app)
    for router in (hooks.router, v1.router, staff.router):
        app.include_router(router)
    problems.install(app)
    app.add_middleware(limits.Capped)
