"""What was read of recorded printers, beside what others make of the same records; each difference has its rule."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]
_KINDS = {"colorant": "consumable"}
_NO_MEANING = {"missing", "unknown", "unrestricted", "some_left", "no_capacity"}
ROUNDED = 0.006  # a whole percent, rounded


@dataclass(frozen=True)
class Verdict:
    """One record. `proposed` and `monitoring`: how many are alike, of how many; `rules`: why the others are not."""

    name: str
    lines: Sequence[Line]
    proposed: tuple[int, int] = (0, 0)
    monitoring: tuple[int, int] = (0, 0)
    rules: Sequence[str] = field(default_factory=tuple)
    unexplained: Sequence[str] = field(default_factory=tuple)


def proposals(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of supplies.csv by record."""
    found: dict[str, list[dict[str, str]]] = {}
    with (folder / "supplies.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["file"], []).append(row)
    return found


def judged(name: str, lines: Sequence[Line], rows: Sequence[Mapping[str, str]]) -> Verdict:
    """Beside the proposed reading (p_*) and LibreNMS' expected value (lnms_*)."""
    told = {line["index"]: line for line in lines}
    pairs = [(told.get(row["index"]), row) for row in rows]
    reasons = [_against_proposal(line, row) for line, row in pairs]
    others = [_against_monitoring(line, row) for line, row in pairs if row["lnms_pct"]]
    alien = [f"{index}: not in the table" for index in told.keys() - {row["index"] for row in rows}]
    return Verdict(
        name,
        lines,
        (sum(not reason for reason in reasons), len(reasons)),
        (sum(not reason for reason in others), len(others)),
        [reason for reason in reasons + others if reason and not reason.startswith("?")],
        [reason for reason in reasons + others if reason.startswith("?")] + alien,
    )


def _against_proposal(line: Line | None, row: Mapping[str, str]) -> str:
    """Empty: the same. A rule's name; with a question mark before it: no rule says why."""
    if line is None:
        return f"? {row['index']} was not read"
    wanted = {
        "supply": _KINDS.get(row["p_kind"], row["p_kind"]),
        "part_number": row["p_partno"] or None,
        "serial": row["p_cart_serial"] or None,
    }
    wrong = [f"{key} {line[key]} not {value}" for key, value in wanted.items() if line[key] != value]
    if not _alike(line["value"], row["p_percent"]):
        wrong.append(f"value {line['value']} not {row['p_percent']} %")
    if wrong:
        return f"? {row['index']}: {', '.join(wrong)}"
    if line["colour"] == (row["p_colour"] or None):
        return ""
    is_only = line["colour"] == "black" and not row["p_colour"] and line["supply"] == "consumable"
    return "the only cartridge is black" if is_only else f"? {row['index']}: colour {line['colour']}"


def _against_monitoring(line: Line | None, row: Mapping[str, str]) -> str:
    if line is not None and _alike(line["value"], row["lnms_pct"]):
        return ""
    if line is None or line["value"] is not None:
        return f"? {row['index']}: {line and line['value']} not {row['lnms_pct']} %"
    rules = {"some_left": "some left is no number", "no_capacity": "0 without a full amount is no number"}
    return rules.get(line["basis"], f"? {row['index']}: {line['basis']}")


def _alike(value: float | None, percent: str) -> bool:
    if value is None or not percent:
        return value is None and not percent
    return abs(value - float(percent) / 100) < ROUNDED


def invented(lines: Sequence[Line]) -> list[str]:
    """Values that no cell of the printer's own answer carries. Empty: none is invented."""
    return [f"{line['index']}: {line['value']}" for line in lines if line["value"] is not None and not _told(line)]


def _told(line: Line) -> bool:
    raw = line["raw"]
    if raw.get("private") is not None and not line["basis"].startswith(("ratio", "clamped", "percent")):
        return bool(raw["private"] >= 0)
    return isinstance(raw["level"], int) and raw["level"] >= 0


def expected_of_brother(folder: Path) -> dict[str, dict[str, int]]:
    """What the library `brother` makes of each model: name of a sensor to a whole number."""
    text = (folder / "expected_test_init.ambr").read_text(encoding="utf-8")
    found: dict[str, dict[str, int]] = {}
    model = ""
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("model='"):
            model = stripped.split("'")[1].lower()
        elif stripped.startswith("BrotherSensors(") and model:
            pairs = (part.partition("=") for part in stripped.removeprefix("BrotherSensors(").rstrip(")").split(", "))
            found.setdefault(model, {key: int(value) for key, _, value in pairs if value.isdecimal()})
    return found


def judged_brother(name: str, lines: Sequence[Line], expected: Mapping[str, int]) -> Verdict:
    """Beside the library: it drops the fraction of a percent, so does this."""
    reasons = [_against_library(line, expected) for line in lines]
    told = {_sensor(line) for line in lines}
    levels = ("_remaining_life", "toner_remaining", "ink_remaining")
    lost = [f"? {key} was not read" for key in expected if key.endswith(levels) and key not in told]
    return Verdict(
        name,
        lines,
        (0, 0),
        (sum(not reason for reason in reasons), len(reasons)),
        [reason for reason in reasons if reason and not reason.startswith("?")],
        [reason for reason in reasons if reason.startswith("?")] + lost,
    )


_PARTS = {"Belt Unit": "belt_unit", "Fuser Unit": "fuser", "Laser Unit": "laser", "Drum Unit": "drum"}
_KITS = {"Paper Feeding Kit MP": "pf_kit_mp", "Paper Feeding Kit 1": "pf_kit_1"}


def _sensor(line: Line) -> str:
    what = str(line["description"])
    if line["supply"] == "consumable":
        return f"{what.lower().replace(' ', '_')}_remaining"
    named = (_PARTS | _KITS).get(what) or what.removesuffix(" Unit").lower().replace(" ", "_")
    return f"{named}_remaining_life"


def _against_library(line: Line, expected: Mapping[str, int]) -> str:
    wanted = expected.get(_sensor(line))
    if line["value"] is None:
        return "a state is no number" if wanted is None and line["quality"] == "some" else f"? {_sensor(line)} {wanted}"
    alike = wanted is not None and int(round(line["value"] * 100, 4)) == wanted
    return "" if alike else f"? {_sensor(line)}: {line['value']} not {wanted} %"


def brother_record(path: Path) -> str:
    """A Brother record as snmpsim serves it."""
    objects: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    lines = []
    for oid, value in objects.items():
        if isinstance(value, list):
            lines.append((oid, f"4x|{''.join(value)}ff"))
        elif isinstance(value, str):
            lines.append((oid, f"4x|{value.encode().hex()}"))
    lines.sort(key=lambda pair: [int(part) for part in pair[0].split(".")])
    return "".join(f"{oid}|{value}\n" for oid, value in lines)
