"""The fitted fall detector as tables in C: `python -m scripts.falls_tables wrist > fh_falls_model.c`.

The microcontroller's detector (`firmware_stubs/c/falls`) is compiled with them; they hold the numbers of the model file
and nothing else.
"""

import sys
from collections.abc import Iterator
from typing import Any

from contract.fields import Point
from edge.falls.model import Model, layers, shipped
from edge.falls.network import Layer, Network

_IN_A_LINE = 24


def tables(name: str, model: Model) -> str:
    """A whole source file."""
    return "\n".join([*_head(name), *_bodies(model), *_model(name, model), ""])


def _head(name: str) -> Iterator[str]:
    yield f"/* Written by `python -m scripts.falls_tables {name}`; fitted as edge/falls/models/{name}.md tells. */"
    yield '#include "fh_falls.h"'


def _bodies(model: Model) -> Iterator[str]:
    for number, network in enumerate(model.networks):
        for title, layer in layers(network).items():
            yield from _array("int8_t", f"weights_{number}_{title}", layer.weights.ravel())
            yield from _array("int32_t", f"bias_{number}_{title}", layer.bias)
            yield from _array("int32_t", f"scale_{number}_{title}", layer.scale)


def _array(kind: str, name: str, values: Any) -> Iterator[str]:
    numbers = [str(int(value)) for value in values]
    yield f"static const {kind} {name}[] = {{"
    for first in range(0, len(numbers), _IN_A_LINE):
        yield f"    {', '.join(numbers[first : first + _IN_A_LINE])},"
    yield "};"


def _model(name: str, model: Model) -> Iterator[str]:
    yield "static const fh_network networks[] = {"
    for number, network in enumerate(model.networks):
        yield f"    {_network(number, network)},"
    yield "};"
    yield from _array("int32_t", "percents", model.percents)
    points = ", ".join(str(model.points[point]) for point in Point)
    yield f"const fh_model fh_{name} = {{{model.trigger_mg}, {len(model.networks)}, networks, percents, {points}}};"


def _network(number: int, network: Network) -> str:
    parts = {title: _layer(f"{number}_{title}", layer) for title, layer in layers(network).items()}
    convolutions = ", ".join(part for title, part in parts.items() if title.startswith("convolution"))
    centre, gain = (", ".join(str(int(value)) for value in values) for values in (network.centre, network.gain))
    return f"{{{{{centre}}}, {{{gain}}}, {{{convolutions}}}, {parts['hidden']}, {parts['last']}}}"


def _layer(title: str, layer: Layer) -> str:
    inputs, outputs = layer.weights.shape
    return f"{{{inputs}, {outputs}, weights_{title}, bias_{title}, scale_{title}}}"


if __name__ == "__main__":
    sys.stdout.write(tables(sys.argv[1], shipped(sys.argv[1])))
