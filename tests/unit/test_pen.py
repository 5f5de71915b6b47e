import threading
import time

import pytest

from cloud.pen import COURTESY_S, Pen

PATIENCE_S = 5.0


@pytest.fixture
def pen():
    return Pen(PATIENCE_S, is_single=True)


def waiting(pen, order, name, *, is_urgent):
    """A thread that stands in line by the time this returns."""

    def write():
        with pen.held(is_urgent=is_urgent):
            order.append(name)

    thread = threading.Thread(target=write)
    before = len(pen._waiting)
    thread.start()
    end = time.monotonic() + PATIENCE_S
    while len(pen._waiting) == before and time.monotonic() < end:
        time.sleep(0.001)
    return thread


def test_an_alarm_is_written_before_all_who_came_earlier(pen):
    order = []
    with pen.held(is_urgent=False):
        threads = [waiting(pen, order, name, is_urgent=False) for name in ("first", "second")]
        threads.append(waiting(pen, order, "alarm", is_urgent=True))
    for thread in threads:
        thread.join(PATIENCE_S)

    assert order == ["alarm", "first", "second"]


def test_for_a_moment_after_an_alarm_nobody_else_begins(pen):
    order = []
    with pen.held(is_urgent=True):
        thread = waiting(pen, order, "readings", is_urgent=False)
    began = time.monotonic()
    thread.join(PATIENCE_S)

    assert time.monotonic() - began >= COURTESY_S / 2
    assert order == ["readings"]


def test_whoever_wrote_the_alarm_does_not_wait_for_itself(pen):
    began = time.monotonic()
    for _ in range(50):
        with pen.held(is_urgent=True):
            pass
        with pen.held(is_urgent=False):
            pass

    assert time.monotonic() - began < 50 * COURTESY_S / 2


def test_alarm_upon_alarm_does_not_keep_the_others_out_for_ever(pen):
    order = []
    with pen.held(is_urgent=True):
        thread = waiting(pen, order, "readings", is_urgent=False)
    end = time.monotonic() + PATIENCE_S
    while not order and time.monotonic() < end:
        with pen.held(is_urgent=True):
            pass
        time.sleep(COURTESY_S / 4)
    thread.join(PATIENCE_S)

    assert order == ["readings"]


def test_whoever_has_waited_too_long_goes_on_without_it():
    pen, order = Pen(0.05, is_single=True), []
    with pen.held(is_urgent=False):
        waiting(pen, order, "stuck", is_urgent=False).join(PATIENCE_S)

        assert order == ["stuck"]


def test_on_a_server_the_ordinary_ones_write_side_by_side():
    pen, order = Pen(PATIENCE_S, is_single=False), []
    with pen.held(is_urgent=False):
        waiting(pen, order, "another", is_urgent=False).join(PATIENCE_S)

        assert order == ["another"]
