"""A real browser, and a lived-in household served to it."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud import db
from cloud.web import application
from kit import ids
from kit.clock import ManualClock
from tests.browser.reader import Reader
from tests.browser.world import PASSWORD, Lived, Served
from tests.shared import missing, needs_program
from tests.support.databases import Databases

SCREENSHOTS = Path(__file__).with_name(".screenshots")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
_numbers = itertools.count(1)
WIDTHS = {"phone": (360, 740), "desktop": (1280, 900)}


@pytest.fixture(autouse=True)
def all_sign_in_quickly(quick_passwords: None) -> None:
    """Everywhere here."""


@pytest.fixture(scope="session")
def built() -> dict[str, tuple[str, Lived]]:
    """Of each kind of database one is lived in, when the first test asks; every test works on a copy."""
    return {}


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Databases:
    """Desks are served from PostgreSQL, phones from SQLite: each path is walked on both."""
    called = getattr(request.node, "callspec", None)
    is_desk = called is not None and "desktop" in called.params.values()
    made: Databases = request.getfixturevalue("postgres_server" if is_desk else "sqlite_files")
    return made


@pytest.fixture
def home(built: dict[str, tuple[str, Lived]], databases: Databases) -> Iterator[Lived]:
    kind = type(databases).__name__
    if kind not in built:
        built[kind] = _lived_in(databases)
    source, model = built[kind]
    url = databases.copy(source, f"home_{next(_numbers)}")
    engine = db.engine(url)
    yield Lived(
        engine,
        household_id=model.household_id,
        person_id=model.person_id,
        slots=model.slots,
        clock=ManualClock(model.clock.now()),
        new_id=ids.system,
    )
    engine.dispose()
    databases.drop(url)


def _lived_in(databases: Databases) -> tuple[str, Lived]:
    url = databases.fresh("lived", migrated=True)
    engine = db.engine(url)
    made = Lived(engine).build()
    engine.dispose()
    return url, made


@pytest.fixture
def served(home: Lived) -> Iterator[Served]:
    with Served(home.web()) as made:
        yield made


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    program = needs_program("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("the package playwright")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def keep() -> Callable[[object, str], None]:
    """Keeps a picture of the whole page, for a person to look at."""
    from playwright.sync_api import Error

    SCREENSHOTS.mkdir(exist_ok=True)

    def picture(page: Any, name: str) -> None:
        for again in (True, True, False):  # on a busy machine Chromium is sometimes "unable to capture"
            try:
                page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
            except Error:
                if not again:
                    raise
            else:
                return

    return picture


@pytest.fixture
def visitor(home: Lived) -> Iterator[Reader]:
    """Nobody yet."""
    with Reader(application.create(home.web()), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def ada(visitor: Reader, home: Lived) -> Reader:
    assert visitor.post(f"/welcome/{home.invite()}", data={"password": PASSWORD}).status_code == 200
    return visitor
