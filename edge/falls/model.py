"""A fitted detector: networks that vote, what their votes mean, and where each operating point lies. A file of numbers.

The file says in `provenance` what it was fitted to; the card beside it says what it is good for, and what not.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from contract.fields import Point
from edge.falls.network import Layer, Network
from edge.falls.window import Curves

FOLDER = Path(__file__).parent / "models"
_PARTS = ("weights", "bias", "scale")
_SMALL = {"weights": np.int8}


@dataclass(frozen=True)
class Model:
    """`percents[k]` is the least vote whose probability is nearer to k + 1 than to k hundredths.

    `points` are the least votes that count as a fall. A vote is the sum of the networks' log odds in 1024ths.
    """

    networks: tuple[Network, ...]
    trigger_mg: int
    percents: tuple[int, ...]
    points: Mapping[Point, int]
    provenance: Mapping[str, Any]

    def votes(self, curves: Curves) -> list[int]:
        """One whole number for each window."""
        return [int(vote) for vote in sum(network(curves) for network in self.networks)]  # type: ignore[union-attr]

    def probability(self, vote: int) -> float:
        """That the window is a fall, in hundredths: among recordings like those of the card."""
        return bisect_right(self.percents, vote) / 100

    def save(self, path: Path) -> None:
        arrays = {
            f"{number}.{name}": array.astype(_SMALL.get(name.rpartition(".")[2], np.int32))
            for number, network in enumerate(self.networks)
            for name, array in _arrays(network).items()
        }
        facts = {"trigger_mg": self.trigger_mg, "points": dict(self.points), "provenance": dict(self.provenance)}
        np.savez_compressed(path, percents=np.array(self.percents, np.int32), facts=json.dumps(facts), **arrays)


@cache
def shipped(name: str) -> Model:
    """`wrist`, `waist` or `transfer`. Raises OSError where there is no such model."""
    return load(FOLDER / f"{name}.npz")


def load(path: Path) -> Model:
    """Raises OSError where it is missing, KeyError or ValueError for anything that is no model."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    facts = json.loads(str(arrays.pop("facts")))
    percents = tuple(int(vote) for vote in arrays.pop("percents"))
    whole = {name: array.astype(np.int64) for name, array in arrays.items()}
    networks = tuple(_network(whole, number) for number in range(sum(name.endswith(".centre") for name in whole)))
    points = {Point(name): int(vote) for name, vote in facts["points"].items()}
    return Model(networks, facts["trigger_mg"], percents, points, facts["provenance"])


def layers(network: Network) -> dict[str, Layer]:
    """By the names that they have in the file."""
    convolutions = {f"convolution{number}": layer for number, layer in enumerate(network.convolutions)}
    return {**convolutions, "hidden": network.hidden, "last": network.last}


def _arrays(network: Network) -> dict[str, Any]:
    parts = {f"{name}.{part}": getattr(layer, part) for name, layer in layers(network).items() for part in _PARTS}
    return {"centre": network.centre, "gain": network.gain, **parts}


def _network(arrays: Mapping[str, Any], number: int) -> Network:
    def layer(name: str) -> Layer:
        return Layer(*(arrays[f"{number}.{name}.{part}"] for part in _PARTS))

    convolutions = tuple(layer(f"convolution{place}") for place in range(3))
    centre, gain = arrays[f"{number}.centre"], arrays[f"{number}.gain"]
    return Network(centre, gain, convolutions, layer("hidden"), layer("last"))
