"""Staff at night: the queue and one alarm by keyboard, on a desk and on a phone."""

import csv
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlmodel import select

from cloud import db
from cloud.emergencies.answering import Who
from cloud.emergencies.tables import Alarm
from cloud.people.tables import Person
from tests.alarms_world import SECOND, Night
from tests.browser.conftest import WIDTHS
from tests.browser.world import GRAVE, Served
from tests.support.databases import Databases
from tests.support.desk import Desk, fill

pytestmark = pytest.mark.slow


@pytest.fixture
def night(databases: Databases, tmp_path: Any) -> Iterator[Night]:
    url = databases.fresh(tmp_path.name, migrated=True)
    engine = db.engine(url)
    made = Night(engine)
    made.move_in("Bert", "Cara")
    fill(made)
    yield made
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def desk(night: Night) -> Iterator[tuple[Desk, Served]]:
    made = Desk(night)
    with Served(made.web()) as served:
        yield made, served


class Sitting:
    """Sam with one browser: keys only, and every page is looked at."""

    def __init__(self, page: Any, keep: Callable[[Any, str], None], address: str, width: str) -> None:
        self.page, self._keep, self.address, self._width = page, keep, address, width
        self.errors: list[str] = []
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.errors.append(str(e)))

    def goes(self, path: str) -> None:
        self.page.goto(self.address + path)

    def key(self, name: str) -> None:
        self.page.keyboard.press(name)

    def until(self, expression: str) -> None:
        """Without the page's own eval, which our policy forbids."""
        for _ in range(100):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(expression)

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.id"))

    def looks(self, name: str) -> None:
        self._keep(self.page, f"{self._width}-en-alarms-{name}")
        found = Axe().run(self.page).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found if v["impact"] in GRAVE] == []
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name}: the page is {wide} px too wide"
        assert self.errors == []


def sit(chromium: Any, desk: tuple[Desk, Served], keep: Callable[[Any, str], None], width: str, **more: Any) -> Sitting:
    made, served = desk
    size = WIDTHS[width]
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-GB", **more)
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": n, "value": v, "url": served.address} for n, v in made.sam.cookies.items()])
    return Sitting(context.new_page(), keep, served.address, width)


@pytest.fixture(params=sorted(WIDTHS))
def sam(request: pytest.FixtureRequest, chromium: Any, desk: Any, keep: Any) -> Iterator[Sitting]:
    made = sit(chromium, desk, keep, request.param)
    yield made
    made.page.context.close()


def test_an_alarm_is_worked_through_by_keyboard(sam: Sitting, night: Night) -> None:
    sam.goes("/staff/alarms")
    sam.page.locator("#desk-link").get_by_text("Live").wait_for()
    sam.looks("queue")
    for _ in range(2):
        sam.key("j")
    sam.key("k")
    sam.key("j")
    assert sam.focused() == f"alarm-{ada(night).number}"
    sam.key("Enter")
    sam.page.locator("#one-title").wait_for()
    sam.looks("one")
    sam.key("a")
    sam.page.get_by_role("status").get_by_text("It is yours.").wait_for()
    assert ada(night).acknowledged_by == "Sam"
    sam.key("n")
    sam.page.keyboard.type("Cara is on her way, j k a ? are letters here")
    assert sam.focused() == "note"
    sam.key("Tab")
    sam.key("Enter")
    sam.page.get_by_text("letters here").wait_for()
    sam.looks("taken")
    sam.page.locator("#close-with_person").focus()
    sam.key("Enter")
    sam.page.get_by_text("Closed. Those who were called are being told.").wait_for()
    assert (ada(night).state, ada(night).disposition) == ("closed", "with_person")
    sam.looks("closed")
    sam.goes("/staff/audit")
    sam.looks("audit")


def test_everybody_is_called_again_and_the_list_is_taken_away(sam: Sitting, night: Night) -> None:
    before = len(night.attempts(ada(night)))
    sam.goes(f"/staff/alarms/{ada(night).id}")
    sam.page.locator("#again").focus()
    sam.key("Enter")
    sam.page.get_by_role("status").get_by_text("Everybody is called again, from the first on.").wait_for()
    night.passes(SECOND)
    assert len(night.attempts(ada(night))) > before
    sam.looks("called-again")

    sam.goes("/staff/alarms?q=ada")
    with sam.page.expect_download() as coming:
        sam.page.get_by_role("link", name="Take this list away (CSV)").click()
    rows = list(csv.DictReader(coming.value.path().read_text("utf-8-sig").splitlines()))
    assert {row["wearer"] for row in rows} == {"Ada Brandt"}
    assert str(ada(night).number) in {row["number"] for row in rows}
    sam.goes("/staff/audit")
    for act in ("had everybody called again", "took a list of alarms away"):
        assert sam.page.get_by_text(act).count() > 0


