"""Does anybody know a weakness of what the lock names? Asks the package index, by pip-audit; needs the network.

Ends with 0 (asked of everything, nothing known), 1 (weaknesses, listed) or 3 (no answer: that is not green). An index
that knows of no weakness at all says "none" to everything: so it is first asked of a release that is known to have one.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "dev.txt"  # all that edge and cloud install is in it, too
KNOWN_TO_BE_WEAK = "jinja2==2.10"  # CVE-2019-10906
TIMEOUT_S = 600.0
NOTHING_KNOWN, WEAK, NO_ANSWER = 0, 1, 3

Report = Mapping[str, Any]
"""What pip-audit writes with `--format json`."""


class NoAnswerError(Exception):
    """Nobody could be asked; the message says why."""


Ask = Callable[[Path], Report]
"""From a file of requirements to its report. Raises NoAnswerError."""


@dataclass(frozen=True)
class Verdict:
    """How it ends, and what to say."""

    status: int
    lines: tuple[str, ...]


def by_pip_audit(requirements: Path) -> Report:
    """In an environment of its own: nothing of it comes into the lock."""
    uv = Path(sys.executable).with_name("uv")
    command = [
        str(uv), "tool", "run", "--quiet", "--from", "pip-audit>=2.10,<3", "pip-audit", "--disable-pip", "--no-deps",
        "--progress-spinner", "off", "--format", "json", "--requirement", str(requirements),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        report = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoAnswerError(f"pip-audit does not run: {error}") from error
    except ValueError as error:
        raise NoAnswerError(f"pip-audit gives no report: {done.stderr.strip()[-500:]}") from error
    if not isinstance(report, dict):
        raise NoAnswerError("pip-audit gives a report of another kind")
    return report


def judge(lock: Path, ask: Ask) -> Verdict:
    """Never green where something was not answered."""
    try:
        if not any(_weak(_probe(ask))):
            return Verdict(NO_ANSWER, (f"the index knows of no weakness of {KNOWN_TO_BE_WEAK}: it tells of none",))
        report = ask(lock)
    except NoAnswerError as error:
        return Verdict(NO_ANSWER, (str(error),))
    weak, skipped = _weak(report), _skipped(report)
    if weak:
        return Verdict(WEAK, (*weak, *skipped))
    if skipped or not report.get("dependencies"):
        return Verdict(NO_ANSWER, (*skipped, "not everything could be asked of"))
    return Verdict(NOTHING_KNOWN, (f"{len(report['dependencies'])} packages, no weakness known",))


def main() -> int:
    verdict = judge(LOCK, by_pip_audit)
    said = {NOTHING_KNOWN: "audit", WEAK: "audit: WEAKNESSES", NO_ANSWER: "audit: NO ANSWER, nothing is known"}
    out = sys.stdout if verdict.status == NOTHING_KNOWN else sys.stderr
    print(f"{said[verdict.status]}: " + "\n  ".join(verdict.lines), file=out)
    return verdict.status


def _probe(ask: Ask) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "known.txt"
        path.write_text(f"{KNOWN_TO_BE_WEAK}\n")
        return ask(path)


def _weak(report: Report) -> list[str]:
    return [
        f"{each['name']} {each['version']}: {found['id']}, better {', '.join(found['fix_versions']) or 'none yet'}"
        for each in report.get("dependencies", [])
        for found in each.get("vulns", [])
    ]


def _skipped(report: Report) -> list[str]:
    unasked = [each for each in report.get("dependencies", []) if "skip_reason" in each]
    return [f"{each['name']}: {each['skip_reason']}" for each in unasked]


if __name__ == "__main__":
    raise SystemExit(main())
