"""When something is bought again, where nothing but purchases is known."""

import numpy as np
import pytest

from benchmarks import hooks
from cloud.consumption import population, purchases
from scripts.population import buying, learning
from scripts.population.buying import Bought

QS = population.LEVELS
MILK = "FLUID MILK PRODUCTS"
NONE = np.zeros(0)


def every(days, times=12):
    """About so often: nobody buys by the clock."""
    about = np.random.default_rng(5).gamma(9, days / 9, times).round() + 1
    return hooks.next_interval(np.full(times, 128.0), about, 128.0, MILK, QS)


def test_there_is_a_range_from_the_first_purchase_on_and_it_narrows():
    first = hooks.next_interval(NONE, NONE, 128.0, MILK, QS)
    later = every(first[population.MIDDLE])

    assert list(first) == sorted(first)
    assert first[0] > 0
    assert later[5] / later[1] < 0.7 * first[5] / first[1]


def test_a_home_that_buys_each_week_is_foretold_to_do_so_and_one_that_comes_seldom_seldom():
    assert every(7)[population.MIDDLE] == pytest.approx(7, rel=0.25)
    assert every(18)[population.MIDDLE] == pytest.approx(18, rel=0.3)


def test_a_product_that_nobody_knows_is_like_all_of_them():
    answer = hooks.next_interval(NONE, NONE, 128.0, "moon dust", QS)

    assert np.isfinite(answer).all()
    assert 5 < answer[population.MIDDLE] < 60


def test_who_buys_more_comes_later_and_much_more_does_not_mean_never():
    days, amounts = np.full(8, 14.0), np.full(8, 128.0)
    usual, double, hundredfold = (
        hooks.next_interval(amounts, days, 128.0 * times, MILK, QS)[population.MIDDLE] for times in (1, 2, 100)
    )

    assert usual <= double
    assert hundredfold < 20 * usual


def test_what_is_taught_is_learned_and_a_home_that_withdraws_leaves_no_trace(monkeypatch, tmp_path):
    monkeypatch.setattr(learning, "BATCH", 64)
    rng = np.random.default_rng(3)
    bought = [
        Bought(home, "tea", rng.gamma(9, 1.0, 30), rng.gamma(9, 1.0 + home % 3, 30).round() + 1) for home in range(40)
    ]
    without = [one for one in bought if one.home != 3]

    first, again = buying.taught(without, 1), buying.taught(list(without), 1)
    purchases.save(first, tmp_path / "kept.npz")

    assert first.homes == 39
    assert first.networks[0].last.tobytes() == again.networks[0].last.tobytes()
    assert buying.taught(bought, 1).networks[0].last.tobytes() != first.networks[0].last.tobytes()
    quick, slow = (first.days_to_next(one.quantities, one.days, 9.0, "tea")[3] for one in (bought[0], bought[2]))
    assert slow > 1.5 * quick
