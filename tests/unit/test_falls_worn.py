"""Worn or not: off the wrist nothing is a fall, and where nobody knows, everything may be one."""

import pytest

from edge.sensors.wearable import Frame, Heard
from tests import movements
from tests.monitored import SUSPECTED, Wearer
from tests.wearers import SAFETY, SUPPLY, WornWorld


@pytest.fixture
def wearer():
    return Wearer()


@pytest.fixture
def world():
    made = WornWorld()
    made.settle()
    return made


def test_off_the_wrist_nothing_is_a_fall(wearer):
    wearer.wear(False)
    wearer.fall()
    wearer.lie(60)

    assert wearer.told == []


def test_a_wristband_put_on_just_after_it_was_dropped_did_not_fall_with_anybody(wearer):
    wearer.wear(False)
    wearer.stand(4)
    wearer.live(movements.falling())
    wearer.lie(1)
    wearer.wear(True)
    wearer.lie(60)

    assert wearer.told == []


def test_put_on_while_nobody_listened_it_is_watched_from_the_next_consent_on(wearer):
    wearer.wear(False)
    wearer.note(wearer.monitor.disarm())
    wearer.fall()

    assert wearer.events() == [SUSPECTED]


def test_where_nobody_knows_any_more_whether_it_is_worn_a_fall_is_a_fall_but_an_earlier_drop_is_none(wearer):
    wearer.wear(False)
    wearer.stand(4)
    wearer.live(movements.falling())
    wearer.lie(1)
    wearer.wear(None)
    wearer.lie(60)
    assert wearer.told == []

    wearer.fall()

    assert wearer.events() == [SUSPECTED]


def test_put_on_while_the_alarm_was_off_it_is_watched_when_it_is_on_again(world):
    world.allow(SAFETY)
    world.hear(worn=False)
    world.allow(SUPPLY, consent=2)
    world.hear(worn=True)
    world.allow(SAFETY, consent=3)
    world.fall()

    assert world.events() == [SUSPECTED]


def test_off_the_wrist_is_forgotten_when_a_wristband_is_heard_anew(world):
    world.allow(SAFETY)
    world.hear(worn=False)
    world.band.ready.append(Heard(world.clock.up_ms(), Frame(battery_fraction=0.5), begins=True))
    world.settle()
    world.fall()

    assert world.events() == [SUSPECTED]
