"""What is remembered of daily use: the same in any unit, the same for one slot as for many, and never the days."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.consumption import uses
from cloud.consumption.uses import GAINS, Uses

USE = st.lists(st.one_of(st.just(0.0), st.floats(0.01, 50.0)), min_size=20, max_size=80).filter(any)


def remembered(*histories):
    kept = Uses.none(len(histories))
    for day in range(max(map(len, histories))):
        rows = np.array([n for n, history in enumerate(histories) if len(history) > day])
        kept.add(np.array([histories[row][day] for row in rows]), rows)
    return kept


@given(USE, st.sampled_from([1e-6, 0.001, 1 / 3, 1_000.0, 1e6]))
@settings(deadline=None)
def test_another_unit_changes_only_the_scale(history, unit):
    ours, theirs = remembered(history), remembered([unit * used for used in history])

    assert theirs.scale() == pytest.approx(unit * ours.scale())
    assert theirs.told() == pytest.approx(ours.told(), abs=1e-6)


@given(USE, USE)
@settings(deadline=None)
def test_slots_know_nothing_of_each_other(one, other):
    together = remembered(one, other)

    assert together.told()[0] == pytest.approx(remembered(one).told()[0])
    assert together.told()[1] == pytest.approx(remembered(other).told()[0])


def test_a_level_is_the_mean_at_first_and_follows_a_change_by_its_gain():
    steady = remembered([2.0] * 50)
    changed = remembered([2.0] * 50 + [6.0])

    assert steady.scale() == pytest.approx([2.0])
    brisk = changed.levels[0] / (1 - (1 - GAINS) ** 51)
    assert list(brisk) == sorted(brisk)
    assert brisk[0] == pytest.approx(2.0 + 4.0 / 51, rel=0.02)
    assert brisk[-1] == pytest.approx(2.0 + 4.0 * GAINS[-1], rel=0.02)


def test_what_is_told_is_finite_where_nothing_was_used_for_a_year():
    told = remembered([1.0] + [0.0] * 365).told()

    assert np.isfinite(told).all()


def test_a_copy_of_some_slots_is_not_changed_by_what_comes_later():
    both = remembered([1.0, 2.0], [3.0, 4.0])
    copy = both.of(np.array([1]))
    before = copy.told()

    both.add(np.array([9.0, 9.0]))

    assert (copy.told() == before).all()


def test_many_slots_are_remembered_as_a_few_are(monkeypatch):
    histories = np.random.default_rng(5).gamma(0.5, 2.0, (40, 8)) * (np.arange(8) % 3 > 0)
    histories[0] += 1
    together, in_parts = Uses.none(8), Uses.none(8)
    for day in histories:
        together.add(day)

    monkeypatch.setattr(uses, "AT_ONCE", 3)
    for day in histories:
        in_parts.add(day[:5], slice(0, 5))
        in_parts.add(day[5:], np.array([5, 6, 7]))

    assert (in_parts.told() == together.told()).all()
