"""What the C client says, judged by the contract's own types."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import limits
from contract.alarms import AlarmEvent, AlarmKind
from contract.decoding import decode
from contract.fields import Kind, Purpose, Quality, State, Supply
from contract.messages import AgentState, Readings, Reported, Stored, encode
from contract.topics import Up
from tests.firmware_c import AT_MS, Talk, as_hex

KINDS, QUALITIES, SUPPLIES = list(Kind), list(Quality), list(Supply)
MICRO = 1_000_000


@pytest.fixture
def talk():
    with Talk() as made:
        yield made


def test_before_the_first_wish_only_state_and_report_leave(talk):
    talk.start()

    assert talk.measure() == "no_consent"
    talk.say("begin 0 " + as_hex("band-1"))
    assert talk.say("suspected 30000") == "no_consent"
    talk.say("will", "connect", "work")

    assert {topic for topic, _, _ in talk.said} == {Up.STATE, Up.REPORTED}
    lost, ready = talk.messages(Up.STATE)
    assert (lost, ready) == (AgentState(state=State.LOST, session=1), AgentState(state=State.READY, session=1))
    assert all(retained for _, retained, _ in talk.said)


def test_a_measured_level_arrives_as_it_was_measured(talk):
    talk.allowed("supply", consent=5)
    talk.say(f"clock 90000 {AT_MS}")
    printer, basis, serial = as_hex("printer-1"), as_hex("ratio"), as_hex('Ü"1\\2')
    talk.say(f"reading {printer} {as_hex('1.3')} 0 0 370000 10000 {basis} {serial} 60000")
    talk.say(f"reading {printer} {as_hex('1.4')} 0 2 370000 0 {as_hex('some_remaining')} - 60000")
    assert talk.say("readings") == "ok"
    talk.say("work")

    (batch,) = talk.messages(Up.READINGS)
    assert (batch.seq, batch.boot, batch.purpose, batch.consent) == (1, 1, Purpose.SUPPLY, 5)
    assert (batch.anchor.boot, batch.anchor.up_ms, batch.anchor.at_ms) == (1, 90_000, AT_MS)
    good, some = batch.readings
    assert (good.device, good.slot, good.kind, good.value, good.resolution) == (
        "printer-1", "1.3", Kind.LEVEL_FRACTION, 0.37, 0.01,
    )  # fmt: skip
    assert (good.up_ms, good.at_ms, good.serial) == (60_000, AT_MS - 30_000, 'Ü"1\\2')
    assert (some.value, some.quality) == (None, Quality.SOME)


def test_before_the_time_is_known_it_is_null_and_later_messages_carry_the_anchor(talk):
    talk.allowed("supply")
    talk.measure()
    talk.say(f"clock 70000 {AT_MS}")
    talk.measure(up_ms=70_000)
    talk.say("work")

    early, late = talk.messages(Up.READINGS)
    assert (early.anchor, early.readings[0].at_ms) == (None, None)
    assert (late.anchor.boot, late.anchor.up_ms, late.anchor.at_ms) == (early.boot, 70_000, AT_MS)
    assert talk.messages(Up.REPORTED)[-1].anchor == late.anchor


@pytest.mark.parametrize("at_ms", [0, 1_700_000_000_000, limits.MAX_AT_MS, 2**63])
def test_a_clock_that_cannot_be_right_is_not_believed(talk, at_ms):
    talk.allowed("supply")
    talk.say(f"clock 70000 {at_ms}")
    talk.measure()
    talk.say("work")

    assert talk.messages(Up.READINGS)[0].anchor is None


def test_the_steps_of_an_alarm_carry_one_id_and_leave_before_readings_that_were_there_first(talk):
    talk.allowed("supply", "safety")
    talk.measure()
    talk.say("begin 0 " + as_hex("band-1"), "suspected 30000", "cancelled 0")
    talk.say("begin 1 " + as_hex("band-1"), "confirmed 0")
    talk.say("work")

    assert [topic for topic, _, _ in talk.said] == [Up.ALARMS] * 3 + [Up.READINGS]
    suspected, cancelled, called = talk.messages(Up.ALARMS)
    assert (suspected.event, suspected.confirm_in_ms, suspected.kind) == (AlarmEvent.SUSPECTED, 30_000, AlarmKind.FALL)
    assert (cancelled.event, cancelled.by) == (AlarmEvent.CANCELLED, "wearer")
    assert suspected.alarm_id == cancelled.alarm_id != called.alarm_id
    assert (called.event, called.kind, called.seq) == (AlarmEvent.CONFIRMED, AlarmKind.SOS, 3)


def test_it_reports_its_devices_and_what_is_in_force(talk):
    talk.allowed("supply", "safety", consent=7)
    talk.say(f"device {as_hex('fridge-1')} {as_hex('scale')} - {as_hex('SC-1')} {as_hex('Ex')} 0 0 255")
    talk.say(f"place {as_hex('milk')} 0 1 {as_hex('Milk')} {as_hex('white')}")
    talk.say(f"device {as_hex('band-1')} {as_hex('wristband')} - {as_hex('WB-1')} - 1 2 67")
    assert talk.say("devices") == "ok"
    talk.say("work")

    report = talk.messages(Up.REPORTED)[-1]
    fridge, band = report.devices
    assert (report.consent, report.purposes) == (7, [Purpose.SUPPLY, Purpose.SAFETY])
    assert (fridge.serial, fridge.reachable, fridge.worn, fridge.battery_fraction) == ("SC-1", True, None, None)
    assert (fridge.slots[0].slot, fridge.slots[0].kind, fridge.slots[0].colour) == ("milk", Kind.AMOUNT_G, "white")
    assert (band.reachable, band.worn, band.battery_fraction, band.slots) == (False, True, 0.65, [])


def test_a_home_with_a_wristband_repeats_its_report_and_another_does_not(talk):
    talk.allowed("safety")
    talk.say("clock 2000000 -", "work")
    assert talk.said == []
    talk.say(f"device {as_hex('band-1')} {as_hex('wristband')} - - - 0 2 255", "devices", "work")
    talk.said.clear()

    talk.say("clock 2899999 -", "work")
    assert talk.said == []
    talk.say("clock 2900000 -", "work")

    assert len(talk.messages(Up.REPORTED)) == 1


def test_what_does_not_fit_is_refused_before_it_has_a_number(talk):
    talk.allowed("supply")
    long = as_hex("x" * 200)
    for _ in range(20):
        talk.say(f"reading {as_hex('printer-1')} {as_hex('1.3')} 0 0 1 1 {as_hex('ratio')} {long} 0")

    assert talk.say("readings") == "too_large"
    assert talk.measure() == "ok"
    talk.say("work")
    assert [batch.seq for batch in talk.messages(Up.READINGS)] == [1]


def test_a_reboot_keeps_stream_numbers_and_what_waits(talk):
    talk.allowed("supply")
    talk.measure()
    talk.measure()
    talk.say("work")
    before = talk.messages(Up.READINGS)
    talk.say("start 32 8", "will", "connect")
    talk.measure()
    talk.said.clear()
    talk.say("work")

    again = talk.messages(Up.READINGS)
    assert again[:2] == before
    assert (again[2].seq, again[2].boot, again[2].stream) == (3, 2, before[0].stream)
    assert talk.messages(Up.STATE)[0].session == 2


def test_a_full_flash_drops_the_oldest_readings_says_which_and_never_an_alarm(talk):
    talk.start(slots=64, sectors=3)
    talk.say("will", "connect")
    talk.wish("supply", "safety")
    talk.say("disconnect", "begin 0 " + as_hex("band-1"), "confirmed 1")
    for number in range(60):
        assert talk.measure(value=number) == "ok"
    talk.say("connect")
    heard, report = _answer_until_quiet(talk)

    gone = [(gap.range, gap.reason) for gap in report.gaps]
    assert gone == [([1, 60 - len(heard)], "spool_full")]
    assert heard == list(range(gone[0][0][1] + 1, 61))
    assert [alarm.seq for alarm in talk.messages(Up.ALARMS)] == [1]


def _answer_until_quiet(talk: Talk):
    """The numbers of the readings that came, and the first report."""
    heard, answered = [], 0
    for _ in range(40):
        talk.say("work")
        for batch in talk.messages(Up.READINGS)[answered:]:
            heard.append(batch.seq)
            answered += 1
            talk.hear("stored", encode(Stored(stream=batch.stream, lane="readings", ranges=[[batch.seq] * 2])))
    return heard, talk.messages(Up.REPORTED)[0]


names = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
codes = st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z")
printable = st.characters(exclude_categories=["Cs"]).filter(lambda c: c >= " " and c != "\x7f")
texts = st.none() | st.text(printable, max_size=200)
numbers = st.integers(0, 2**64 - 1) | st.integers(0, 10**15) | st.integers(0, MICRO)
readings = st.tuples(
    names | st.text(max_size=5).filter(lambda s: "\0" not in s), names, st.integers(0, 4), st.integers(0, 6),
    numbers, numbers, codes, texts | st.binary(max_size=9).filter(lambda b: b"\0" not in b), st.integers(0, 200_000),
)  # fmt: skip


def line(reading) -> str:
    device, slot, kind, quality, value, resolution, basis, serial, up_ms = reading
    return (
        f"reading {as_hex(device)} {as_hex(slot)} {kind} {quality} {value} {resolution} {as_hex(basis)} "
        f"{as_hex(serial)} {up_ms}"
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(readings, min_size=1, max_size=3), min_size=1, max_size=5), st.none() | st.integers(0, 2**53))
def test_whatever_is_measured_is_refused_or_understood(batches, at_ms):
    with Talk() as talk:
        talk.allowed("supply")
        talk.say(f"clock 100000 {'-' if at_ms is None else at_ms}")
        taken = []
        for batch in batches:
            talk.say(*[line(reading) for reading in batch])
            if talk.say("readings") == "ok":
                taken.append(batch)
        talk.say("work")

    heard = [decode(body, Readings) for topic, _, body in talk.said if topic is Up.READINGS]
    assert [m.seq for m in heard] == list(range(1, len(taken) + 1))
    for message, batch in zip(heard, taken, strict=True):
        for told, (device, slot, kind, quality, value, _, basis, serial, up_ms) in zip(
            message.readings, batch, strict=True
        ):
            assert (told.device, told.slot, told.basis, told.serial) == (device, slot, basis, _text(serial))
            assert (told.kind, told.quality, told.up_ms) == (KINDS[kind], QUALITIES[quality], up_ms)
            assert told.value == (value / MICRO if quality < 2 else None)


def _text(serial: str | bytes | None) -> str | None:
    return serial.decode() if isinstance(serial, bytes) else serial


@settings(max_examples=40, deadline=None)
@given(names, codes, texts, texts, st.booleans(), st.integers(0, 2), st.integers(0, 255), st.lists(
    st.tuples(names, st.integers(0, 2), st.integers(0, 3), texts, st.none() | codes), max_size=3))  # fmt: skip
def test_whatever_there_is_the_report_is_understood(device, kind, uuid, model, gone, worn, battery, places):
    with Talk() as talk:
        talk.allowed("supply")
        talk.say(f"device {as_hex(device)} {as_hex(kind)} {as_hex(uuid)} - {as_hex(model)} {gone:d} {worn} {battery}")
        for slot, supply, unit, description, colour in places:
            talk.say(f"place {as_hex(slot)} {supply} {unit} {as_hex(description)} {as_hex(colour)}")
        assert talk.say("devices", "work") == "ok"

    (told,) = decode(talk.said[-1][2], Reported).devices
    assert (told.device, told.type, told.uuid, told.model, told.reachable) == (device, kind, uuid, model, not gone)
    assert [(s.slot, s.supply, s.kind, s.description, s.colour) for s in told.slots] == [
        (slot, SUPPLIES[supply], KINDS[unit], description, colour) for slot, supply, unit, description, colour in places
    ]
    assert json.loads(talk.said[-1][2])["devices"][0].get("worn") is (None, False, True)[worn]
