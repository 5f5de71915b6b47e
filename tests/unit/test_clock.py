"""Time comes in as an argument, and each clock keeps its word."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from kit.clock import ManualClock, ScaledClock, SystemClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_manual_clock_stands_still_until_it_is_told_to_move():
    clock = ManualClock(NOON)

    clock.advance(timedelta(seconds=90))

    assert clock.now() == NOON + timedelta(seconds=90)
    assert clock.up_ms() == 90_000


def test_a_step_of_the_wall_clock_leaves_the_monotonic_one_alone():
    clock = ManualClock(NOON)
    clock.advance(timedelta(seconds=5))

    clock.jump(NOON - timedelta(days=3))

    assert clock.now() == NOON - timedelta(days=3)
    assert clock.up_ms() == 5_000


def test_waiting_on_a_manual_clock_passes_the_time_at_once():
    clock = ManualClock(NOON)

    assert not clock.wait(threading.Event(), 3600)

    assert clock.now() == NOON + timedelta(hours=1)


def test_waiting_for_what_has_happened_takes_no_time():
    clock, happened = ManualClock(NOON), threading.Event()
    happened.set()

    assert clock.wait(happened, 3600)

    assert clock.now() == NOON


def test_a_manual_clock_answers_in_utc():
    clock = ManualClock(NOON.astimezone(timezone(timedelta(hours=8))))

    assert clock.now().tzinfo is UTC


def test_the_system_clock_is_aware_and_its_monotonic_part_never_steps_back():
    clock = SystemClock()
    seen = [clock.up_ms() for _ in range(100)]

    assert clock.now().tzinfo is UTC
    assert seen == sorted(seen)
    assert seen[0] > 0


def test_processes_that_share_the_file_share_the_time(tmp_path):
    first = ScaledClock.start(tmp_path / "clock", NOON, rate=3600.0)
    second = ScaledClock(tmp_path / "clock")

    assert abs(second.now() - first.now()) < timedelta(minutes=30)  # half a second of real time
    assert first.now() >= NOON


def test_a_new_rate_is_heard_by_all_and_the_time_does_not_jump(tmp_path):
    first = ScaledClock.start(tmp_path / "clock", NOON, rate=0.0)
    second = ScaledClock(tmp_path / "clock")
    assert second.now() == NOON

    first.change_rate(1e6)

    assert threading.Event().wait(0.05) is False
    assert second.now() >= NOON + timedelta(seconds=50_000)


def test_waiting_on_a_fast_clock_is_short(tmp_path):
    clock = ScaledClock.start(tmp_path / "clock", NOON, rate=86_400.0)
    before = SystemClock().up_ms()

    clock.wait(threading.Event(), 3600)

    assert SystemClock().up_ms() - before < 5_000


@pytest.mark.parametrize("rate", [1.0, 1000.0])
def test_a_scaled_clock_never_steps_back(tmp_path, rate: float):
    clock = ScaledClock.start(tmp_path / "clock", NOON, rate)
    seen = [clock.up_ms() for _ in range(200)]

    assert seen == sorted(seen)


def test_a_machine_on_a_scaled_clock_was_switched_on_before_now(tmp_path):
    clock = ScaledClock.start(tmp_path / "clock", NOON, rate=20_000.0)
    at_ms = clock.now().timestamp() * 1000

    assert 0 < clock.up_ms() < at_ms
