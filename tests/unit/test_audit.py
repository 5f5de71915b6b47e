"""An audit is green only when everything was asked and answered."""

import json

import pytest

from scripts import audit
from scripts.audit import NO_ANSWER, NOTHING_KNOWN, WEAK, NoAnswerError

WEAKNESS = {"id": "CVE-2019-10906", "fix_versions": ["2.10.1"]}
PROBE = {"dependencies": [{"name": "jinja2", "version": "2.10", "vulns": [WEAKNESS]}]}
FINE = {"name": "fine", "version": "1.0", "vulns": []}
SKIPPED = {"name": "unknown", "skip_reason": "Dependency not found and could not be audited: unknown (1.0)"}


def verdict(of_the_lock, of_the_probe=PROBE):
    """As if the index had said so."""

    def ask(requirements):
        said = of_the_probe if "jinja2==2.10" in requirements.read_text() else of_the_lock
        if isinstance(said, str):
            raise NoAnswerError(said)
        return said

    return audit.judge(audit.LOCK, ask)


def test_nothing_known_of_anything_is_green():
    assert verdict({"dependencies": [FINE, FINE]}).status == NOTHING_KNOWN


def test_a_weakness_is_told_with_what_is_better():
    found = verdict({"dependencies": [FINE, SKIPPED, {"name": "weak", "version": "3", "vulns": [WEAKNESS]}]})

    assert found.status == WEAK
    assert found.lines[0] == "weak 3: CVE-2019-10906, better 2.10.1"


@pytest.mark.parametrize(
    ("of_the_lock", "of_the_probe"),
    [
        ({"dependencies": [FINE, SKIPPED]}, PROBE),
        ({"dependencies": []}, PROBE),
        ("the network is away", PROBE),
        ({"dependencies": [FINE]}, "the network is away"),
        ({"dependencies": [FINE]}, {"dependencies": [{"name": "jinja2", "version": "2.10", "vulns": []}]}),
        ({"dependencies": [FINE]}, {"dependencies": [SKIPPED]}),
    ],
)
def test_what_was_not_answered_is_never_green(of_the_lock, of_the_probe):
    assert verdict(of_the_lock, of_the_probe).status == NO_ANSWER


@pytest.mark.parametrize("printed", ["", "no json", json.dumps([])])
def test_a_tool_that_gives_no_report_is_no_answer(monkeypatch, tmp_path, printed):
    (tmp_path / "uv").write_text(f"#!/bin/sh\nprintf '%s' '{printed}'\n")
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))

    with pytest.raises(NoAnswerError):
        audit.by_pip_audit(audit.LOCK)
