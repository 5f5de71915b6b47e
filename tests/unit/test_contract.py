"""What crosses the wire: golden examples, bounds, and pages that are current."""

import contextlib
import json
import math
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import decoding, limits, messages, schema, topics
from contract.decoding import Refused
from contract.fields import Refusal
from contract.messages import Readings
from contract.topics import Address, Down, Up
from tests.shared import ROOT

EXAMPLES = sorted((ROOT / "contract" / "examples").glob("*.json"))
READINGS = json.loads((ROOT / "contract" / "examples" / "readings-printer.json").read_text())


def topic_of(example: Path) -> Up | Down:
    name = example.stem.partition("-")[0]
    return Up(name) if name in set(Up) else Down(name)


def with_reading(**changed) -> bytes:
    return json.dumps(READINGS | {"readings": [READINGS["readings"][0] | changed]}).encode()


def with_anchor(up_ms: int, at_ms: int) -> bytes:
    return json.dumps(READINGS | {"anchor": {"boot": READINGS["boot"], "up_ms": up_ms, "at_ms": at_ms}}).encode()


def refusal(body: bytes) -> Refusal:
    with pytest.raises(Refused) as refused:
        decoding.decode(body, Readings)
    return refused.value.reason


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_golden_example_is_read_and_written_unchanged(example: Path):
    kind = decoding.type_of(topic_of(example))
    assert kind is not None

    read = decoding.decode(example.read_bytes(), kind)

    assert json.loads(msgspec.json.encode(read)) == json.loads(example.read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_golden_example_satisfies_its_published_schema(example: Path):
    page = json.loads((schema.FOLDER / f"{topic_of(example)}.json").read_text())

    jsonschema.Draft202012Validator.check_schema(page)
    jsonschema.validate(json.loads(example.read_text()), page)


def test_every_message_has_a_golden_example():
    spoken = {name for name in [*Up, *Down] if decoding.type_of(name) is not None}

    assert {topic_of(example) for example in EXAMPLES} == spoken


def test_the_published_pages_are_current():
    assert schema.stale(schema.FOLDER) == [], "run `make schema`"


def test_every_reference_in_the_asyncapi_page_leads_somewhere():
    page = json.loads((schema.FOLDER / "asyncapi.json").read_text())

    for reference in _references(page):
        place = page
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def _references(page) -> list[str]:
    if isinstance(page, dict):
        here = [page["$ref"]] if isinstance(page.get("$ref"), str) else []
        return here + [each for value in page.values() for each in _references(value)]
    return [each for value in page for each in _references(value)] if isinstance(page, list) else []


def test_a_page_that_is_no_longer_made_is_stale_and_goes(tmp_path: Path):
    schema.write(tmp_path)
    assert schema.stale(tmp_path) == []
    (tmp_path / "gone.json").write_text("{}")

    assert schema.stale(tmp_path) == ["gone.json"]
    schema.write(tmp_path)
    assert not (tmp_path / "gone.json").exists()


def test_a_field_that_only_the_other_end_knows_is_ignored():
    body = json.dumps(READINGS | {"new_in_2027": True}).encode()

    assert decoding.decode(body, Readings).seq == READINGS["seq"]


def test_an_unknown_version_is_refused_as_such_and_its_number_can_still_be_answered():
    body = json.dumps(READINGS | {"v": 2, "readings": "shaped otherwise"}).encode()

    assert refusal(body) is Refusal.UNKNOWN_VERSION
    header = decoding.header(body)
    assert header is not None
    assert header.seq == READINGS["seq"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[" * 60_000,
        b'{"v":1}',
        b"\xff\xfe",
        with_reading(value=math.nan),
        with_reading(value=math.inf),
        with_reading(value=-0.1),
        with_reading(value=1.1),
        with_reading(value="0.5"),
        with_reading(value=True),
        with_reading(value=None),
        with_reading(quality="some"),
        with_reading(at_ms=10**23),
        with_reading(at_ms=limits.MAX_AT_MS + 1),
        with_reading(up_ms=limits.MAX_UP_MS + 1),
        with_anchor(up_ms=6, at_ms=5),
        with_anchor(up_ms=0, at_ms=limits.MAX_AT_MS),
        with_reading(serial="a\x00b"),
        with_reading(device="../x"),
    ],
)
def test_what_is_malformed_is_refused_as_such(body: bytes):
    assert refusal(body) is Refusal.MALFORMED


def test_what_is_too_large_is_refused_unread_and_never_written():
    assert refusal(b" " * (limits.MAX_MESSAGE_BYTES + 1)) is Refusal.TOO_LARGE

    batch = decoding.decode(json.dumps(READINGS).encode(), Readings)
    long_words = msgspec.structs.replace(batch.readings[0], serial="é" * 200_000)
    with pytest.raises(ValueError, match="at most"):
        messages.encode(msgspec.structs.replace(batch, readings=[long_words]))


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_arrives_the_answer_is_a_message_or_a_refusal(body: bytes):
    for name in [*Up, *Down]:
        kind = decoding.type_of(name)
        if kind is None:
            continue
        with contextlib.suppress(Refused):
            decoding.decode(body, kind)
    decoding.header(body)


def test_a_topic_is_taken_apart_as_it_was_put_together():
    assert topics.parse(topics.up("pi-1", Up.READINGS)) == Address("pi-1", Up.READINGS)
    assert topics.parse(topics.down("pi-1", Down.STORED)) == Address("pi-1", Down.STORED)


@pytest.mark.parametrize(
    "topic",
    ["", "forehand/v1/pi-1/up/gossip", "forehand/v1/pi-1/up/stored", "forehand/v2/pi-1/up/state",
     "forehand/v1/Pi 1/up/state", "forehand/v1/pi-1/up/state/more", "x/forehand/v1/pi-1/up/state"],
)  # fmt: skip
def test_a_topic_of_somebody_else_is_nobodys(topic: str):
    assert topics.parse(topic) is None
