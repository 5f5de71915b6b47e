"""Rules of this house that no linter knows."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared import ROOT

PACKAGES = ("contract", "kit", "edge", "cloud", "simulator", "firmware_stubs", "tests", "benchmarks", "scripts")
OURS = ("contract", "kit", "edge", "cloud", "simulator", "firmware_stubs")
LONGEST_FILE = 300
LONGEST_FUNCTION = 30
GENERATED = "migrations/versions"
COMPUTING = {"numpy", "scipy", "statsmodels"}
FORBIDDEN_TO_RULES = {"sqlmodel", "sqlalchemy", "structlog", "logging", "time", "random", "secrets", "os", "threading"}
CLOCK_CALLS = {"now", "utcnow", "today", "monotonic", "perf_counter"}


def sources(*packages: str) -> list[Path]:
    found = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if GENERATED not in path.as_posix()]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def rules() -> list[Path]:
    return [path for path in sources("cloud") if path.stem == "rules" or path.stem.endswith("_rules")]


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_file_is_longer_than_300_lines():
    lengths = {name(path): len(path.read_text().splitlines()) for path in sources(*PACKAGES)}

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_30_lines():
    assert [where for path in sources(*OURS) for where in _long(path)] == []


def _long(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{name(path)}:{node.lineno} {node.name} ({lines} lines)"


@pytest.mark.parametrize("path", rules(), ids=name)
def test_rules_know_no_session_no_log_and_no_clock(path: Path):
    tree = ast.parse(path.read_text())
    called = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert called & CLOCK_CALLS == set()
    assert {each.partition(".")[0] for each in imports(tree)} & FORBIDDEN_TO_RULES == set()


@pytest.mark.parametrize("path", rules(), ids=name)
def test_rules_reach_only_the_standard_library_what_computes_the_contract_and_what_is_as_pure(path: Path):
    assert list(_impure(path, set())) == []


def _impure(path: Path, seen: set[Path]) -> Iterator[str]:
    """What this module imports, itself or through others of ours, that is not plain values and functions."""
    if path in seen:
        return
    seen.add(path)
    for each in imports(ast.parse(path.read_text())):
        root = each.partition(".")[0]
        ours = _module(each) if root == "cloud" else None
        if ours is not None:
            yield from _impure(ours, seen)
        elif root not in sys.stdlib_module_names | COMPUTING | {"contract", "cloud"} and each != "kit.ids.Ids":
            yield f"{name(path)} imports {each}"


def _module(imported: str) -> Path | None:
    """None: an empty package."""
    parts = imported.split(".")
    for stop in (len(parts), len(parts) - 1):
        path = ROOT.joinpath(*parts[:stop]).with_suffix(".py")
        if path.exists():
            return path
    return None


def test_services_never_commit():
    services = [path for path in sources("cloud") if path.stem == "service" or path.stem.endswith("_service")]

    assert services
    assert [name(path) for path in services if ".commit(" in path.read_text()] == []


def test_a_lock_on_a_row_keeps_nobody_from_pointing_at_it():
    """PostgreSQL's plain FOR UPDATE stops every insert that refers to the row: two writers then wait for each other."""
    lines = [(name(path), line) for path in sources("cloud") for line in path.read_text().splitlines()]

    assert [(where, line) for where, line in lines if "with_for_update" in line and "key_share" not in line] == []
