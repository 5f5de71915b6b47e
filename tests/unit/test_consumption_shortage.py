"""The chance that a parcel comes too late, and how many packs follow from it."""

import importlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import depletion, hooks
from benchmarks.falls import MissingError
from cloud.consumption import population, shortage
from cloud.consumption.sensed import Sensed
from cloud.consumption.shortage import Shortage, coarsely
from cloud.consumption.taught import FROM_DAYS
from cloud.consumption.uses import Uses
from cloud.replenishment import packs
from scripts.population import coarse, learning, lessons, shortages
from tests.shared import missing

STEADY = np.random.default_rng(7).gamma(4, 0.5, 200)  # two units a day
LEADS = (2, 3, 4)


def uses_of(used):
    uses = Uses.none(1)
    for day in used:
        uses.add(np.array([day]))
    return uses


def seen_coarsely(used):
    """In steps of a twentieth of a month's use, with noise."""
    chances, pack = np.random.default_rng(1), 30 * np.mean(used)
    sensed, days = Sensed.none(1), []
    for course in np.cumsum(used):
        shown = np.array([round((course / pack + chances.normal(0, 0.02)) / 0.05) * 0.05 * pack])
        days.append(sensed.add(shown)[0])
    uses = uses_of(days)
    return coarsely(uses.told(), (shown - sensed.course) / uses.scale(), 0.05 * pack / uses.scale())


def chances(used, days, leads=LEADS, is_coarse=False):
    told = seen_coarsely(used) if is_coarse else uses_of(used).told()
    rows = np.repeat(told, len(days), axis=0)
    each = np.broadcast_to(np.array(leads), (len(days), len(leads)))
    return shortage.shipped().chance(rows, np.array(days, dtype=float), each, is_coarse=is_coarse)


@pytest.mark.parametrize("is_coarse", [False, True])
def test_what_lasts_longer_than_any_lead_time_is_safe_and_what_is_gone_tomorrow_is_not(is_coarse):
    gone, scarce, plenty, full = chances(STEADY, [0.1, 3.0, 12.0, 60.0], is_coarse=is_coarse)

    assert gone > 0.8
    assert gone > scarce > plenty
    assert plenty < 0.03
    assert full == 0.0


def test_a_longer_way_is_a_greater_risk():
    (short,), (long,) = (chances(STEADY, [4.0], [lead]) for lead in (2, 6))

    assert long > short + 0.5


@given(st.floats(1e-3, 1e3))
@settings(max_examples=20, deadline=None)
def test_units_do_not_matter(unit):
    assert chances(unit * STEADY, [3.0, 6.0]) == pytest.approx(chances(STEADY, [3.0, 6.0]), abs=2e-3)


def test_networks_that_read_what_slots_are_like_in_different_ways_agree_by_their_mean_too():
    one = shortage.shipped().exact[0]
    other = replace(one, mean=one.mean + np.float32(0.1))
    told, days, leads = uses_of(STEADY).told(), np.array([5.0]), np.array([LEADS])

    def chance(*networks):
        return Shortage(networks, (), 1).chance(told, days, leads)[0]

    assert chance(one) != chance(other)
    assert chance(one, other, one) == pytest.approx((2 * chance(one) + chance(other)) / 3)


def test_as_many_packs_as_bring_the_chance_within_bounds_and_never_without_end():
    def chance(more, rows):
        return np.where(np.array([0.0, 2.5, 1e9])[rows] > more, 1.0, 0.0)

    wanted = packs.packs(chance, np.ones(3), np.full(3, 0.1))

    assert list(wanted) == [0, 3, packs.MOST_PACKS]


def test_a_pack_that_lasts_longer_may_come_later_within_bounds():
    of_a_week, of_a_month, of_a_year, of_a_century = packs.accepted(0.1, np.array([7.0, 30.0, 250.0, 36_500.0]))

    assert of_a_week < of_a_month < of_a_year < of_a_century
    assert of_a_month == pytest.approx(0.1)
    assert of_a_century == pytest.approx(0.1 * 10**0.5)


