"""The web application: routes, errors, headers, put together."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from cloud.web.deps import Web

STATIC = Path(__file__).with_name("static")
MAX_BODY_BYTES = 1_000_000
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


def create(web: Web) -> FastAPI:
    """Everything under one address. Nothing runs yet."""
    app = FastAPI(title="Forehand", version="1", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    app.state.web = web
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.middleware("http")(_safe_headers)
    return app


async def _safe_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/static"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
