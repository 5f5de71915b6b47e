"""What alarms falsely, kind by kind; and what a week might bring, if it were made of such movements.

Nobody recorded a week of life. The day below is assumed, not measured: how often somebody over 75 who lives alone does
each thing, of the order that activity diaries tell; each is taken to alarm as often as its recordings did. A field
trial would have to let some hundred people wear the band for some weeks, count every alarm and every fall by somebody
who was there or by camera, and would change these figures by any factor.
"""

from collections.abc import Iterable
from typing import Any

from benchmarks.falls import WRIST, evaluator, left_out, load_sets
from contract.fields import Point

DAY: dict[str, tuple[float, dict[str, tuple[str, ...]]]] = {
    "walking, a stretch of it": (40, {"weda": ("D01",), "umafall": ("D_Walking",)}),
    "stairs": (6, {"weda": ("D03",), "umafall": ("D_GoUpstairs", "D_GoDownstairs")}),
    "sitting down, getting up": (50, {"weda": ("D04",), "umafall": ("D_Sitting_GettingUpOnAChair",)}),
    "dropping into a chair": (3, {"weda": ("D05",)}),
    "bending, crouching": (20, {"weda": ("D06",), "umafall": ("D_Bending",)}),
    "lying down": (3, {"umafall": ("D_LyingDown_OnABed",)}),
    "a hand on the table": (10, {"weda": ("D09",)}),
    "clapping, waving": (2, {"weda": ("D10",), "umafall": ("D_Aplausing", "D_HandsUp")}),
    "doors": (30, {"weda": ("D11",), "umafall": ("D_OpeningDoor",)}),
    "telephone": (5, {"umafall": ("D_MakingACall",)}),
    "stumbling": (1, {"weda": ("D07",)}),
    "jogging, jumping, hopping": (0, {"weda": ("D02", "D08"), "umafall": ("D_Jogging", "D_Hopping")}),
    "anything of SmartFallMM": (0, {"smartfallmm_adl": ()}),
}
"""Times a day, and the activities of each set that stand for it; none named: all."""
DAYS = 7


def table() -> tuple[str, list[tuple[str, ...]]]:
    scorer = evaluator()
    sets = {name: load_sets(name) for name in WRIST}
    rows: list[tuple[str, ...]] = [("", "recordings", "hours", *(f"alarms, {point}" for point in Point), "times a day")]
    judged = {point: _judged(scorer, sets, point) for point in Point}
    week = dict.fromkeys(Point, 0.0)
    for title, (times, activities) in DAY.items():
        counts = {point: [row for row in judged[point] if _is_one(row, activities)] for point in Point}
        some = counts[Point.BALANCED]
        alarms = {point: sum(row["alarms"] > 0 for row in counts[point]) for point in Point}
        for point in Point:
            week[point] += DAYS * times * alarms[point] / len(some)
        hours = f"{sum(row['hours'] for row in some):.2f}"
        rows.append((title, str(len(some)), hours, *(str(alarms[point]) for point in Point), f"{times:g}"))
    rows.append(("a week of such days, alarms", "", "", *(f"{week[point]:.1f}" for point in Point), ""))
    return "What alarms falsely at the wrist (people never seen), and an assumed week", rows


def _judged(scorer: Any, sets: dict[str, list[Any]], point: Point) -> list[dict[str, Any]]:
    """A row for each recording that is no fall, with the name of its set."""
    rows = []
    for name, trials in sets.items():
        scored = scorer.evaluate(left_out("wrist", name, trials, point), trials)["trials"]
        rows += [row | {"set": name} for row in scored if not row["is_fall"]]
    return rows


def _is_one(row: dict[str, Any], activities: dict[str, Iterable[str]]) -> bool:
    named = activities.get(row["set"])
    return named is not None and (not named or row["activity"] in named)
