"""Bytes to a validated message: msgspec beside pydantic and plain json, on the same reading."""

import json
import timeit
from collections.abc import Callable

import pydantic

from contract import decoding
from contract.fields import Kind, Purpose, Quality
from contract.messages import Reading, Readings, encode

TIMES = 20_000


class _Reading(pydantic.BaseModel):
    device: str
    slot: str
    up_ms: int
    at_ms: int | None = None
    kind: str
    value: float | None = pydantic.Field(ge=0, allow_inf_nan=False)
    quality: str
    basis: str


class _Readings(pydantic.BaseModel):
    v: int
    stream: str = pydantic.Field(pattern=r"^[0-9a-f]{32}$")
    seq: int = pydantic.Field(ge=1)
    boot: int
    purpose: str
    consent: int
    readings: list[_Reading]


def message(seq: int, stream: str = "9f" * 16) -> Readings:
    """One reading in one message, about 300 bytes."""
    reading = Reading(
        device="printer-1", slot="1.3", up_ms=86_400_123 + seq, at_ms=1_795_334_400_000 + seq,
        kind=Kind.LEVEL_FRACTION, value=0.37, resolution=0.01, quality=Quality.GOOD, basis="ratio",
    )  # fmt: skip
    return Readings(stream=stream, seq=seq, boot=17, purpose=Purpose.SUPPLY, consent=1, readings=[reading])


def table() -> tuple[str, list[tuple[str, ...]]]:
    body = encode(message(1))
    ours = _us(lambda: decoding.decode(body, Readings))
    rivals = {
        "pydantic, the same fields": _us(lambda: _Readings.model_validate_json(body)),
        "json.loads, nothing checked": _us(lambda: json.loads(body)),
    }
    rows = [
        ("one message decoded", "µs", "times ours"),
        ("contract.decoding (all bounds checked)", f"{ours:.1f}", "1.0"),
    ]
    rows += [(name, f"{us:.1f}", f"{us / ours:.1f}") for name, us in rivals.items()]
    return f"The wire: {len(body)} bytes, {TIMES} times each", rows


def _us(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=TIMES, repeat=3)) / TIMES * 1e6