def test_what_a_coarse_sensor_shows_adds_up_to_what_was_used_and_never_falls():
    rng = np.random.default_rng(1)
    truth = np.cumsum(np.full(300, 2.0))
    sensed = Sensed.none(1)
    uses = [sensed.add(np.array([round((used / 60 + rng.normal(0, 0.02)) / 0.05) * 0.05 * 60]))[0] for used in truth]

    assert min(uses) >= 0
    assert sum(uses) == pytest.approx(truth[-1], rel=0.02)
    assert np.std(uses[50:]) < 1.0  # a step is 3
    assert sensed.rate[0] == pytest.approx(2.0, rel=0.25)


def test_what_is_taught_is_learned(monkeypatch):
    monkeypatch.setattr(shortages, "EPOCHS", 60)
    monkeypatch.setattr(learning, "BATCH", 64)
    rng = np.random.default_rng(3)
    used = [rng.gamma(4, 1.0 + n, 200) for n in range(20)]
    taught = coarse.exact(lessons.lessons(used, ["one"] * 20, 40, np.random.default_rng(1)))

    network = shortages.train(taught, 0)

    assert network.last.tobytes() == shortages.train(taught, 0).last.tobytes()
    homes = shortage.Shortage((network,), (), 20)
    leads = np.full((len(taught.told), 1), 3)
    few, many = (homes.chance(taught.told, np.full(len(taught.told), days), leads).mean() for days in (1.0, 8.0))
    assert few > 0.8
    assert many < 0.1


def test_what_is_asked_of_a_slot_from_its_first_day_on_has_been_taught():
    assert lessons.EARLY.least_days == FROM_DAYS + 1

    first = lessons.chosen_days([STEADY] * 50, 80, np.random.default_rng(1), lessons.EARLY)

    assert min(days.min() for days in first) == lessons.EARLY.least_days
    assert all((days <= lessons.FIRST_DAYS).sum() >= 5 for days in first)


@pytest.mark.parametrize("days", [8, 10, 12, 15])
def test_even_use_in_the_first_days_is_not_taken_for_the_sign_of_a_change(days):
    uses = Uses.none(1)
    for day in range(days):
        uses.add(np.array([0.05]), weekday=day % 7)

    leads = np.array([[2, 3, 4]])
    assert shortage.shipped().chance(uses.told(days % 7), np.array([10.0]), leads)[0] < 0.025


def test_where_there_is_no_first_use_a_coarse_lesson_is_left_out():
    late = np.concatenate([np.zeros(100), STEADY])
    both = coarse.coarse([late, STEADY], ["a", "b"], 40, np.random.default_rng(1))
    alone = coarse.coarse([STEADY], ["b"], 40, np.random.default_rng(1))

    assert 0 < len(both.scale) <= len(alone.scale) + 5
    assert np.isfinite(both.told).all()


@pytest.mark.slow
@pytest.mark.parametrize("sensor", ["perfect", "quant"])
def test_on_real_use_it_runs_out_less_often_than_a_threshold_while_holding_no_more(sensor):
    try:
        depletion.scorer()
    except MissingError as what:
        missing(str(what))
    sim = importlib.import_module("policy_sim")
    world = sim.World("dev", "own")

    fixed, _ = sim.agg(world.run(sim.threshold(0.2), sensor))
    ours, _ = sim.agg(world.run(hooks.policy(0.1), sensor))

    assert ours.cover < fixed.cover
    assert ours.stockout < 0.75 * fixed.stockout


def test_nothing_is_ordered_while_plenty_is_there_and_what_is_on_its_way_counts():
    rule = hooks.policy(eps=0.1)
    rule.reset(3)
    course = np.concatenate([[0.0], np.cumsum(STEADY[:91])])
    seen = SimpleNamespace(
        t=0, warm=90, lead=LEADS, pack=np.full(3, 60.0), cum=np.repeat(course[None], 3, axis=0),
        reading=np.array([50.0, 1.0, 1.0]), on_order=np.array([0.0, 0.0, 60.0]),
    )  # fmt: skip

    assert list(rule(seen)) == [0, 1, 0]


def test_the_shipped_file_is_small_and_says_how_many_taught_it():
    assert shortage.FILE.stat().st_size < 500_000
    assert shortage.shipped().homes == population.shipped().homes > 1_000
