"""A real browser, and a lived-in household served to it."""

import shutil
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

SCREENSHOTS = Path(__file__).with_name(".screenshots")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTHS = {"phone": (360, 740), "desktop": (1280, 900)}


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Lived]:
    """Built once; every test works on a copy."""
    path = tmp_path_factory.mktemp("lived") / "home.db"
    db.upgrade(f"sqlite:///{path}")
    engine = db.engine(f"sqlite:///{path}")
    made = Lived(engine).build()
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    engine.dispose()
    return path, made


@pytest.fixture
def home(lived: tuple[Path, Lived], tmp_path: Path) -> Iterator[Lived]:
    source, built = lived
    for end in ("", "-wal"):
        if Path(f"{source}{end}").exists():
            shutil.copyfile(f"{source}{end}", tmp_path / f"home.db{end}")
    engine = db.engine(f"sqlite:///{tmp_path / 'home.db'}")
    yield Lived(
        engine,
        household_id=built.household_id,
        person_id=built.person_id,
        slots=built.slots,
        clock=ManualClock(built.clock.now()),
        new_id=ids.system,
    )
    engine.dispose()


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
