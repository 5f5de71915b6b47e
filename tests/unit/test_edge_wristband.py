"""The wristband's lines: what is right is taken in its time, what is rubbish is counted and skipped."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from edge.falls.steps import Pattern
from edge.sensors.wearable import Frame, Heard
from edge.sensors.wristband import Wristband
from edge.sensors.wristband_address import WristbandAddress
from edge.sensors.wristband_lines import MAX_LINE_BYTES, Lines, parse
from edge.sensors.wristband_replay import Replay
from kit.clock import ManualClock

SECOND = [0, 0, 1000] * 50


def line(**said):
    return json.dumps(said).encode() + b"\n"


class Played:
    """A recording in a file, a clock, and the driver."""

    def __init__(self, path, *lines):
        self.path = path
        path.write_bytes(b"".join(lines))
        self.clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
        self.replay = Replay(path, "wristband-1", self.clock)
        self.band = Wristband("wristband-1", self.replay, self.clock, "W-7")
        self.band.start(lambda: None)

    def after(self, seconds):
        self.clock.advance(timedelta(seconds=seconds))
        return self.band.take()

    def add(self, *lines):
        with self.path.open("ab") as file:
            file.write(b"".join(lines))


@pytest.fixture
def played(tmp_path):
    return lambda *lines: Played(tmp_path / "recording.jsonl", *lines)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"hello",
        b'{"acc_mg":[1,2]}',
        b'{"acc_mg":[1,2,"3"]}',
        b'{"acc_mg":[1,2,1e99]}',
        b'{"acc_mg":[NaN,0,0]}',
        b'{"fs_hz":0}',
        b'{"fs_hz":1e6}',
        b'{"battery_fraction":80}',
        b'{"button":"left"}',
        b'{"worn":"yes"}',
        b"[" * 10_000,
        json.dumps({"acc_mg": [0] * 3000}).encode(),
    ],
)
def test_what_is_no_line_is_refused(rubbish):
    with pytest.raises(ValueError):
        parse(rubbish)


def test_every_key_may_be_missing_and_others_may_come():
    assert parse(b"{}").acc_mg is None
    assert parse(b'{"worn":true,"colour":"red"}').worn is True


def test_rubbish_between_lines_is_counted_and_skipped():
    lines = Lines("wristband-1")
    frames = lines.feed(b'{"worn":true}\n\n%$&\n{"wo') + lines.feed(b'rn":false}\nx\n')

    assert [frame.worn for frame in frames] == [True, False]
    assert lines.skipped == 2


def test_a_line_without_an_end_does_not_fill_the_memory():
    lines = Lines("wristband-1")
    for _ in range(10):
        lines.feed(b"x" * MAX_LINE_BYTES)

    assert [frame.worn for frame in lines.feed(b'\n{"worn":true}\n')] == [True]
    assert lines.skipped >= 5


def test_a_recording_is_played_at_the_pace_of_the_clock(played):
    run = played(line(fs_hz=50, acc_mg=SECOND), line(button="sos"), line(acc_mg=SECOND))

    assert run.after(0.9) == []
    first, press = run.after(0.2)
    assert (first.up_ms, first.frame.samples) == (1_000, 50)
    assert (press.up_ms, press.frame.button) == (1_000, "sos")
    assert run.after(0.8) == []
    assert [each.up_ms for each in run.after(5)] == [2_000]


def test_what_is_appended_to_a_recording_begins_when_it_comes(played):
    run = played(line(fs_hz=50, acc_mg=SECOND))
    run.after(100)
    run.add(line(acc_mg=SECOND)[:20])
    run.after(2)
    run.add(line(acc_mg=SECOND)[20:])
    run.after(1)
    began_ms = run.clock.up_ms()
    (heard,) = run.after(2)

    assert heard.up_ms - 1_000 <= began_ms <= heard.up_ms


def test_another_recording_in_the_same_place_is_played_too(played):
    run = played(line(worn=True))
    run.after(1)
    run.path.unlink()
    run.after(2)
    run.path.write_bytes(line(worn=False))
    run.after(2)

    assert run.band.report().worn is False


def test_the_report_says_what_the_wristband_last_said(played):
    run = played(line(worn=True, battery_fraction=0.83))
    run.after(1)

    report = run.band.report()
    assert (report.type, report.serial) == ("wristband", "W-7")
    assert (report.reachable, report.worn, report.battery_fraction) == (True, True, 0.85)


def test_a_battery_at_the_edge_of_a_step_is_not_told_to_and_fro(played):
    run = played(line(battery_fraction=0.52))
    run.after(1)
    told = set()
    for fraction in (0.53, 0.52, 0.526, 0.524, 0.49):
        run.add(line(battery_fraction=fraction))
        run.after(2)
        told.add(run.band.report().battery_fraction)

    assert told == {0.5}


def test_a_wristband_that_falls_silent_is_out_of_reach_and_nobody_knows_whether_it_is_worn(played):
    run = played(line(worn=True, battery_fraction=0.5))
    assert run.band.report().reachable is False
    run.after(1)
    assert run.band.report().reachable is True
    run.after(8)
    assert run.band.report().reachable is True
    run.after(1.1)

    report = run.band.report()
    assert (report.reachable, report.worn, report.battery_fraction) == (False, None, 0.5)


class Spoken:
    """A source with one frame to take."""

    def __init__(self, clock):
        self.clock = clock

    def start(self, arrived):
        pass

    def take(self):
        return [Heard(self.clock.up_ms(), Frame(worn=True))]

    def due_ms(self):
        return None


def test_after_silence_what_it_said_of_being_worn_does_not_hold_any_more(played):
    moving = line(fs_hz=50, acc_mg=SECOND)
    band = played(line(fs_hz=50, acc_mg=SECOND, worn=False))
    first = band.after(1)
    band.add(moving)
    second = band.after(2) + band.after(2)
    assert [each.begins for each in first + second] == [True, False]
    assert band.band.report().worn is False

    band.after(20)
    band.add(moving)
    third = band.after(2) + band.after(2)

    assert [each.begins for each in third] == [True]
    assert band.band.report().worn is None


def test_on_a_clock_that_runs_fast_silence_is_measured_by_the_network():
    fast, network = (ManualClock(datetime(2026, 3, 1, tzinfo=UTC)) for _ in range(2))
    band = Wristband("wristband-1", Spoken(fast), fast, network=network)
    band.take()

    fast.advance(timedelta(days=3))
    network.advance(timedelta(seconds=5))
    assert band.report().reachable is True
    assert band.due_ms() == fast.up_ms() + 5_000

    network.advance(timedelta(seconds=5))
    assert band.report().reachable is False


def test_a_recording_has_no_buzzer(played):
    assert not played().band.buzz(Pattern.HELP)


def test_a_recording_that_is_not_there_is_looked_for_again(tmp_path):
    run = Played(tmp_path / "later.jsonl")
    run.path.unlink()
    assert run.after(5) == []
    run.path.write_bytes(line(worn=True))

    assert [each.frame.worn for each in run.after(1)] == [True]


@pytest.mark.parametrize("text", ["tcp://band.local:7000", "tcp://[::1]:7000", "/dev/ttyACM0", "file:/a/b.jsonl"])
def test_an_address_is_what_it_says(text, tmp_path):
    assert WristbandAddress.parse(text).below(tmp_path) == text


def test_a_recording_lies_beside_the_configuration(tmp_path):
    assert WristbandAddress.parse("file:walk.jsonl").below(tmp_path) == f"file:{tmp_path}/walk.jsonl"


@pytest.mark.parametrize("text", ["", "file:", "band.local", "tcp://band", "tcp://:7000", "tcp://h:99999", "udp://h:7"])
def test_a_wrong_address_says_what_to_write(text):
    with pytest.raises(ValueError, match="write tcp://HOST:PORT"):
        WristbandAddress.parse(text)
