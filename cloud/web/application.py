"""The web application: routes, errors, headers, put together."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloud.web import errors, link_pages, pages
from cloud.web.api import health, problems
from cloud.web.api import routes as api
from cloud.web.api.v1 import enrolments
from cloud.web.attempts import Window
from cloud.web.deps import Web
from cloud.web.pages import signing

STATIC = Path(__file__).with_name("static")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
STAY_WITH_TLS = {"Strict-Transport-Security": "max-age=15552000"}  # for half a year from each visit


def create(web: Web) -> FastAPI:
    """Everything under one address. Nothing runs yet."""
    app = FastAPI(title="Forehand", version="1", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    app.state.web = web
    app.state.tries = Window(most=signing.MOST_TRIES, within=signing.WITHIN)
    app.state.enrolment_tries = Window(most=enrolments.MOST_TRIES, within=signing.WITHIN)
    app.state.wrong_links = link_pages.wrong_links()
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.router.routes.extend(_routes().routes)
    errors.install(app)
    api.install(app)
    app.add_middleware(SafeHeaders, more=STAY_WITH_TLS if web.settings.public_url.startswith("https://") else {})
    return app


@cache
def _routes() -> APIRouter:
    """FastAPI works out what each route takes when it is first asked: once in a process, not in each application."""
    made = APIRouter()
    for router in pages.ROUTERS:
        made.include_router(router, include_in_schema=False)
    for router in api.ROUTERS:
        made.include_router(router)
    return made


def status(web: Web) -> FastAPI:
    """Alive, ready, measured, and nothing else: for a process that serves no pages."""
    app = FastAPI(title="Forehand", openapi_url=None)
    app.state.web = web
    health.install(app)
    problems.install(app)
    app.add_middleware(SafeHeaders)
    return app


class SafeHeaders:
    """Headers on every answer; not a `BaseHTTPMiddleware`, which would hold back a stream."""

    def __init__(self, app: ASGIApp, more: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._headers = HEADERS | dict(more or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", _caching(scope["path"]))
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def _caching(path: str) -> str:
    return "public, max-age=300" if path.startswith("/static/") else "no-store"
