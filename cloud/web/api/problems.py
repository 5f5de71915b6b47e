"""What a machine is told when something cannot be done: RFC 9457 problems. People get pages."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeAlias

import sqlalchemy as sa
import structlog
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException

from cloud import db
from cloud.web import errors
from cloud.web.deps import SignInNeededError

MACHINES = ("/api/", "/hooks/", "/healthz", "/readyz", "/metrics")
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

Handler: TypeAlias = Callable[[Request, Exception], Response | Awaitable[Response]]

log = structlog.get_logger()


class ProblemError(HTTPException):
    """A refusal with a name of its own; `kind` becomes the type `/problems/<kind>`."""

    def __init__(self, status: int, kind: str, detail: str | None = None, **more: Any) -> None:
        super().__init__(status, detail)
        self.kind = kind
        self.more = more


class FieldProblem(BaseModel):
    """One field of the request that does not fit."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """An error as RFC 9457 describes it."""

    type: str = Field(default="about:blank", examples=["/problems/duplicate-order"])
    title: str
    status: int
    detail: str | None = None
    instance: str
    errors: list[FieldProblem] | None = None


def install(app: FastAPI) -> None:
    """Machines' paths are answered here, the others by whoever was asked before."""
    for error, answer in (
        (SignInNeededError, _sign_in_needed),
        (StarletteHTTPException, _refused),
        (RequestValidationError, _invalid),
        (sa.exc.DataError, _unkept),
        (Exception, _broken),
    ):
        app.add_exception_handler(error, _beside(answer, app.exception_handlers.get(error)))
    app.add_exception_handler(sa.exc.SQLAlchemyError, _beside(_database, app.exception_handlers.get(Exception)))


def is_for_a_machine(request: Request) -> bool:
    return request.url.path.startswith(MACHINES)


def answer(
    request: Request, status: int, kind: str | None = None, detail: str | None = None, **more: Any
) -> JSONResponse:
    """One problem. Without a kind the status says it all."""
    title = kind.replace("-", " ").capitalize() if kind else HTTPStatus(status).phrase
    body = {
        "type": f"/problems/{kind}" if kind else "about:blank", "title": title, "status": status,
        "instance": request.url.path, **({"detail": detail} if detail else {}), **more,
    }  # fmt: skip
    return JSONResponse(body, status, media_type=MEDIA_TYPE)


def _beside(ours: Callable[[Request, Exception], Response], theirs: Handler | None) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        if theirs is None or is_for_a_machine(request):
            return ours(request, error)
        answered = await run_in_threadpool(theirs, request, error)  # a page asks the database for its reader
        return answered if isinstance(answered, Response) else await answered

    return handle


def _sign_in_needed(request: Request, error: Exception) -> Response:
    del error
    return answer(request, 401, "sign-in-needed")


def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, StarletteHTTPException):
        raise error
    if isinstance(error, ProblemError):
        made = answer(request, error.status_code, error.kind, error.detail, **error.more)
    else:
        known = HTTPStatus(error.status_code).phrase
        detail = error.detail if error.detail != known else None
        made = answer(request, error.status_code, None, detail)
    made.headers.update(error.headers or {})
    return made


def _invalid(request: Request, error: Exception) -> Response:
    """What was sent is not repeated: it may be private."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [
        FieldProblem(
            field=".".join(str(part) for part in each["loc"][1:]) or str(each["loc"][0]),
            code=each["type"],
            message=each["msg"],
        ).model_dump()
        for each in found
    ]
    return answer(request, 422, "invalid-request", errors=errors)


def _unkept(request: Request, error: Exception) -> Response:
    log.warning("value_refused", path=errors.place(request), error=type(error).__name__)
    return answer(request, 404) if errors.is_addressed_by_it(request) else answer(request, 422, "invalid-request")


def _database(request: Request, error: Exception) -> Response:
    if not isinstance(error, sa.exc.SQLAlchemyError) or not db.is_outage(error):
        raise error
    log.error("database_away", path=errors.place(request), error=type(error).__name__)
    made = answer(request, 503, "try-again")
    made.headers["Retry-After"] = str(RETRY_AFTER_S)
    return made


def _broken(request: Request, error: Exception) -> Response:
    log.error("request_failed", path=errors.place(request), error=type(error).__name__)
    return answer(request, 500)
