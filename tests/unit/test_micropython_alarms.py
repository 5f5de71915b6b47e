"""A board's alarms: suspected at once, then cancelled, confirmed or, where nobody says anything, confirmed in time."""

import pytest

from tests.micropython_board import BAND, allowed, board_world, bodies, names


@pytest.fixture
def world():
    return board_world()


def test_an_alarm_is_suspected_at_once_and_confirmed_when_nobody_cancels(world):
    allowed(world)
    alarm_id = world.client.alarms.suspect(BAND)
    assert world.client.alarms.suspect(BAND) == alarm_id
    world.step()
    assert world.client.idle_ms() <= 30_000
    world.wait(30_000)

    steps = [(step["event"], step.get("by"), step["alarm_id"]) for step in bodies(world, "alarms")]
    assert ("suspected", None, alarm_id) in steps
    assert steps[-1] == ("confirmed", "detector", alarm_id)
    assert not world.client.alarms.cancel(BAND)


def test_the_wearer_cancels_or_confirms_it(world):
    allowed(world)
    world.client.alarms.suspect(BAND)
    assert world.client.alarms.cancel(BAND)
    world.client.alarms.suspect(BAND)
    world.client.alarms.call_for_help(BAND)
    world.client.alarms.call_for_help(BAND)
    world.step()

    steps = [(step["kind"], step["event"], step.get("by")) for step in bodies(world, "alarms")]
    assert steps == [
        ("fall", "suspected", None),
        ("fall", "cancelled", "wearer"),
        ("fall", "suspected", None),
        ("fall", "confirmed", "wearer"),
        ("sos", "confirmed", "wearer"),
    ]


def test_an_alarm_that_the_flash_does_not_take_now_is_told_when_it_does(world, monkeypatch):
    allowed(world)

    def broken(*_):
        raise OSError(5)

    monkeypatch.setattr(world.flash, "writeblocks", broken)
    world.client.alarms.call_for_help(BAND)
    world.wish(2, "safety")
    assert names(world) == []
    assert world.client.errors == 1
    monkeypatch.undo()
    world.wait(1_000)

    assert names(world)[0] == "alarms"
    assert world.client.spool.wish["consent"] == 2
