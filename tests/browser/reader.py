"""Somebody who reads the pages without a browser, and all that there is to read."""

import re

import httpx2
from starlette.testclient import TestClient

from cloud import db
from cloud.replenishment import mandates
from tests.browser.world import Lived


class Reader(TestClient):
    """A browser without scripts: it fills in the forms that a page shows."""

    def token(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/settings").text)
        assert found
        return found[1]

    def sends(self, path: str, **fields: object) -> httpx2.Response:
        return self.post(path, data={"csrf": self.token(), **fields})


def seen_by(home: Lived) -> list[str]:
    with db.reading(home.engine) as session:
        mandate = mandates.active(session, home.household_id, home.clock.now())[0].id
    one = f"/supplies/{home.slots['black']}"
    return [
        "/", "/away", "/away?first=2026-11-25&last=2026-11-30", "/agreements", "/agreements/new", "/permissions",
        "/data", "/settings", one, f"{one}/order", f"/agreements/{mandate}/cancel",
    ]  # fmt: skip
