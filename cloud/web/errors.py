"""What went wrong, said to a person: what happened, whether anything was lost, what to do."""

from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from cloud.web import words
from cloud.web.deps import SignInNeededError
from cloud.web.templating import page

UNREADABLE, BROKEN = 422, 500

TEXTS = {400: words.FORM_PROBLEM, 404: words.NOT_FOUND, 405: words.NOT_FOUND, 413: words.TOO_LARGE}
"""For what is refused before a route could say why."""

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """For pages. What programs ask for is answered beside these, in their own form."""
    handlers: dict[type[Exception], Any] = {
        SignInNeededError: _sign_in_first,
        StarletteHTTPException: _plainly,
        RequestValidationError: _unreadable,
        Exception: _broken,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


def _sign_in_first(request: Request, _error: SignInNeededError) -> Response:
    asked = request.url.path if request.method == "GET" else "/"
    return RedirectResponse("/sign-in" if asked == "/" else f"/sign-in?to={quote(asked)}", status_code=303)


def _plainly(request: Request, error: StarletteHTTPException) -> Response:
    text = TEXTS.get(error.status_code, str(error.detail))
    return page(request, "problem.html", None, status=error.status_code, text=text)


def _unreadable(request: Request, _error: RequestValidationError) -> Response:
    return page(request, "problem.html", None, status=UNREADABLE, text=words.FORM_PROBLEM)


def _broken(request: Request, error: Exception) -> Response:
    log.error("page_failed", path=request.url.path, error=type(error).__name__)
    return page(request, "problem.html", None, status=BROKEN, text=words.BROKEN)
