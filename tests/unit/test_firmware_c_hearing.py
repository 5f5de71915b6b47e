"""What the C client hears: any bytes, and its reader agrees with the contract's."""

import json
import random
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.decoding import Refused, decode
from contract.fields import Purpose, Refusal
from contract.messages import Desired, RefusedMessage, Stored, encode
from contract.topics import Up
from tests.firmware_c import RESULTS, Talk, as_hex, program
from tests.shared import ROOT

STREAM = "5a" * 16
AT_FIRST = Desired(config=3, consent=3, purposes=[Purpose.SUPPLY, Purpose.SAFETY])
WAITING = {("r", n) for n in range(1, 7)} | {("a", 1), ("a", 2)}
LANES = {"readings": "r", "alarms": "a", "results": "-"}
NOT_READ = {"bands"}  # this client passes it over, unlooked at: it has one wristband and no other point
EXAMPLES = [
    (path.stem, json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k not in NOT_READ}).encode())
    for path in sorted((ROOT / "contract" / "examples").glob("*.json"))
    if path.stem in {"stored", "desired"}
]


def hear(messages: list[tuple[str, bytes]]) -> list[list[str]]:
    """For each message heard by a client as it was at first: the result, what is in force, what waits."""
    lines = "".join(f"{name} {body.hex()}\n" for name, body in messages)
    done = subprocess.run([program("hear")], input=lines, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return [line.split() for line in done.stdout.splitlines()]


def in_force(answer: list[str]) -> Desired:
    config, consent, purposes, poll_s, prealarm_s = map(int, answer[1:6])
    granted = [purpose for bit, purpose in enumerate(Purpose) if purposes >> bit & 1]
    return Desired(config=config, consent=consent, purposes=granted, poll_s=poll_s, prealarm_s=prealarm_s)


def waiting(answer: list[str]) -> set[tuple[str, int]]:
    return {(word[0], int(word[1:])) for word in answer[6:]}


seqs = st.integers(1, 9) | st.integers(1, 2**53 - 1)
spans = st.lists(st.tuples(seqs, seqs).map(list), max_size=5)
answers = st.builds(
    Stored,
    stream=st.sampled_from([STREAM, STREAM, "00" * 16]),
    lane=st.sampled_from(list(LANES)),
    ranges=spans,
    refused=st.lists(st.builds(RefusedMessage, seq=seqs, reason=st.sampled_from(list(Refusal))), max_size=3),
    gaps=spans,
)
versions = st.integers(0, 6) | st.integers(0, 2**53 - 1)
wishes = st.builds(
    Desired, config=versions, consent=versions, purposes=st.lists(st.sampled_from(list(Purpose)), max_size=7),
    poll_s=st.integers(1, 86_400), prealarm_s=st.integers(5, 120),
)  # fmt: skip
unknown = st.dictionaries(
    st.text(max_size=5).map(lambda s: "x" + s),
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), lambda s: st.lists(s, max_size=3)),
    max_size=3,
).map(lambda d: {k: v for k, v in d.items() if "NaN" not in (t := json.dumps(v)) and "Infinity" not in t})


def shaped(message, more: dict, indent: int | None) -> bytes:
    """The same message, written by somebody else."""
    return json.dumps(json.loads(encode(message)) | more, indent=indent).encode()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(answers, unknown, st.none() | st.integers(0, 3)), min_size=1, max_size=20))
def test_exactly_what_is_named_is_let_go_of(cases):
    for (answer, _, _), heard in zip(cases, hear([("stored", shaped(*case)) for case in cases]), strict=True):
        assert RESULTS[int(heard[0])] == ("ok" if answer.stream == STREAM and answer.lane != "results" else "ignored")
        assert waiting(heard) == WAITING - named(answer)


def named(answer: Stored) -> set[tuple[str, int]]:
    if answer.stream != STREAM:
        return set()
    refused = {r.seq for r in answer.refused}
    return {
        (lane, n)
        for lane, n in WAITING
        if lane == LANES[answer.lane] and (n in refused or any(a <= n <= b for a, b in answer.ranges))
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(wishes, unknown, st.none() | st.integers(0, 3)), min_size=1, max_size=20))
def test_a_wish_takes_effect_as_at_the_agent_in_python(cases):
    from edge.wishes import merged

    for (wish, _, _), heard in zip(cases, hear([("desired", shaped(*case)) for case in cases]), strict=True):
        expected = merged(AT_FIRST, wish) or AT_FIRST
        now = in_force(heard)
        assert (now.config, now.consent, now.poll_s, now.prealarm_s) == (
            expected.config, expected.consent, expected.poll_s, expected.prealarm_s,
        )  # fmt: skip
        assert set(now.purposes) == set(expected.purposes)
        stays = {Purpose.SUPPLY: "r", Purpose.SAFETY: "a"}
        assert waiting(heard) == {(lane, n) for lane, n in WAITING if lane in map(stays.get, now.purposes)}


def understood(name: str, body: bytes) -> bool:
    try:
        decode(body, Stored if name == "stored" else Desired)
    except Refused:
        return False
    return True


