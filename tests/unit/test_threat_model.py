"""What we say about threats names files and tests that are there."""

import re
from collections.abc import Iterator

import pytest

from tests.shared import ROOT

PAGES = ("SECURITY.md", "docs/threat-model.md")
_QUOTED = re.compile(r"`([^`\n]+)`")
_OF_OURS = ("cloud/", "contract/", "deploy/", "docs/", "edge/", "kit/", "requirements/", "scripts/", "tests/")


def quoted(page: str) -> list[str]:
    return _QUOTED.findall((ROOT / page).read_text())


def named_tests(page: str) -> Iterator[tuple[str, str]]:
    """The file of each test: a name without one is of the file that was named before."""
    file = ""
    for each in quoted(page):
        named, separator, test = each.partition("::")
        if named.startswith("tests/"):
            file = named
        if separator or each.startswith("test_"):
            yield file, test or each


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_is_there(page):
    named = {each.partition("::")[0] for each in quoted(page) if each.startswith(_OF_OURS)}

    assert named
    assert [each for each in sorted(named) if not (ROOT / each).exists()] == []


def test_every_test_that_is_named_is_there():
    named = sorted(set(named_tests("docs/threat-model.md")))
    gone = [(file, test) for file, test in named if f"def {test}(" not in (ROOT / file).read_text()]

    assert len(named) > 60
    assert gone == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text())

    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []
