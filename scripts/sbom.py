"""The bills of materials in docs/sbom: what a Pi and a cloud install, as CycloneDX, made from the lock alone.

No clock, no chance, no network: the same lock gives the same bytes. https://cyclonedx.org/docs/1.6/json/
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "sbom"
KINDS = ("edge", "cloud")
Json = dict[str, Any]

_PINNED = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)(\[[^\]]*\])?==(?P<version>[^\s;]+)(\s*;\s*(?P<when>.*))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class LockError(Exception):
    """The lock holds a line that is not a pinned, hashed requirement; the message says which."""


def components(lock: str) -> list[Json]:
    """Of each pinned requirement, by name. `hashes` holds each file of that version that may be installed."""
    lines = [line for line in lock.replace("\\\n", " ").splitlines() if line.strip()]
    return sorted(map(_component, lines), key=lambda found: str(found["bom-ref"]))


def bill(kind: str, lock: str, project: Json) -> Json:
    """One document. `project`: the table of that name in pyproject.toml."""
    found = components(lock)
    ref = f"{project['name']}-{kind}@{project['version']}"
    refs = {each["name"]: each["bom-ref"] for each in found}
    wanted = [*project["dependencies"], *project["optional-dependencies"][kind]]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": ref, "name": f"{project['name']}-{kind}",
                "version": project["version"], "description": project["description"],
            },
        },
        "components": found,
        "dependencies": [{"ref": ref, "dependsOn": sorted({refs[_plain(each)] for each in wanted})}],
        "compositions": [{"aggregate": "incomplete", "dependencies": [ref]}],  # what those need in turn is only listed
    }  # fmt: skip


def pages() -> dict[Path, str]:
    """What should stand in docs/sbom."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locks = {kind: (ROOT / "requirements" / f"{kind}.txt").read_text() for kind in KINDS}
    bills = {kind: bill(kind, lock, project) for kind, lock in locks.items()}
    return {FOLDER / f"{kind}.cdx.json": json.dumps(made, indent=1) + "\n" for kind, made in bills.items()}


def stale(wanted: dict[Path, str]) -> list[str]:
    """Names of the pages that say something else, or are missing."""
    return [path.name for path, text in wanted.items() if not path.exists() or path.read_text() != text]


def main(arguments: list[str]) -> int:
    if arguments == ["--write"]:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for path, text in pages().items():
            path.write_text(text)
        return 0
    if arguments == ["--check"]:
        old = stale(pages())
        if old:
            print(f"docs/sbom is not current ({', '.join(old)}): run `make sbom`", file=sys.stderr)
        return 1 if old else 0
    print("python -m scripts.sbom --check | --write", file=sys.stderr)
    return 2


def _component(line: str) -> Json:
    said, _, hashes = line.partition(" --hash=")
    found, digests = _PINNED.fullmatch(said.strip()), _HASH.findall(f"--hash={hashes}")
    if found is None or not digests:
        raise LockError(f"this is no pinned and hashed requirement: {said.strip()}")
    purl = f"pkg:pypi/{found['name']}@{found['version'].replace('+', '%2B')}"
    when = [{"name": "forehand:installed-when", "value": found["when"].strip()}] if found["when"] else []
    return {
        "type": "library", "bom-ref": purl, "name": found["name"], "version": found["version"], "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in digests],
    } | ({"properties": when} if when else {})  # fmt: skip


def _plain(requirement: str) -> str:
    """The name as the lock writes it (PEP 503)."""
    named = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", named.group()).lower() if named else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
