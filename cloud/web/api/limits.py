"""No request of a machine is larger than it may be."""

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024
CAPPED = ("/api/", "/hooks/")


class Capped:
    """Counts what is read and stops with 413; a length that is declared is not believed."""

    def __init__(self, app: ASGIApp, most: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise HTTPException(413)
            return message

        capped = scope["type"] == "http" and scope["path"].startswith(CAPPED)
        await self._app(scope, counted if capped else receive, send)
