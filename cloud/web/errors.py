"""What went wrong, said to a person: what happened, whether anything was lost, what to do."""

from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
import sqlalchemy.exc
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from cloud.web import deps, words
from cloud.web.deps import SignInNeededError, Visitor
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
        sa.exc.DataError: _unkept,
        Exception: _broken,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


def _sign_in_first(request: Request, _error: SignInNeededError) -> Response:
    asked = request.url.path if request.method == "GET" else "/"
    return RedirectResponse("/sign-in" if asked == "/" else f"/sign-in?to={quote(asked)}", status_code=303)


def _plainly(request: Request, error: StarletteHTTPException) -> Response:
    text = TEXTS.get(error.status_code, str(error.detail))
    return page(request, "problem.html", _visitor(request), status=error.status_code, text=text)


def _unreadable(request: Request, _error: RequestValidationError) -> Response:
    return page(request, "problem.html", _visitor(request), status=UNREADABLE, text=words.FORM_PROBLEM)


def _unkept(request: Request, error: Exception) -> Response:
    """Something that no database row can hold, such as a NUL: in the address it leads nowhere, in a form it is lost."""
    log.warning("value_refused", path=place(request), error=type(error).__name__)
    if is_addressed_by_it(request):
        return page(request, "problem.html", _visitor(request), status=404, text=words.NOT_FOUND)
    return page(request, "problem.html", _visitor(request), status=UNREADABLE, text=words.FORM_PROBLEM)


def place(request: Request) -> str:
    """Which route, for a log: the address itself can hold a secret (an answer link, an invitation)."""
    return str(getattr(request.scope.get("route"), "path", "none"))


def is_addressed_by_it(request: Request) -> bool:
    """Whether what the database refused stood in the address."""
    return "\0" in request.scope["path"]


def _broken(request: Request, error: Exception) -> Response:
    log.error("page_failed", path=place(request), error=type(error).__name__)
    visitor = None if isinstance(error, sa.exc.SQLAlchemyError) else _visitor(request)
    return page(request, "problem.html", visitor, status=BROKEN, text=words.BROKEN)


def _visitor(request: Request) -> Visitor | None:
    """For their language and their way on. None also when the database does not answer: a page comes in any case."""
    web = deps.web_of(request)
    try:
        return deps.visitor_or_none(request, web, deps.sign_in_moment(web))
    except sa.exc.SQLAlchemyError:
        return None
