"""When something is bought again, from the first purchases on: networks that never saw the home, beside plain methods.

As in `../shared/tools/interval_eval.py`, homes are divided in two, and each half is foretold by what the other taught.
"""

from collections.abc import Callable, Iterator
from math import exp, log

import numpy as np

from benchmarks.falls import SHARED, MissingError
from cloud.consumption import purchases
from cloud.consumption.population import MIDDLE
from cloud.consumption.purchases import Purchases
from scripts.population import buying
from scripts.population.buying import Bought

SEEN = (0, 1, 3, 5, 8, 12, 20)
NETWORKS = 3
SHORT_HOMES = 200
SPREAD, BETWEEN = 0.55, 0.35  # variances of log days within a home, and between homes: of the empirical Bayes rival
HEAD = ("mean error in days after", *map(str, SEEN))

Foretold = Callable[[Bought, int, Purchases], float]


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(NETWORKS, None)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(1, SHORT_HOMES)


def _table(networks: int, most: int | None) -> tuple[str, list[tuple[str, ...]]]:
    path = SHARED / "data" / "consumption" / "intervals.parquet"
    if not path.is_file():
        raise MissingError(f"../{path.relative_to(SHARED.parent)}")
    bought = [one for one in buying.read(path) if most is None or one.home % 1_000 < most]
    methods: dict[str, Foretold] = {
        "mean rate of its own": _own_rate, "usual for the product": _usual, "empirical Bayes, log days": _shrunk,
    }  # fmt: skip
    errors: dict[tuple[str, int], list[float]] = {}
    for half in (0, 1):
        homes = buying.taught([one for one in bought if one.home % 2 != half], networks)
        asked = [one for one in bought if one.home % 2 == half]
        for name, seen, error in (*_errors(methods, asked, homes), *_ours(asked, homes)):
            errors.setdefault((name, seen), []).append(error)
    names = [*methods, "Forehand, homes it never saw"]
    rows = [(name, *(_mean(errors.get((name, seen), [])) for seen in SEEN)) for name in names]
    return f"Purchases: days to the next one, {len(bought)} homes and products", [HEAD, *rows]


def _errors(methods: dict[str, Foretold], asked: list[Bought], homes: Purchases) -> Iterator[tuple[str, int, float]]:
    for one in asked:
        for seen in (seen for seen in SEEN if seen < len(one.days)):
            for name, method in methods.items():
                if seen or method is not _own_rate:
                    yield name, seen, abs(one.days[seen] - method(one, seen, homes))


def _ours(asked: list[Bought], homes: Purchases) -> Iterator[tuple[str, int, float]]:
    told, days = buying.lessons(homes, asked)
    number = [n for one in asked for n in range(len(one.days))]
    logs = np.mean([network.logs(purchases.standard(network, told)) for network in homes.networks], axis=0)
    for seen, truth, said in zip(number, days, np.exp(logs[:, MIDDLE]), strict=True):
        if seen in SEEN:
            yield "Forehand, homes it never saw", seen, abs(truth - said)


def _own_rate(one: Bought, seen: int, _homes: Purchases) -> float:
    return float(one.quantities[seen] * one.days[:seen].sum() / one.quantities[:seen].sum())


def _usual(one: Bought, _seen: int, homes: Purchases) -> float:
    return exp(homes.of(one.product)[0])


def _shrunk(one: Bought, seen: int, homes: Purchases) -> float:
    mean = float(homes.of(one.product)[0])
    weight = seen * BETWEEN / (seen * BETWEEN + SPREAD)
    return exp((1 - weight) * mean + weight * (sum(map(log, one.days[:seen])) / max(seen, 1)))


def _mean(errors: list[float]) -> str:
    return f"{np.mean(errors):.2f}" if errors else "-"