def test_no_bytes_break_the_reader_and_what_it_takes_the_contract_takes_too():
    chances = random.Random(20261130)  # noqa: S311 - repeatable on purpose
    cases = [(name, _spoiled(body, chances)) for _ in range(10_000) for name, body in EXAMPLES]
    taken = 0

    for (name, body), heard in zip(cases, hear(cases), strict=True):
        if RESULTS[int(heard[0])] == "malformed":
            assert (in_force(heard), waiting(heard)) == (AT_FIRST, WAITING)
        else:
            taken += 1
            assert understood(name, body), body
    assert taken > 100


def _spoiled(body: bytes, chances: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled or put in."""
    made = bytearray(body)
    for _ in range(chances.randint(1, 4)):
        at, length = chances.randrange(len(made) + 1), chances.randint(1, 20)
        part = made[at : at + length]
        made[at : at + length] = chances.choice(
            [b"", part + part, bytes([chances.randrange(256)]), b'"', b"}", b"]", b"[", b"1", b"null", b"\\u00", b"0,"]
        )
        if not made:
            return b""
    return bytes(made)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["stored", "desired"]), st.binary(max_size=300)), max_size=50))
def test_arbitrary_bytes_change_nothing(cases):
    for heard in hear(cases):
        assert (RESULTS[int(heard[0])], in_force(heard), waiting(heard)) == ("malformed", AT_FIRST, WAITING)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[" * 60_000, b'{"a":' * 10_000, b'"', b'{"config":1}', b"null", b"{}" * 2, b'{"stream":"',
        b'{"config":1,"consent":1,"purposes":["gossip"]}', b'{"config":-1,"consent":1,"purposes":[]}',
        b'{"config":99999999999999999999999,"consent":1,"purposes":[]}', b'{"config":1,"consent":1,"purposes":[]}x',
        b'{"v":2,"config":9,"consent":9,"purposes":[]}', b'{"config":9,"consent":9,"purposes":[],"poll_s":0}',
        b'{"config":9,"consent":9,"purposes":[],"poll_s":1e3}', b'{"config":09,"consent":9,"purposes":[]}',
    ],
    ids=lambda body: body[:30].decode(),
)  # fmt: skip
def test_what_is_malformed_is_refused_as_such(body):
    for heard in hear([("desired", body), ("stored", body)]):
        assert (RESULTS[int(heard[0])], in_force(heard), waiting(heard)) == ("malformed", AT_FIRST, WAITING)


@pytest.mark.parametrize(("name", "body"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_a_golden_example_is_understood(name, body):
    ((result, *_),) = hear([(name, body)])

    assert RESULTS[int(result)] in {"ok", "ignored"}


def test_a_withdrawn_purpose_is_purged_declared_and_the_version_in_force_reported():
    with Talk() as talk:
        talk.allowed("supply", "safety", consent=4)
        talk.say("disconnect", "begin 0 " + as_hex("band-1"), "confirmed 1")
        talk.measure()
        talk.measure()
        talk.say("connect")
        talk.wish("safety", consent=5)
        assert talk.measure() == "no_consent"
        talk.say("work")

    report = talk.messages(Up.REPORTED)[-1]
    assert [(gap.lane, gap.range, gap.reason) for gap in report.gaps] == [("readings", [1, 2], "withdrawn")]
    assert (report.consent, report.purposes, report.spooled) == (5, [Purpose.SAFETY], 1)
    assert talk.messages(Up.READINGS) == []
    assert len(talk.messages(Up.ALARMS)) == 1


def test_an_older_consent_is_refused_and_the_last_one_outlives_a_reboot():
    with Talk() as talk:
        talk.allowed("supply", consent=6)
        assert talk.wish("supply", "safety", consent=5) == "ignored"
        talk.say("start 32 8")

        assert talk.measure() == "ok"
        assert talk.say("begin 0 " + as_hex("band-1"), "confirmed 1") == "no_consent"


def test_a_gap_is_declared_until_it_is_answered_also_after_a_reboot():
    with Talk() as talk:
        talk.allowed("supply")
        talk.say("disconnect")
        talk.measure()
        talk.wish(consent=2)
        talk.say("start 32 8", "will", "connect", "work")
        (gap,) = talk.messages(Up.REPORTED)[-1].gaps
        talk.say("clock 400000 -", "work")
        assert talk.messages(Up.REPORTED)[-1].gaps == [gap]

        talk.hear("stored", encode(Stored(stream=gap.stream, lane=gap.lane, gaps=[gap.range])))
        talk.say("work")

        assert talk.messages(Up.REPORTED)[-1].gaps == []


def test_refused_messages_are_deleted_counted_and_reported_within_some_minutes():
    with Talk() as talk:
        talk.allowed("supply")
        talk.measure()
        talk.say("work")
        (batch,) = talk.messages(Up.READINGS)
        refused = [RefusedMessage(seq=1, reason=Refusal.NO_CONSENT)]
        talk.hear("stored", encode(Stored(stream=batch.stream, lane="readings", refused=refused)))
        talk.said.clear()
        talk.say("work", "clock 301001 -", "work")

    (report,) = talk.messages(Up.REPORTED)
    assert (report.refused, report.spooled) == (1, 0)
