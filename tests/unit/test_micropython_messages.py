"""Whatever a board's program measures, what its client says is a message of the contract."""

import ast
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import decoding, limits
from contract.alarms import Alarm
from contract.decoding import Refused
from contract.fields import WITH_VALUE, Kind, Quality
from contract.messages import AgentState, Desired, Readings, Reported, Stored
from contract.messages import encode as encoded
from forehand import messages, wire
from forehand.moments import PERIOD_MS, Moments
from forehand.records import MOST_BODY
from tests.support.micropython_life import DEVICES, Flash, World

STREAM = "9f2c7a1e5b3d4c6f8091a2b3c4d5e6f7"
NAMES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
INTEGERS = st.integers(1, limits.MAX_INTEGER)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)
LEVELS = st.fixed_dictionaries(
    {
        "device": NAMES,
        "slot": NAMES,
        "kind": st.sampled_from([kind.value for kind in Kind]),
        "value": st.none() | st.floats() | st.integers() | st.booleans() | st.text(max_size=3),
        "quality": st.none() | st.sampled_from([quality.value for quality in Quality]) | st.text(max_size=3),
        "resolution": st.none() | st.floats() | st.integers(),
        "basis": st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z"),
        "serial": st.none() | TEXTS,
    }
)


def said(levels, up_ms=limits.MAX_UP_MS, at_ms=limits.MAX_AT_MS - limits.MAX_UP_MS):
    rows = [messages.reading(level, up_ms, at_ms) for level in levels]
    anchor = messages.anchor(limits.MAX_INTEGER, up_ms, at_ms)
    envelope = (STREAM, limits.MAX_INTEGER, limits.MAX_INTEGER)
    return messages.readings(envelope, limits.MAX_INTEGER, anchor, rows)


@given(level=LEVELS)
def test_any_reading_is_one_of_the_contract_and_fits_into_a_record(level):
    body = said([level])

    reading = decoding.decode(body, Readings).readings[0]
    assert len(body) <= MOST_BODY
    assert (reading.device, reading.slot, reading.kind, reading.serial) == (
        level["device"], level["slot"], level["kind"], level["serial"],
    )  # fmt: skip


@given(value=st.floats(0, limits.MAX_AMOUNT) | st.integers(0, int(limits.MAX_AMOUNT)))
def test_a_value_keeps_six_digits(value):
    level = {"device": "d", "slot": "s", "kind": "amount_g", "value": value, "quality": "good"}

    reading = decoding.decode(said([level]), Readings).readings[0]

    assert reading.quality in WITH_VALUE
    assert math.isclose(reading.value, value, rel_tol=2e-5, abs_tol=1e-6)


def test_the_client_imports_nothing_that_a_board_does_not_have():
    trees = [ast.parse(path.read_text()) for path in Path(messages.__file__).parent.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module.partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}

    assert imported == {"binascii", "forehand", "json", "struct"}


def test_what_is_not_known_is_null_with_its_quality_and_what_cannot_be_is_implausible():
    level = {"device": "d", "slot": "s", "kind": "level_fraction"}
    tellings = [(None, "some"), (None, None), (0.5, "stale"), (1.2, "good"), (math.nan, "good"), (None, "good")]

    qualities = [
        decoding.decode(said([{**level, "value": value, "quality": quality}]), Readings).readings[0].quality
        for value, quality in tellings
    ]

    assert qualities == ["some", "unknown", "stale", "implausible", "implausible", "unknown"]


def test_what_a_program_got_wrong_is_told_while_it_is_written():
    level = {"device": "d", "slot": "s", "kind": "amount_g", "value": 1}
    for wrong in ({"device": ""}, {"slot": "a b"}, {"kind": "litres"}, {"basis": "A"}, {"serial": "\n"}):
        with pytest.raises(ValueError):
            messages.reading({**level, **wrong}, 0, None)
    for wrong in ({"device": "-"}, {"type": "A"}, {"serial": 5}, {"worn": "yes"}, {"battery_fraction": "full"}):
        with pytest.raises(ValueError):
            messages.device({"device": "d", "type": "scale", **wrong})


