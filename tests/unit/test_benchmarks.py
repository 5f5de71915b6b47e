"""Tables of figures: what a machine does not have is said, and the others still come."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks import fleet, frontier, frontier_svg, rival_methods, rivals
from benchmarks.__main__ import main
from benchmarks.falls import MissingError
from benchmarks.frontier_svg import Line
from tests.shared import missing


def needs_recordings():
    raise MissingError("../shared/data/falls/weda_dev.npz")


def test_a_table_whose_recordings_are_not_there_is_skipped_by_name_and_the_others_are_shown(capsys):
    tables = {"falls": needs_recordings, "wire": lambda: ("The wire", [("a message", "1 ms")])}

    assert main([], tables) == 0

    said = capsys.readouterr().out
    assert "skipped: falls needs ../shared/data/falls/weda_dev.npz" in said
    assert "The wire" in said


def test_a_table_that_does_not_exist_is_named(capsys):
    assert main(["nonsense"], {"wire": needs_recordings}) == 2
    assert "no such table: nonsense; there are wire" in capsys.readouterr().out


def of_real_use(short_table):
    try:
        return short_table()[1]
    except MissingError as what:
        missing(str(what))


def test_rivals_are_asked_the_same_as_ours_and_those_that_are_not_installed_are_named():
    rows = of_real_use(rivals.short_table)

    asked = {row[0]: row for row in rows[1:] if len(row) == len(rivals.HEAD)}
    assert {rivals.OURS, "running mean, days alike", "statsmodels ETSModel(A,N,N)"} <= asked.keys()
    assert asked[rivals.OURS][-1] == "1.00"
    if not rivals.is_here("lightgbm"):
        assert "not installed here: lightgbm" in rows[-1][0]


def test_a_fleet_is_planned_and_remembers_another_day():
    rows = of_real_use(fleet.short_table)

    assert [row[0].split(",")[0] for row in rows[1:]] == [
        "the plan: when empty", "one more day of all of them", "one more day of one slot", "one more day of one slot",
        "a year of days remembered",
    ]  # fmt: skip
    assert all(float(row[3]) > 0 for row in rows[1:])


@pytest.mark.slow
def test_every_rule_has_its_place_on_the_frontier():
    rows = of_real_use(frontier.short_table)

    shown = [row[0] for row in rows[1:] if len(row) > 1]
    assert {"exact: Forehand", "coarse, noisy: Forehand", "exact: future use and lead time known"} <= set(shown)


def test_the_picture_of_the_frontier_is_readable_in_light_and_dark_and_leaves_out_who_was_not_asked():
    lines = [Line("threshold", [(20.0, 6.0), (25.0, 3.0)]), Line("absent", []), Line("Forehand", [(19.0, 3.6)])]

    drawn = frontier_svg.drawn({"exact sensor": lines, "coarse sensor": lines})

    words = [each.text for each in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - ours
    assert {"exact sensor", "coarse sensor", "threshold", "Forehand", "days of stock held"} <= set(words)
    assert "absent" not in words
    assert "prefers-color-scheme: dark" in drawn


def played(level, gain, deviation, days, times=4_000):
    """Sums of the use of the next days, by a level that each error moves by its gain."""
    errors = np.random.default_rng(1).normal(0, deviation, (times, days))
    levels = level + gain * np.concatenate([np.zeros((times, 1)), np.cumsum(errors, axis=1)[:, :-1]], axis=1)
    return (levels + errors).cumsum(axis=1)


@pytest.mark.parametrize("library", [each for each in ("statsmodels", "statsforecast") if rivals.is_here(each)])
def test_the_variance_of_a_sum_is_that_of_courses_that_are_played_out(library):
    """Of the rivals that are installed: `make bench` brings the others."""
    chances = np.random.default_rng(3)
    history = 50 + chances.normal(0, 4, 300)
    for named, method in rival_methods.METHODS.values():
        if named == library:
            sums = method(history, 30)
            gain = 0.1 * (method is rival_methods.tsb)
            courses = played(sums.mean[0], gain, np.sqrt(sums.variance[0]), 30)
            assert sums.mean == pytest.approx(courses.mean(axis=0), rel=0.05)
            assert np.sqrt(sums.variance) == pytest.approx(courses.std(axis=0), rel=0.25)
