"""A real MicroPython from scripts/install-tools.sh. `python -m tests.support.micropython` measures the heap."""

import json
import subprocess
from pathlib import Path

from tests.shared import ROOT, needs_program, not_to_be_had

PACKAGE = ROOT / ".tools" / "node_modules" / "@micropython" / "micropython-webassembly-pyscript"
CLIENT = ROOT / "firmware_stubs" / "micropython"
SUPPORT = Path(__file__).parent
PATIENCE_S = 120


def files() -> dict[str, str]:
    """What the board has on it, and what the tests add: path to text."""
    found = {path.relative_to(CLIENT).as_posix(): path.read_text() for path in CLIENT.rglob("*.py")}
    for name in ("life", "script", "heap", "example", "peaks"):
        found[f"{name}.py"] = (SUPPORT / f"micropython_{name}.py").read_text()
    return found


def run(script: str) -> list[str]:
    """The lines that the script's acts print."""
    node = needs_program("node")
    if not PACKAGE.exists():
        not_to_be_had("the npm package @micropython/micropython-webassembly-pyscript (scripts/install-tools.sh)")
    done = subprocess.run(
        [node, str(SUPPORT / "micropython.mjs"), str(PACKAGE), script],
        input=json.dumps(files()),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout.splitlines()


if __name__ == "__main__":
    print("\n".join(run("heap")))
