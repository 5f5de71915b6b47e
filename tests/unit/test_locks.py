"""The locks: what one environment installs of a package, every other installs as well."""

import re

import pytest

from tests.shared import ROOT

FREE_FOR_RIVALS = {"pandas", "numpy"}  # some of the rivals know older ones only


def locked(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = {}
    for package, version in re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", text, re.MULTILINE):
        found.setdefault(package.lower(), set()).add(version)
    return found


@pytest.mark.parametrize("name", ["edge", "cloud", "simulator"])
def test_every_part_installs_what_the_developers_have(name):
    everything = locked("dev")

    assert all(versions <= everything[package] for package, versions in locked(name).items())


def test_beside_the_rivals_everything_of_ours_is_installed():
    theirs = locked("rivals")

    missing = {package for package in locked("dev") if package not in theirs}
    others = {package for package, versions in locked("dev").items() if not versions & theirs.get(package, versions)}
    assert missing == set()
    assert others <= FREE_FOR_RIVALS
