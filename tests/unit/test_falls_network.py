"""The network in whole numbers: what it is shown does not depend on how the band is worn, and no sum overflows in C."""

import numpy as np
import pytest

from contract.fields import Point
from edge.falls.model import layers, load, shipped
from edge.falls.network import MOST
from edge.falls.points import COSTS
from edge.falls.train.augmenting import augmented
from edge.falls.train.fitting import begin, fit, log_odds, slopes
from edge.falls.train.quantising import Ranges, quantised
from edge.falls.window import CURVES, LENGTH, STEPS, curves

RNG = np.random.default_rng(0)
MODELS = ["wrist", "waist", "transfer"]


def windows(count=40):
    made = RNG.normal(0, 200, (count, LENGTH, 3)) + RNG.normal(0, 700, (count, 1, 3))
    made[:, 130:150] += RNG.normal(0, 1_500, (count, 20, 3))
    return np.clip(np.rint(made), -4_000, 4_000).astype(np.int64)


def test_turning_the_wristband_by_a_quarter_changes_next_to_nothing():
    some = windows()
    turned = np.stack([some[:, :, 1], -some[:, :, 0], some[:, :, 2]], axis=2)

    off = np.abs(curves(some) - curves(turned))

    assert off.max() <= 60, "rounding down is another way for a number and its opposite"
    assert off.mean() < 1.5


def test_the_other_wrist_is_the_mirror_image():
    some = windows()

    off = np.abs(curves(some) - curves(some * np.array([-1, 1, 1])))

    assert off.mean() < 1.5


def test_curves_are_what_they_say():
    still = np.tile(np.array([0, -600, 800]), (1, LENGTH, 1))

    made = curves(still)

    assert made.shape == (1, STEPS, CURVES)
    assert set(made[:, :, 0].ravel()) == {1_000}
    assert abs(made[:, :, 1:3] - 1_000).max() <= 2
    assert set(made[:, :, 3:5].ravel()) == {(4 << 8) + (20 * 256 // 16) - 256}, "the floor, as a logarithm"


@pytest.mark.parametrize("name", MODELS)
def test_no_sum_leaves_32_bits(name):
    for network in shipped(name).networks:
        for layer in layers(network).values():
            largest = np.abs(layer.weights).sum(axis=0) * MOST + np.abs(layer.bias)
            assert largest.max() < 2**31
            assert np.abs(layer.weights).max() <= 127
            assert np.abs(layer.scale).max() < 2**31


@pytest.mark.parametrize("name", MODELS)
def test_a_higher_vote_is_never_less_probable(name):
    model = shipped(name)

    assert list(model.percents) == sorted(model.percents)
    assert [model.probability(vote) for vote in (-(10**6), 10**6)] == [0.0, 1.0]


@pytest.mark.parametrize("name", MODELS)
def test_a_point_begins_where_its_cost_says(name):
    model = shipped(name)

    for point, cost in COSTS.items():
        assert model.probability(model.points[point]) == pytest.approx(1 / (1 + cost), abs=0.011)
    assert model.points[Point.SENSITIVE] < model.points[Point.BALANCED] < model.points[Point.QUIET]


def test_a_saved_model_is_the_same(tmp_path):
    model = shipped("wrist")

    model.save(tmp_path / "again.npz")

    again = load(tmp_path / "again.npz")
    some = curves(windows(8))
    assert again.votes(some) == model.votes(some)
    assert (again.percents, again.points, again.trigger_mg) == (model.percents, model.points, model.trigger_mg)


def test_slopes_are_those_of_the_loss():
    weights = begin(np.random.default_rng(1))
    weights.matrices = [each.astype(np.float64) + 0.01 for each in weights.matrices]
    weights.biases = [each.astype(np.float64) + 0.01 for each in weights.biases]
    inputs, wanted = RNG.normal(size=(6, STEPS, CURVES)), np.array([0, 1, 0, 1, 0, 0.0])

    def loss():
        odds = log_odds(weights, inputs)
        return float((np.logaddexp(0, odds) - wanted * odds).mean())

    found = slopes(weights, inputs, wanted, np.ones((6, weights.matrices[3].shape[0])))

    for each, slope in zip(weights.all(), found.all(), strict=True):
        place = tuple(RNG.integers(0, size) for size in each.shape)
        here = each[place]
        each[place] = here + 1e-4
        above = loss()
        each[place] = here - 1e-4
        assert (above - loss()) / 2e-4 == pytest.approx(slope[place], rel=1e-3, abs=1e-7)
        each[place] = here


def test_in_whole_numbers_it_says_what_it_was_fitted_to_say():
    some, is_fall = windows(200), np.arange(200) % 4 == 0
    some[is_fall, 150:] = np.clip(some[is_fall, 150:] // 8 + np.array([900, 0, 300]), -4_000, 4_000)
    shown = curves(some)
    ranges = Ranges(shown)
    inputs = ranges.inputs(shown)

    weights = fit(inputs, is_fall, seed=0, epochs=40)
    whole = quantised(weights, ranges, inputs)(shown) / 1024

    meant = log_odds(weights, inputs)
    assert np.abs(whole - meant).max() < 0.25
    assert ((whole > 0) == is_fall).mean() > 0.95


def test_fitting_again_gives_the_same_weights():
    inputs, is_fall = RNG.normal(size=(150, STEPS, CURVES)).astype(np.float32), RNG.random(150) < 0.3

    one, other = fit(inputs, is_fall, seed=3, epochs=2), fit(inputs, is_fall, seed=3, epochs=2)

    assert all(np.array_equal(a, b) for a, b in zip(one.all(), other.all(), strict=True))


def test_another_wristband_tells_the_same_story():
    some = windows(30)

    other = augmented(some, np.random.default_rng(5))

    assert other.shape == some.shape
    assert np.abs(other).max() <= 4_000
    sizes = [np.linalg.norm(each[:, :100], axis=2).mean() for each in (some, other)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.1)
    assert not np.array_equal(some, other)
