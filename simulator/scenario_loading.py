"""A scenario's file to a scenario, or a sentence that says which key is wrong and what is allowed there."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, get_args
from zoneinfo import available_timezones

import msgspec
from msgspec import Struct

from cloud import public_holidays
from simulator.scenario import Scenario

_SPIKES = re.compile(r"\[\.\.\.\]|\[\d+\]")


class ScenarioError(Exception):
    """The file is no scenario; the message says what to change."""


def load(path: Path) -> Scenario:
    """Raises ScenarioError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"cannot read {path}: {error}") from error
    return parse(text, str(path))


def parse(text: str, told: str = "the scenario") -> Scenario:
    """Raises ScenarioError."""
    try:
        scenario = msgspec.convert(tomllib.loads(text), Scenario)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{told} is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{told}: {_plainly(str(error))}") from error
    problem = _contradiction(scenario)
    if problem:
        raise ScenarioError(f"{told}: {problem}")
    return scenario


def moved(scenario: Scenario, start: date) -> Scenario:
    """The same story from another day on: holidays move along."""
    by = start - scenario.start
    holidays = [
        msgspec.structs.replace(holiday, starts=holiday.starts + by, ends=holiday.ends + by)
        for holiday in scenario.holidays
    ]
    return msgspec.structs.replace(scenario, start=start, holidays=holidays)


def _contradiction(scenario: Scenario) -> str | None:
    zone = scenario.household.time_zone
    if zone not in available_timezones():
        return f"household.time_zone: {zone!r} is no time zone; write an IANA name such as 'Europe/Berlin'"
    colours = [ink.colour for ink in scenario.printer.inks]
    if len(set(colours)) != len(colours):
        return "printer.inks: each colour may stand there once"
    lead = scenario.supplier.lead_days
    if lead != sorted(lead):
        return f"supplier.lead_days: low, usual, high must rise; {lead} does not"
    week = scenario.supplier.week
    if week is not None and week.time_zone not in available_timezones():
        return f"supplier.week.time_zone: {week.time_zone!r} is no time zone"
    if week is not None and week.country is not None and not public_holidays.is_known(week.country):
        return f"supplier.week.country: no public holidays are known of {week.country!r}"
    backwards = [holiday.title for holiday in scenario.holidays if holiday.ends < holiday.starts]
    if backwards:
        return f"holidays: {backwards[0]!r} ends before it starts"
    known = {ink.product for ink in scenario.printer.inks} | {scenario.scale.product}
    strange = [mandate.product for mandate in scenario.mandates if mandate.product not in known]
    if strange:
        return f"mandates: {strange[0]!r} is used by no device here; allowed: {', '.join(sorted(known))}"
    return None


def _plainly(error: str) -> str:
    what, _, where = error.partition(" - at ")
    place = where.strip("`").removeprefix("$").lstrip(".")
    told = what.replace("Object ", "").replace("`", "'")
    found = _type_at(place) if "field" in what else None
    allowed = f"; allowed: {', '.join(sorted(found.__struct_fields__))}" if found else ""
    return f"{place or 'at the top'}: {told}{allowed}"


def _type_at(place: str) -> type[Struct] | None:
    """The table that a path such as `printer.inks[0]` names. None: it names no table."""
    here: Any = Scenario
    for name in [part for part in _SPIKES.sub("", place).split(".") if part]:
        fields = {field.name: field.type for field in msgspec.structs.fields(here)}
        if name not in fields:
            return None
        here = _struct_in(fields[name])
        if here is None:
            return None
    return here if isinstance(here, type) else None


def _struct_in(kind: Any) -> type[Struct] | None:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind
    return next((found for part in get_args(kind) if (found := _struct_in(part))), None)
