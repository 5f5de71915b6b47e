"""Who else reads: people at night, and staff."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.world import GRAVE, PASSWORD, Lived, Served, enter

pytestmark = pytest.mark.slow

STAFF_PAGES = {
    "/staff": "pi-1", "/staff/set-aside": "not_json", "/staff/orders": "Corner Store", "/staff/outbox": "mail.send",
}  # fmt: skip


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_by_night_as_by_day_everything_can_be_read(
    chromium: Any, keep: Callable[[Any, str], None], served: Served, home: Lived, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    enter(page, served, home)

    for path in ("/", "/away?first=2026-11-25&last=2026-11-28", "/permissions", "/settings"):
        page.goto(served.address + path)
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in GRAVE] == [], path
        if path == "/":
            keep(page, f"phone-en-home-{scheme}")
    context.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_staff_see_what_waits_for_them(
    chromium: Any, keep: Callable[[Any, str], None], served: Served, home: Lived, language: str
) -> None:
    invitation = home.trouble(language)
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{served.address}/welcome/{invitation}")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/staff/alarms")

    for path, shown in STAFF_PAGES.items():
        page.goto(served.address + path)
        page.get_by_role("cell", name=shown).or_(page.get_by_role("rowheader", name=shown)).first.wait_for()
        keep(page, f"desktop-{language}-staff{path.rpartition('staff')[2].replace('/', '-')}")
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in GRAVE] == [], path
    context.close()
