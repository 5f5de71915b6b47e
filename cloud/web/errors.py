"""What a page says when it cannot be shown: what happened, whether anything was lost, what to do."""

import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from cloud.web import templating
from cloud.web.deps import SignInNeededError

MACHINES = ("/api/", "/hooks/", "/healthz", "/readyz", "/metrics")

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    app.add_exception_handler(SignInNeededError, _sign_in)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _broken)


def is_for_a_machine(request: Request) -> bool:
    """Those get RFC 9457 problems, people get pages."""
    return request.url.path.startswith(MACHINES)


def _sign_in(request: Request, error: Exception) -> Response:
    del request, error
    return RedirectResponse("/sign-in", 303)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException | StarletteHTTPException)  # noqa: S101 - by registration
    detail = error.detail if isinstance(error, HTTPException) and error.detail != "Not Found" else ""
    return templating.page(request, "error.html", None, status=error.status_code, detail=detail)


def _invalid(request: Request, error: Exception) -> Response:
    del error
    return templating.page(request, "error.html", None, status=422, detail="")


def _broken(request: Request, error: Exception) -> Response:
    log.error("page_failed", path=request.url.path, error=type(error).__name__)
    return templating.page(request, "error.html", None, status=500, detail="")