@given(text=st.text())
def test_any_text_is_written_as_json(text):
    assert wire.is_text(text) or not 0 <= len(text) <= 200 or any(ord(char) < 32 or ord(char) >= 127 for char in text)
    if wire.is_text(text):
        reported = wire.text(
            ("stream", STREAM, "boot", 1, "agent_version", text, "config", 0, "consent", 0, "purposes", [])
        )
        assert decoding.decode(reported.encode(), Reported).agent_version == text


@given(
    device=NAMES,
    event=st.sampled_from(["suspected", "confirmed", "cancelled"]),
    numbers=st.tuples(INTEGERS, INTEGERS, INTEGERS),
    up_ms=st.integers(0, limits.MAX_UP_MS),
)
def test_any_alarm_is_one_of_the_contract_and_fits_into_a_record(device, event, numbers, up_ms):
    seq, boot, consent = numbers
    at_ms = limits.MAX_AT_MS - limits.MAX_UP_MS
    step = {"alarm_id": STREAM, "kind": "fall", "event": event, "device": device}
    step["confirm_in_ms" if event == "suspected" else "by"] = 300_000 if event == "suspected" else "wearer"

    body = messages.alarm((STREAM, seq, boot), consent, (up_ms, at_ms, messages.anchor(boot, up_ms, at_ms)), step)

    assert decoding.decode(body, Alarm).event == event
    assert len(body) <= MOST_BODY


def test_state_and_report_are_those_of_the_contract():
    heard = []
    World(Flash(), heard.append).start()

    state, report = (line.split(" ", 2)[2].encode() for line in heard)
    assert decoding.decode(state, AgentState).session == 1
    assert [device.device for device in decoding.decode(report, Reported).devices] == [DEVICES[0]["device"]]


@given(
    wish=st.builds(
        Desired,
        config=INTEGERS,
        consent=INTEGERS,
        purposes=st.lists(st.sampled_from(wire.PURPOSES), unique=True),
        poll_s=st.integers(1, 86_400),
        prealarm_s=st.integers(5, 120),
    )
)
def test_every_wish_of_the_cloud_is_understood(wish):
    heard = wire.desired(encoded(wish))

    assert sorted(heard["purposes"]) == sorted(wish.purposes)
    assert [heard[name] for name in ("config", "consent", "poll_s", "prealarm_s")] == [
        wish.config, wish.consent, wish.poll_s, wish.prealarm_s,
    ]  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["alarms", STREAM]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(
    message=st.dictionaries(st.sampled_from(["v", "stream", "lane", "ranges", "refused", "gaps", "purposes"]), JSON)
    | st.fixed_dictionaries(
        {"stream": st.just(STREAM), "lane": st.sampled_from(["alarms", "readings", "results"])},
        optional={"ranges": JSON, "refused": JSON, "gaps": JSON, "v": JSON},
    )
)
def test_only_what_the_contract_takes_for_an_answer_is_one(message):
    body = encoded(message)

    understood = wire.stored(body)

    try:
        answer = decoding.decode(body, Stored)
    except Refused:
        assert understood is None
    else:
        assert understood is None or understood[2] == answer.ranges


def test_the_counter_of_milliseconds_may_wrap_round_and_the_wall_clock_may_be_wrong():
    ticks, wall_ms = [PERIOD_MS - 5], [None]
    moments = Moments(lambda: ticks[0], lambda: wall_ms[0])

    ticks[0] = 7
    assert moments.now() == (PERIOD_MS + 7, None)
    for at_ms, believed in ((946_684_800_000, None), (1_795_334_400_000, 1_795_334_400_000), (2**62, None)):
        wall_ms[0] = at_ms
        assert moments.at_ms() == believed
