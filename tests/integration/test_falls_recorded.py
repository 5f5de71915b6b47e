"""Recorded people, replayed through the wristband's driver: their falls become alarms, their walks do not."""

from datetime import timedelta

import pytest

from contract.alarms import AlarmBy
from contract.topics import Up
from edge.sensors.wristband import Wristband
from edge.sensors.wristband_replay import Replay
from tests import falls_recordings as recordings
from tests.wearers import CONFIRMED, EVIDENCE, MOVEMENT, SAFETY, SUSPECTED, WornWorld


@pytest.fixture
def replayed(tmp_path):
    def play(recorded, still_s):
        path = recordings.write(tmp_path / "recording.jsonl", recordings.lines(recorded, still_s))
        made = WornWorld(lambda clock: [Wristband("wristband-1", Replay(path, "wristband-1", clock), clock, "W-1")])
        made.settle()
        made.allow(SAFETY, MOVEMENT)
        made.run(seconds=recorded.duration + still_s + 2)
        return made

    return play


@pytest.mark.parametrize("kind", ["F01", "F04", "F07"])
def test_a_recorded_fall_is_suspected_confirmed_and_shown_under_one_id(replayed, kind):
    recorded = recordings.trial(kind)
    world = replayed(recorded, still_s=40)

    suspected, confirmed, evidence = world.alarms()
    assert world.events() == [SUSPECTED, CONFIRMED, EVIDENCE]
    assert len({alarm.alarm_id for alarm in world.alarms()}) == 1
    assert confirmed.by is AlarmBy.DETECTOR
    assert suspected.up_ms - 1000 * recorded.impact <= 2_800
    assert confirmed.up_ms - suspected.up_ms == 30_000
    movement = evidence.movement
    impact_s = movement.impact / movement.fs_hz
    assert abs(impact_s - min(10, recorded.impact)) < 1.2
    assert world.cloud.of(Up.REPORTED)[-1].devices[-1].serial == "W-1"


def test_on_a_clock_that_has_run_far_ahead_the_same_story_is_told(tmp_path):
    recorded = recordings.trial("F01")
    path = recordings.write(tmp_path / "recording.jsonl", recordings.lines(recorded, still_s=120))
    world = WornWorld(lambda clock: [Wristband("wristband-1", Replay(path, "wristband-1", clock), clock)])
    world.settle()
    world.allow(SAFETY, MOVEMENT)
    world.clock.advance(timedelta(hours=1))
    world.settle()

    suspected, confirmed, _ = world.alarms()
    assert world.events() == [SUSPECTED, CONFIRMED, EVIDENCE]
    assert confirmed.up_ms - suspected.up_ms == 30_000


@pytest.mark.parametrize("number", range(4))
def test_a_recorded_walk_is_nobody_s_alarm(replayed, number):
    world = replayed(recordings.trial(recordings.A_WALK, number), still_s=5)

    assert world.alarms() == []
    assert world.band_reports()[0].reachable