def test_keys_are_explained_filtered_by_and_can_be_switched_off(sam: Sitting) -> None:
    sam.goes("/staff/alarms")
    sam.key("?")
    sam.page.get_by_text("next alarm, previous alarm").wait_for()
    sam.looks("keys")
    sam.page.locator("#keys-on").uncheck()
    sam.key("Escape")
    sam.key("j")
    assert not sam.focused().startswith("alarm-")
    sam.page.evaluate("localStorage.clear()")
    sam.key("/")
    assert sam.focused() == "q"
    sam.page.keyboard.type("bo")
    sam.key("Enter")
    sam.page.wait_for_url("**q=bo**")
    assert sam.page.locator("#queue tbody a").count() > 0
    assert sam.page.get_by_text("Ada Brandt").count() == 0
    sam.looks("filtered")


def test_taking_from_the_list_first_shows_the_alarm(sam: Sitting, night: Night) -> None:
    sam.goes("/staff/alarms")
    sam.key("j")
    sam.key("j")
    sam.key("a")
    sam.page.locator("#one-title").wait_for()
    sam.until("document.activeElement.id === 'acknowledge'")

    assert ada(night).state == "raised"


def test_an_open_page_follows_what_happens_and_takes_nothing_from_a_hand(sam: Sitting, night: Night) -> None:
    sam.goes(f"/staff/alarms/{ada(night).id}")
    sam.page.locator("#note").fill("I am typ")
    sam.page.locator("#note").focus()
    before = sam.page.locator("#one-state .big").inner_text()

    night.takes(night.contact("Cara"), ada(night))

    sam.page.locator("#one-state").get_by_text("Cara has it until").wait_for()
    assert (sam.focused(), sam.page.locator("#note").input_value()) == ("note", "I am typ")
    assert "(4) " in sam.page.title()
    assert before != sam.page.locator("#one-state .big").inner_text()


def test_a_clock_counts_by_itself(sam: Sitting, night: Night) -> None:
    sam.goes(f"/staff/alarms/{ada(night).id}")
    clock = sam.page.locator("#one-state .clock")
    before = clock.inner_text()

    sam.until(f"document.querySelector('#one-state .clock').textContent !== '{before}'")


def test_the_sound_is_a_choice_that_is_remembered(sam: Sitting, night: Night) -> None:
    sam.page.add_init_script(
        "window.tones = 0; const real = AudioContext.prototype.createOscillator;"
        "AudioContext.prototype.createOscillator = function () { window.tones += 1; return real.call(this); };"
    )
    sam.goes("/staff/alarms")
    sam.page.wait_for_timeout(1500)
    assert sam.page.evaluate("tones") == 0
    sam.page.locator("#sound").click()
    sam.until("tones > 0")
    sam.page.reload()
    assert sam.page.locator("#sound").get_attribute("aria-pressed") == "true"
    sam.key("j")
    sam.until("tones > 0")


def test_an_alarm_sounds_also_in_a_tab_that_nobody_looks_at(sam: Sitting, night: Night) -> None:
    sam.page.add_init_script(
        "window.tones = 0; const real = AudioContext.prototype.createOscillator;"
        "AudioContext.prototype.createOscillator = function () { window.tones += 1; return real.call(this); };"
        "Object.defineProperty(document, 'hidden', { get: () => true });"
    )
    night.takes(Who("Cara", "page"), ada(night))
    sam.goes("/staff/alarms")
    sam.page.locator("#sound").click()
    sam.until("tones > 0")
    waiting = sam.page.locator("#queue").get_attribute("data-waiting")
    before = sam.page.evaluate("tones")

    night.passes(3601 * SECOND)

    sam.until(f"document.getElementById('queue').dataset.waiting !== '{waiting}'")
    sam.until(f"tones > {before}")


def test_a_lost_connection_is_said(sam: Sitting, night: Night) -> None:
    sam.goes("/staff/alarms")
    sam.page.locator("#desk-link").get_by_text("Live").wait_for()

    sam.page.route("**/staff/alarms", lambda route: route.abort())
    night.passes(SECOND)
    night.takes(Who("Cara", "page"), ada(night))

    sam.page.get_by_text("Not connected: what stands here may be old.").wait_for()


def test_without_scripts_it_works_too(chromium: Any, desk: Any, keep: Any, night: Night) -> None:
    sitting = sit(chromium, desk, keep, "phone", java_script_enabled=False)
    page = sitting.page
    sitting.goes("/staff/alarms")
    page.get_by_role("link", name="Ada Brandt").first.click()
    page.get_by_role("button", name="I take it").click()
    page.get_by_role("button", name="False alarm").click()
    page.get_by_text("Closed. Those who were called are being told.").wait_for()

    assert ada(night).disposition == "false_alarm"
    page.context.close()


def test_in_the_dark_and_in_chinese_it_can_be_read(chromium: Any, desk: Any, keep: Any, night: Night) -> None:
    with db.transaction(night.engine) as session:
        session.exec(select(Person).where(Person.name == "Sam")).one().language = "zh"
    sitting = sit(chromium, desk, keep, "desktop", color_scheme="dark")
    sitting.goes(f"/staff/alarms/{ada(night).id}")
    sitting.page.locator("#one-state").get_by_text("无人应答").first.wait_for()

    sitting.looks("dark-zh")
    sitting.page.context.close()


def ada(night: Night) -> Alarm:
    """Her alarm, as it is now."""
    with db.reading(night.engine) as session:
        wearer = night.wearer_id(session)
        return max((a for a in night.alarms() if a.wearer_id == wearer), key=lambda a: a.number)
