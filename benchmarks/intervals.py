"""When something is bought again, from the first purchases on: networks that never saw the home, beside plain methods.

As in `../shared/tools/interval_eval.py`, homes are divided in two, and each half is foretold by what the other taught.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import exp, log

import numpy as np

from benchmarks.falls import SHARED, MissingError
from benchmarks.rivals import is_here
from cloud.consumption import purchases
from cloud.consumption.population import MIDDLE
from cloud.consumption.purchases import Purchases
from cloud.consumption.uses import Array
from scripts.population import buying
from scripts.population.buying import Bought

SEEN = (0, 1, 3, 5, 8, 12, 20)
NETWORKS = 3
SHORT_HOMES = 200
FEWEST = 5  # intervals of a home whose spread counts
OURS = "Forehand, homes it never saw"
TREES = "LightGBM, the same homes"
ROUNDS = 300
SETTINGS = {
    "objective": "quantile", "alpha": 0.5, "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 50,
    "feature_fraction": 0.6, "bagging_fraction": 0.7, "bagging_freq": 1, "num_threads": 1, "seed": 1, "verbose": -1,
}  # fmt: skip
HEAD = ("mean error in days after", *map(str, SEEN))

Foretold = Callable[[Bought, int, Purchases], float]
Variances = tuple[float, float]


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(NETWORKS, None)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(1, SHORT_HOMES)


def _table(networks: int, most: int | None) -> tuple[str, list[tuple[str, ...]]]:
    path = SHARED / "data" / "consumption" / "intervals.parquet"
    if not path.is_file():
        raise MissingError(f"../{path.relative_to(SHARED.parent)}")
    bought = [one for one in buying.read(path) if most is None or one.home % 1_000 < most]
    names = ("mean rate of its own", "usual for the product", "empirical Bayes, log days")
    errors: dict[tuple[str, int], list[float]] = {}
    for half in (0, 1):
        others = [one for one in bought if one.home % 2 != half]
        homes, shrunk = buying.taught(others, networks), partial(_shrunk, _variances(others))
        methods: dict[str, Foretold] = dict(zip(names, (_own_rate, _usual, shrunk), strict=True))
        asked = [one for one in bought if one.home % 2 == half]
        theirs = _trees(others, asked, homes) if is_here("lightgbm") else ()
        for name, seen, error in (*_errors(methods, asked, homes), *theirs, *_ours(asked, homes)):
            errors.setdefault((name, seen), []).append(error)
    named = [name for name in (*names, TREES, OURS) if (name, SEEN[-1]) in errors]
    rows = [(name, *(_mean(errors.get((name, seen), [])) for seen in SEEN)) for name in named]
    return f"Purchases: days to the next one, {len(bought)} homes and products", [HEAD, *rows]


def _errors(methods: dict[str, Foretold], asked: list[Bought], homes: Purchases) -> Iterator[tuple[str, int, float]]:
    for one in asked:
        for seen in (seen for seen in SEEN if seen < len(one.days)):
            for name, method in methods.items():
                if seen or method is not _own_rate:
                    yield name, seen, abs(one.days[seen] - method(one, seen, homes))


def _ours(asked: list[Bought], homes: Purchases) -> Iterator[tuple[str, int, float]]:
    told, days = buying.lessons(homes, asked)
    logs = np.mean([network.logs(purchases.standard(network, told)) for network in homes.networks], axis=0)
    yield from _missed(OURS, asked, days, np.exp(logs[:, MIDDLE]))


def _trees(others: list[Bought], asked: list[Bought], homes: Purchases) -> Iterator[tuple[str, int, float]]:
    """Boosted trees of the middle, told what ours is told."""
    import lightgbm  # noqa: PLC0415 - it may not be here

    told, days = buying.lessons(homes, others)
    grown = lightgbm.train(SETTINGS, lightgbm.Dataset(told, np.log(days)), num_boost_round=ROUNDS)
    told, days = buying.lessons(homes, asked)
    yield from _missed(TREES, asked, days, np.exp(grown.predict(told)))


def _missed(name: str, asked: list[Bought], days: Array, said: Array) -> Iterator[tuple[str, int, float]]:
    number = [n for one in asked for n in range(len(one.days))]
    for seen, truth, each in zip(number, days, said, strict=True):
        if seen in SEEN:
            yield name, seen, abs(truth - each)


def _own_rate(one: Bought, seen: int, _homes: Purchases) -> float:
    return float(one.quantities[seen] * one.days[:seen].sum() / one.quantities[:seen].sum())


def _usual(one: Bought, _seen: int, homes: Purchases) -> float:
    return exp(homes.of(one.product)[0])


def _variances(bought: list[Bought]) -> dict[str, Variances]:
    """Of log days, for each product: within a home, and between homes beyond what chance would make of it."""
    logs: dict[str, list[Array]] = {}
    for one in bought:
        if len(one.days) >= FEWEST:
            logs.setdefault(one.product, []).append(np.log(one.days))
    found = {}
    for product, homes in logs.items():
        within = float(np.average([each.var(ddof=1) for each in homes], weights=[len(each) - 1 for each in homes]))
        by_chance = float(np.mean([within / len(each) for each in homes]))
        found[product] = within, max(float(np.var([each.mean() for each in homes])) - by_chance, 0.01)
    return found


def _shrunk(variances: dict[str, Variances], one: Bought, seen: int, homes: Purchases) -> float:
    mean = float(homes.of(one.product)[0])
    within, between = variances[one.product]
    weight = seen * between / (seen * between + within)
    return exp((1 - weight) * mean + weight * (sum(map(log, one.days[:seen])) / max(seen, 1)))


def _mean(errors: list[float]) -> str:
    return f"{np.mean(errors):.2f}" if errors else "-"
