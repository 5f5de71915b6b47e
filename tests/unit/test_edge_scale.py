"""The weight scale: grams of content, or a reason why not."""

import math
from datetime import UTC, datetime

import pytest

from contract.fields import Quality
from edge.sensors.base import SensorError
from edge.sensors.scale import ReplaySource, Scale, ScaleSetup, judge
from kit.clock import ManualClock

MILK = ScaleSetup(slot="milk", description="Milk", tare_g=12.0, container_g=30.0, max_g=2000.0, noise_g=5.0)


def source(path, clock=None):
    return ReplaySource(path, (clock or ManualClock(datetime(2026, 3, 1, tzinfo=UTC))).now)


def test_tare_and_container_are_taken_off():
    assert judge(1042.0, MILK).value == 1000.0


def test_a_little_below_zero_is_empty():
    assert judge(39.0, MILK).value == 0.0


@pytest.mark.parametrize(("shown", "basis"), [(20.0, "below_zero"), (5000.0, "above_range"), (math.nan, "above_range")])
def test_what_cannot_be_is_implausible(shown, basis):
    level = judge(shown, MILK)

    assert (level.value, level.quality, level.basis) == (None, Quality.IMPLAUSIBLE, basis)


def test_a_scale_reports_its_one_slot(tmp_path):
    (tmp_path / "w.csv").write_text("grams\n542\n")

    poll = Scale("fridge-1", source(tmp_path / "w.csv"), MILK).poll()

    assert poll.report.type == "scale"
    assert [slot.slot for slot in poll.report.slots] == ["milk"]
    assert poll.levels[0].value == 500.0


def test_weights_without_moments_are_read_line_by_line(tmp_path):
    (tmp_path / "w.csv").write_text("grams\n3\n2\n1\n")
    replay = source(tmp_path / "w.csv")

    assert [replay.grams() for _ in range(4)] == [3.0, 2.0, 1.0, 1.0]


def test_weights_with_moments_follow_the_clock_and_the_writer(tmp_path):
    clock = ManualClock(datetime.fromtimestamp(150, UTC))
    file = tmp_path / "w.jsonl"
    file.write_text('{"at_ms": 100000, "grams": 5}\n{"at_ms": 200000, "grams": 4}\n')
    replay = source(file, clock)

    assert replay.grams() == 5.0
    clock.jump(datetime.fromtimestamp(250, UTC))
    assert replay.grams() == 4.0
    with file.open("a") as writer:
        writer.write('{"at_ms": 240000, "grams": 3}\n{"at_ms": 2450')
    assert replay.grams() == 3.0


@pytest.mark.parametrize(
    "text", ["", "grams\n", "weight\n5\n", "grams\nfive\n", '{"grams": null}\n', '{"at_ms": 1}\n', "{\n"]
)
def test_a_file_without_weights_is_a_sensor_error(tmp_path, text):
    (tmp_path / "w.csv").write_text(text)

    with pytest.raises(SensorError):
        source(tmp_path / "w.csv").grams()


def test_a_missing_file_is_a_sensor_error(tmp_path):
    with pytest.raises(SensorError, match="cannot be read"):
        source(tmp_path / "gone.csv").grams()
