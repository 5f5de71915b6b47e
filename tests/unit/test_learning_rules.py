"""How long a pack lasts in a home that nothing is known of."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.learning.rules import CATALOGUE_COUNTS_AS, FEWEST_HOMES, Prior, fit

TYPICAL = Prior(30.0, 0.5, 0)
homes = st.lists(st.floats(0.5, 500.0), min_size=FEWEST_HOMES, max_size=200)


@given(homes, st.randoms())
def test_the_order_of_the_homes_does_not_matter_in_the_last_bit(days, chances: random.Random):
    shuffled = list(days)
    chances.shuffle(shuffled)

    assert fit(shuffled, TYPICAL) == fit(days, TYPICAL)


@given(homes)
def test_it_lies_between_the_homes_and_the_catalogue(days):
    fitted = fit(days, TYPICAL)

    assert fitted is not None
    assert min(*days, TYPICAL.pack_days) - 1e-9 <= fitted.pack_days <= max(*days, TYPICAL.pack_days) + 1e-9
    assert fitted.spread > 0.0


def test_fewer_than_so_many_homes_say_nothing():
    assert fit([10.0] * (FEWEST_HOMES - 1), TYPICAL) is None


def test_many_homes_overturn_the_catalogue_and_the_spread_is_theirs():
    rng = random.Random(3)  # noqa: S311 - a simulation
    days = [math.exp(rng.gauss(math.log(12.0), 0.3)) for _ in range(5000)]

    fitted = fit(days, TYPICAL)

    assert fitted is not None
    assert fitted.pack_days == pytest.approx(12.0, rel=0.03)
    assert fitted.spread == pytest.approx(0.3, rel=0.05)
    assert fitted.homes == 5000
    assert CATALOGUE_COUNTS_AS < FEWEST_HOMES
