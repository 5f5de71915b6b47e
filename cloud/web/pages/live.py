"""Tells an open page that something has changed; the page then asks for itself again."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from cloud.views import changes
from cloud.web.deps import SignedIn, WebDep

router = APIRouter()

LOOK_EVERY_S = 2.0
BEAT_EVERY = 8  # looks without news: then a line that says we are still here
LASTS = 150  # looks; then the browser comes back by itself


@router.get("/live")
async def live(request: Request, web: WebDep, visitor: SignedIn) -> StreamingResponse:
    """The only asynchronous route. It holds no database session: each look is its own, in a thread."""
    del visitor
    number = web.version or partial(changes.number, web.engine)
    before = await run_in_threadpool(number)  # before the page hears that we listen: what comes later is told

    async def lines() -> AsyncIterator[str]:
        yield "retry: 5000\n\n"
        known = before
        for look in range(LASTS):
            await asyncio.sleep(LOOK_EVERY_S)
            if await request.is_disconnected():
                return
            found = await run_in_threadpool(number)
            if found != known:
                known = found
                yield "event: change\ndata: 1\n\n"
            elif look % BEAT_EVERY == 0:
                yield ": still here\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
