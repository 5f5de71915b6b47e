"""The bills of materials say what the lock says, and nothing of when or where they were made."""

import json
import re

import pytest

from scripts import sbom
from scripts.sbom import LockError
from tests.shared import ROOT

PROJECT = {
    "name": "forehand", "version": "1.2", "description": "…", "dependencies": ["One_Thing>=1"],
    "optional-dependencies": {"edge": ["other.thing[fast]>=2,<3"], "cloud": []},
}  # fmt: skip
LOCK = f"""\
one-thing==1.5 \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
other-thing[fast]==2.0 ; sys_platform == 'linux' \\
    --hash=sha256:{"c" * 64}
"""


def stored(kind):
    return json.loads((sbom.FOLDER / f"{kind}.cdx.json").read_text())


def test_the_bills_are_those_of_the_lock():
    assert sbom.stale(sbom.pages()) == [], "run `make sbom`"


def test_a_bill_that_is_not_current_is_named(tmp_path):
    kept = tmp_path / "edge.cdx.json"
    kept.write_text("another\n")

    assert sbom.stale({kept: "one\n", tmp_path / "cloud.cdx.json": "two\n"}) == ["edge.cdx.json", "cloud.cdx.json"]


@pytest.mark.parametrize("kind", sbom.KINDS)
def test_every_pin_of_the_lock_is_in_its_bill_with_all_its_hashes(kind):
    lock = (ROOT / "requirements" / f"{kind}.txt").read_text()
    found = stored(kind)["components"]

    pins = re.findall(r"^([a-z0-9._-]+)(?:\[.*?\])?==([^ ;\\]+)", lock, re.MULTILINE)
    assert sorted((each["name"], each["version"]) for each in found) == sorted(pins)
    assert sum(len(each["hashes"]) for each in found) == lock.count("--hash=sha256:")


@pytest.mark.parametrize("kind", sbom.KINDS)
def test_a_bill_has_what_cyclonedx_asks_for(kind):
    found = stored(kind)
    refs = {each["bom-ref"] for each in found["components"]}
    (root,) = found["dependencies"]

    assert (found["bomFormat"], found["specVersion"], found["version"]) == ("CycloneDX", "1.6", 1)
    assert found["metadata"]["component"]["bom-ref"] == root["ref"]
    assert len(refs) == len(found["components"])
    assert set(root["dependsOn"]) <= refs
    for each in found["components"]:
        assert each["type"] == "library"
        assert each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}"
        assert {(len(one["content"]), one["alg"]) for one in each["hashes"]} == {(64, "SHA-256")}


def test_what_is_asked_for_is_told_from_what_that_needs():
    made = sbom.bill("edge", LOCK, PROJECT)

    assert made["dependencies"][0]["dependsOn"] == ["pkg:pypi/one-thing@1.5", "pkg:pypi/other-thing@2.0"]
    assert made["components"][1]["properties"][0]["value"] == "sys_platform == 'linux'"
    assert [one["content"][0] for one in made["components"][0]["hashes"]] == ["a", "b"]


@pytest.mark.parametrize("line", ["thing==1.0", "thing>=1.0 --hash=sha256:" + "a" * 64, "-e ."])
def test_a_lock_with_something_loose_in_it_is_refused(line):
    with pytest.raises(LockError, match="no pinned and hashed"):
        sbom.components(line)


@pytest.mark.parametrize("kind", sbom.KINDS)
def test_what_is_installed_is_what_was_tested(kind):
    """Each lock holds pins of the one that the tests run on."""
    tested, installed = (
        set(re.findall(r"^\S+==[^ ;\\]+", (ROOT / "requirements" / f"{each}.txt").read_text(), re.MULTILINE))
        for each in ("dev", kind)
    )

    assert installed
    assert installed <= tested
