"""The customer's whole path, as they walk it: on a phone and on a desk, in English and in Chinese."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from cloud import db
from cloud.flows import ordering
from cloud.orders import views
from cloud.people.tables import Person
from cloud.web import translations
from tests.browser.conftest import WIDTHS
from tests.browser.world import GRAVE, HOLIDAY, PASSWORD, Lived, Served, enter

pytestmark = pytest.mark.slow


class Walk:
    """One reader with one browser. Every page they see is looked at by axe, kept as a picture, and free of errors."""

    def __init__(self, page: Any, keep: Callable[[Any, str], None], address: str, language: str, width: str) -> None:
        self.page, self._keep, self._address = page, keep, address
        self._say = translations.of(language).gettext
        self._name = f"{width}-{language}"
        self.errors: list[str] = []
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.errors.append(str(e)))

    def word(self, text: str) -> str:
        return self._say(text)

    def goes(self, path: str) -> None:
        self.page.goto(self._address + path)

    def press(self, text: str) -> None:
        self.page.get_by_role("button", name=self.word(text), exact=True).first.click()

    def follow(self, text: str) -> None:
        self.page.get_by_role("link", name=self.word(text), exact=True).first.click()

    def reads(self, text: str) -> None:
        self.page.get_by_text(self.word(text)).first.wait_for()

    def comes_in(self, home: Lived) -> None:
        self.goes(f"/welcome/{home.invite()}")
        self.page.get_by_label(self.word("New password")).fill(PASSWORD)
        self.press("Choose this password")
        self.reads("Next")

    def looks(self, name: str) -> None:
        self._keep(self.page, f"{self._name}-{name}")
        found = Axe().run(self.page).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found if v["impact"] in GRAVE] == []
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name}: the page is {wide} px too wide"
        assert self.errors == []


@pytest.fixture(params=sorted(WIDTHS))
def width(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest, home: Lived) -> str:
    with db.transaction(home.engine) as session:
        session.get_one(Person, home.person_id).language = request.param
    return str(request.param)


@pytest.fixture
def walk(chromium: Any, keep: Callable[[Any, str], None], served: Served, width: str, language: str) -> Iterator[Walk]:
    size = WIDTHS[width]
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN" if language == "zh" else "en-GB"
    )
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), keep, served.address, language, width)
    context.close()


def test_a_customer_walks_the_whole_path(walk: Walk, home: Lived, tmp_path: Any) -> None:
    _arrives(walk, home)
    _orders_and_decides(walk, home)
    _goes_away(walk, tmp_path)
    _allows_and_signs(walk)
    _takes_their_data_and_leaves(walk)


def _arrives(walk: Walk, home: Lived) -> None:
    walk.goes("/")
    walk.looks("sign-in")
    walk.goes(f"/welcome/{home.invite()}")
    walk.looks("welcome")
    walk.comes_in(home)
    walk.looks("home")


def _orders_and_decides(walk: Walk, home: Lived) -> None:
    walk.follow("Why?")
    walk.page.locator("summary").first.click()
    walk.looks("why")
    walk.goes("/")
    walk.page.locator("#next").get_by_role("link", name=walk.word("Change")).first.click()
    walk.looks("order")
    walk.goes("/")
    walk.press("Order with obligation to pay")
    walk.reads("Ordered. You can stop it for an hour.")
    walk.press("Hold it a week")
    walk.reads("Put off by a week.")
    walk.press("Send it anyway")
    walk.reads("It leaves with the next sending.")
    walk.page.locator("#next").get_by_role("link", name=walk.word("Change")).first.click()
    walk.looks("change")
    walk.press("Hold it until then")
    walk.reads("Put off. It leaves on the day that you chose.")
    walk.press("Cancel it")
    walk.page.get_by_role("status").wait_for()
    card = walk.page.locator(f"#card-{home.slots['black']}")
    card.locator("summary").click()
    card.locator("input[name=packs]").fill("2")
    card.get_by_role("button", name=walk.word("Correct the shelf")).click()
    walk.reads("Noted: that is what stands on your shelf.")
    walk.looks("corrected")
    walk.press("Undo")
    walk.reads("Undone.")
    walk.page.locator(f"#card-{home.slots['black']}").get_by_role("button", name=walk.word("You remind")).click()
    walk.reads("Chosen. It holds from now on.")


def _goes_away(walk: Walk, tmp_path: Any) -> None:
    walk.follow("Days away")
    walk.page.locator(".month a", has_text="25").first.click()
    walk.page.locator(".month a", has_text="28").first.click()
    walk.looks("away")
    walk.press("Nobody is home")
    walk.reads("Noted. Deliveries in these days wait for the day after.")
    walk.press("End this pause")
    walk.reads("The pause is gone. Deliveries come as before.")
    file = tmp_path / "family.ics"
    file.write_bytes(HOLIDAY)
    walk.page.get_by_text(walk.word("Connect a calendar")).click()
    walk.page.get_by_label(walk.word("or a file (.ics)")).set_input_files(file)
    walk.press("Connect it")
    walk.reads("The calendar is connected. Its days away are hatched below.")
    walk.page.get_by_text(walk.word("Connect a calendar")).click()
    walk.page.get_by_label(walk.word("Address (iCal)")).fill("https://calendar.example/basic.ics")
    walk.press("Connect it")
    walk.looks("calendars")
    walk.page.get_by_role("button", name=walk.word("Remove this calendar")).first.click()
    walk.reads("The calendar is gone, and with it everything we had read in it.")


def _allows_and_signs(walk: Walk) -> None:
    walk.follow("Permissions")
    walk.looks("permissions")
    walk.page.get_by_role("button", name=walk.word("Allow it")).first.click()
    walk.reads("Thank you. It holds from now on.")
    walk.page.get_by_role("button", name=walk.word("Take it back")).last.click()
    walk.reads("Taken back. It holds from now on.")
    walk.follow("Order agreements")
    walk.follow("Write a new agreement")
    walk.looks("agreement-new")
    walk.press("Read the text")
    walk.looks("agreement-read")
    walk.press("Sign this agreement")
    walk.reads("Signed. The whole text stays here for you to read.")
    walk.looks("agreements")
    walk.follow("Cancel this agreement")
    walk.looks("agreement-cancel")
    walk.press("Cancel this agreement now")
    walk.page.get_by_role("status").wait_for()
    walk.looks("agreement-cancelled")


def _takes_their_data_and_leaves(walk: Walk) -> None:
    walk.follow("Your data")
    walk.looks("data")
    with walk.page.expect_download() as download:
        walk.follow("Take all of it with you (JSON)")
    assert download.value.suggested_filename.startswith("forehand-")
    walk.follow("Settings")
    walk.page.get_by_label(walk.word("Your home is in")).select_option("Asia/Shanghai")
    walk.press("Keep this time zone")
    walk.reads("Noted. Days begin and end by this clock from now on.")
    walk.looks("settings")
    walk.press("Sign out")
    walk.page.get_by_label(walk.word("Password")).wait_for()
    assert walk.errors == []


def test_a_person_says_what_belongs_where_the_device_does_not_tell(walk: Walk, home: Lived) -> None:
    with db.transaction(home.engine) as session:
        ordering.not_now(session, home.household_id, home.slots["black"], home.clock.now())
    home.put_up_a_scale()
    walk.comes_in(home)
    walk.reads("Until you tell us, we cannot say how long it lasts.")
    walk.looks("unmatched-home")

    walk.page.get_by_role("link", name=walk.word("Choose the product")).first.click()
    walk.looks("unmatched")
    walk.page.locator("#choice").select_option(label=walk.word("Coffee beans, 1 kg"))
    walk.press("This belongs here")

    walk.reads("Noted: that belongs there. We count with it from now on.")
    walk.looks("matched-home")
    walk.goes("/no/such/page")
    walk.errors.clear()  # the browser notes a 404 as one
    walk.reads("There is nothing at this address.")
    walk.looks("nothing-there")


@pytest.fixture
def page(chromium: Any, served: Served, home: Lived) -> Iterator[Any]:
    """A desk with the first page open."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    made = context.new_page()
    enter(made, served, home)
    yield made
    context.close()


