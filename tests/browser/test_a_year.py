"""What a page weighs and asks when a year lies behind the home. How long it takes: `python -m benchmarks pages`."""

from tests.browser.reader import Reader, seen_by
from tests.browser.world import Lived
from tests.support import a_year
from tests.support.statements import asked_of

LARGEST_PAGE = 100_000
MOST_STATEMENTS = 40  # with four supplies


def weighed(ada: Reader, home: Lived) -> dict[str, tuple[int, int]]:
    """Bytes and statements of each page."""
    found = {}
    for path in seen_by(home):
        with asked_of(home.engine) as asked:
            answer = ada.get(path)
        assert answer.status_code == 200, path
        found[path] = len(answer.content), len(asked)
    return found


def test_pages_stay_small_and_ask_little_with_a_year_behind_them(ada: Reader, home: Lived):
    held = a_year.behind(home.engine)

    pages = weighed(ada, home)

    assert held["readings"] > 10_000
    assert {path: size for path, (size, _) in pages.items() if size >= LARGEST_PAGE} == {}
    assert {path: asked for path, (_, asked) in pages.items() if asked > MOST_STATEMENTS} == {}


def test_what_a_page_asks_does_not_grow_with_the_years(ada: Reader, home: Lived):
    before = weighed(ada, home)
    a_year.behind(home.engine)

    after = weighed(ada, home)

    assert {path: asked for path, (_, asked) in after.items()} == {path: asked for path, (_, asked) in before.items()}
