"""The forecast that many homes have taught: what must hold of it whatever it has learned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import depletion, hooks
from benchmarks.falls import MissingError
from cloud.consumption import population
from scripts.population import buying, learning, shortages, training
from scripts.population.__main__ import main, taught
from scripts.population.lessons import lessons
from scripts.population.series import Series, fold
from tests.shared import missing

CHANCES = np.random.default_rng(7)
STEADY = CHANCES.gamma(4, 0.5, 200)  # two units a day
QS = population.LEVELS


@given(st.lists(st.just(0.0) | st.floats(1e-6, 40.0), min_size=30, max_size=120).filter(any), st.floats(0.5, 500.0))
@settings(deadline=None)
def test_quantiles_are_in_order_within_the_horizon_and_the_same_in_any_unit(history, stock):
    used = np.array(history)
    days = hooks.depletion(used, stock, 60, QS)

    assert list(days) == sorted(days)
    assert (days >= 1).all()
    assert (days <= 61).all()
    assert hooks.depletion(1_000 * used, 1_000 * stock, 60, QS) == pytest.approx(days, rel=1e-3)


def test_steady_use_is_foretold_where_it_will_be_and_with_less_doubt_than_lumps():
    lumps = np.where(CHANCES.random(200) < 0.1, 10 * STEADY, 0.0)
    steady, lumpy = (hooks.depletion(used, 40.0, 60, QS) for used in (STEADY, lumps))

    assert steady[population.MIDDLE] == pytest.approx(20.0, rel=0.15)
    assert steady[-1] - steady[0] < lumpy[-1] - lumpy[0]


def test_where_nothing_was_ever_used_nothing_runs_out():
    answers = hooks.batch([np.zeros(90), STEADY], np.array([5.0, 40.0]), 60, QS)

    assert list(answers[0]) == [61.0] * len(QS)
    assert answers[1][population.MIDDLE] < 61


def test_many_at_once_are_answered_as_one_by_one():
    histories = [STEADY, STEADY[:60], 3 * STEADY[:150]]
    stocks = np.array([10.0, 30.0, 90.0])

    together = hooks.batch(histories, stocks, 60, QS)

    alone = [hooks.depletion(used, stock, 60, QS) for used, stock in zip(histories, stocks, strict=True)]
    assert together == pytest.approx(np.array(alone), rel=1e-5)


def test_between_its_levels_it_lies_between_its_answers():
    days = np.array([[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]])

    assert population.at_levels(days, [0.5, 0.625, 0.001, 0.999])[0] == pytest.approx([8.0, 8 * 2**0.5, 1.0, 64.0])


def homes(count):
    rng = np.random.default_rng(3)
    used = [rng.gamma(1 + n % 4, 1.0 + n, 260) for n in range(count)]
    return Series(used, [f"home-{n // 2}" for n in range(count)], ["even" if n % 2 else "odd" for n in range(count)])


@pytest.fixture
def quickly(monkeypatch):
    monkeypatch.setattr(training, "EPOCHS", 4)
    monkeypatch.setattr(learning, "BATCH", 128)
    monkeypatch.setattr(shortages, "EPOCHS", 4)
    monkeypatch.setattr(buying, "EPOCHS", 4)


@pytest.mark.usefixtures("quickly")
def test_the_same_homes_teach_the_same_and_a_home_that_withdraws_leaves_no_trace(tmp_path):
    series = homes(24)
    without = series.where([entity != "home-3" for entity in series.entities])
    never = Series(*(getattr(without, name) for name in ("used", "entities", "kinds")))

    first, again = taught(without, 1), taught(never, 1)

    assert first.homes == again.homes == 11
    for name in population.Network.__dataclass_fields__:
        assert getattr(first.networks[0], name).tobytes() == getattr(again.networks[0], name).tobytes()
    assert taught(series, 1).networks[0].last.tobytes() != first.networks[0].last.tobytes()
    population.save(first, tmp_path / "kept.npz")
    assert (tmp_path / "kept.npz").stat().st_size < 200_000


@pytest.mark.usefixtures("quickly")
def test_what_is_taught_is_learned():
    series = homes(24)
    given_ = lessons(series.used, series.kinds, 40, np.random.default_rng(1))
    stock = 21.0 * given_.mean
    cover = stock / given_.scale

    def loss(network):
        days = cover[:, None] * np.exp(network.logs(network.standard(given_.told, cover)))
        off = given_.days_until_empty(stock)[:, None] - days
        return float(np.maximum(np.array(QS) * off, (np.array(QS) - 1) * off).mean())

    learned = training.train(given_, 0)
    answers = np.array([0.0, *[-1.5] * (len(QS) - 1)], dtype=np.float32)
    untaught = population.Network(
        learned.mean, learned.spread, **learning.begun(given_.told.shape[1] + 1, answers, np.random.default_rng(0))
    )
    assert loss(learned) < 0.85 * loss(untaught)


def test_a_home_is_always_in_the_same_part():
    parts = [fold(f"home-{n}", 5) for n in range(1_000)]

    assert parts == [fold(f"home-{n}", 5) for n in range(1_000)]
    assert all(150 < parts.count(part) < 250 for part in range(5))


def test_a_file_that_is_not_there_is_named(tmp_path, capsys):
    assert main([str(tmp_path / "nothing.parquet"), str(tmp_path / "none.parquet")]) == 2
    assert "nothing.parquet" in capsys.readouterr().err


@pytest.mark.slow
def test_on_real_use_it_is_ahead_of_smoothing_on_homes_that_it_never_saw():
    try:
        _, rows = depletion.short_table()
    except MissingError as what:
        missing(str(what))
    pinball = {row[0].split(",")[0]: float(row[2]) for row in rows[1:]}

    assert pinball["Forehand"] < 0.95 * pinball["batch_ses"]
    assert 0.75 < float(rows[-1][4]) < 0.9