def test_an_open_page_follows_what_happens(page: Any, home: Lived) -> None:
    milk = page.locator("#next").get_by_text("inside your agreement")
    milk.wait_for()
    page.wait_for_timeout(1000)  # the page is listening

    with db.transaction(home.engine) as session:
        order = next(o for o in views.open_orders(session, home.household_id) if o.slot_id == home.slots["milk"])
        ordering.cancel(session, home.new_id, home.household_id, order.id, home.clock.now())

    milk.wait_for(state="detached")


def test_everything_works_without_scripts(chromium: Any, served: Served, home: Lived) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    enter(page, served, home)

    page.locator("#next").get_by_role("link", name="Change Black").click()
    page.get_by_role("link", name="Order 2").click()
    page.get_by_role("button", name="Order with obligation to pay").click()
    page.get_by_role("status").get_by_text("Ordered. You can stop it for an hour.").wait_for()
    page.locator("#next").get_by_role("link", name="Change Black").click()
    page.get_by_label("How many").select_option("1")
    page.get_by_role("button", name="Order this many with obligation to pay").click()

    page.get_by_role("status").get_by_text("Changed. That many are ordered now.").wait_for()
    context.close()


def test_a_keyboard_is_enough_to_order(page: Any) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the navigation
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Order with obligation to pay":
            break
    page.keyboard.press("Enter")

    page.get_by_role("status").get_by_text("Ordered. You can stop it for an hour.").wait_for()


def test_at_twice_the_size_nothing_is_cut_off(chromium: Any, served: Served, home: Lived) -> None:
    """A desk at 200 % is a window half as wide."""
    context = chromium.new_context(viewport={"width": 640, "height": 450}, device_scale_factor=2)
    page = context.new_page()
    enter(page, served, home)

    for path in ("/", "/away", "/agreements/new", "/permissions", f"/supplies/{home.slots['milk']}"):
        page.goto(served.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path
    context.close()


def test_a_box_is_added_gets_a_new_code_and_is_retired(walk: Walk, home: Lived) -> None:
    walk.comes_in(home)
    walk.goes("/settings")
    walk.page.locator("#box").fill("Hall")
    walk.press("Add it and get a code")
    first = walk.page.locator(".code").inner_text()
    walk.looks("box-code")
    walk.follow("Back to the settings")
    walk.looks("settings")
    hall = walk.page.locator("#boxes li", has_text="Hall")
    hall.locator("button").click()
    assert walk.page.locator(".code").inner_text() != first
    walk.goes("/settings")
    hall.get_by_role("link").click()
    walk.looks("box-retire")
    walk.press("Retire it")
    walk.reads("It is retired. Nothing more of it is taken in.")
    assert hall.locator("button").count() == 0
