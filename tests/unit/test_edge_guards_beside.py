"""The agent and a wearer, beside the fall: what is wanted of the wristband, and what it says of itself."""

import pytest

from contract.alarms import AlarmKind
from contract.fields import Point
from contract.messages import BandWish, Desired
from contract.topics import Down
from tests import movements
from tests.wearers import CONFIRMED, SAFETY, SUSPECTED, UPDATE, WornWorld


@pytest.fixture
def world():
    made = WornWorld()
    made.settle()
    return made


def wish(world, consent=1, **band):
    wanted = Desired(
        config=9, consent=consent, purposes=[SAFETY], bands=[BandWish(device="wristband-1", **band)]
    )  # fmt: skip
    world.cloud.say(Down.DESIRED, wanted, retain=True)
    world.settle()


def test_the_point_that_is_wanted_is_obeyed_and_reported(world):
    world.allow(SAFETY)
    assert world.band_reports()[-1].point == "balanced"
    wish(world, point="quiet")

    assert world.band_reports()[-1].point == "quiet"
    assert world.agent._guards._guards["wristband-1"]._monitor.point is Point.QUIET


def test_a_point_that_only_a_newer_cloud_knows_loses_nothing_of_its_wish(world):
    wish(world, point="whispering")

    assert world.band_reports()[-1].point == "balanced"
    world.fall()
    assert world.events() == [SUSPECTED]


def test_the_wish_of_another_wristband_is_nothing_to_this_one(world):
    wanted = Desired(config=9, consent=1, purposes=[SAFETY], bands=[BandWish(device="another", point="quiet")])
    world.cloud.say(Down.DESIRED, wanted, retain=True)
    world.settle()

    assert world.band_reports()[-1].point == "balanced"


def test_low_battery_and_off_the_wrist_are_told_in_the_report_and_raise_nothing(world):
    world.allow(SAFETY)
    world.hear(battery_fraction=0.1, worn=False)
    world.run(minutes=6)
    assert world.band_reports()[-1].notices == ["low_battery", "off_wrist"]
    world.hear(battery_fraction=0.22, worn=True)
    assert world.band_reports()[-1].notices == ["low_battery"]
    world.hear(battery_fraction=0.9)

    assert world.band_reports()[-1].notices == []
    assert world.alarms() == []


def test_want_of_movement_for_the_hours_that_are_set_becomes_an_alarm(world):
    wish(world, inactivity_h=2)
    world.hear(worn=True)
    world.live(movements.standing(4))
    for _ in range(2 * 60 + 4):
        world.run(minutes=1)
        world.hear(fs_hz=movements.FS, acc_mg=movements.in_turn(movements.lying(0.2)))

    assert [(alarm.kind, alarm.event) for alarm in world.alarms()] == [
        (AlarmKind.INACTIVITY, SUSPECTED), (AlarmKind.INACTIVITY, CONFIRMED),
    ]  # fmt: skip


def test_who_gets_up_after_the_confirmation_is_told_under_the_same_id(world):
    world.allow(SAFETY)
    world.fall()
    world.live(movements.lying(31) + movements.walking(15))

    *_, update = world.alarms()
    assert (update.event, update.update, update.alarm_id) == (UPDATE, "got_up", world.alarms()[0].alarm_id)
    assert 40_000 < update.after_ms < 60_000
