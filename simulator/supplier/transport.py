"""The supplier in-process: the same desk behind the HTTP client's own seam."""

import httpx2

from kit.clock import Clock
from simulator.supplier.desk import Desk, Request, Silence


class SupplierTransport(httpx2.BaseTransport):
    """Give it to the cloud's supplier client. Silence is a time-out, without the waiting."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(request.method, request.url.raw_path.decode(), headers, request.read())
        try:
            answer = self._desk.answer(asked, self._clock.now())
        except Silence as error:
            raise httpx2.ReadTimeout("the supplier does not answer", request=request) from error
        return httpx2.Response(answer.status, headers=answer.headers(), content=answer.encoded(), request=request)
