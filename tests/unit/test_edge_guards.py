"""The agent and a wearer: what leaves the home of an alarm, under which consent, whatever else goes on."""

import pytest

from contract import topics
from contract.alarms import AlarmBy, AlarmKind
from contract.fields import Loss, Order
from contract.messages import Command
from contract.topics import Down, Up
from edge.falls.steps import Pattern
from edge.sensors.wearable import Frame, Heard
from edge.spool import Spool
from edge.spool_room import SpoolFullError
from kit.ids import seeded
from tests import movements
from tests.edge_world import ME
from tests.wearers import CANCELLED, CONFIRMED, EVIDENCE, MOVEMENT, SAFETY, SUPPLY, SUSPECTED, WornWorld


@pytest.fixture
def world():
    made = WornWorld()
    made.settle()
    return made


def press(world, for_s):
    world.hear(button="down")
    world.run(seconds=for_s)
    world.hear(button="up")


def test_a_fall_is_suspected_then_confirmed_and_its_movement_follows_under_one_id(world):
    world.allow(SAFETY, MOVEMENT, consent=4)
    world.fall()
    assert world.events() == [SUSPECTED]
    world.live(movements.lying(31))

    first, second, third = world.alarms()
    assert world.events() == [SUSPECTED, CONFIRMED, EVIDENCE]
    assert len({alarm.alarm_id for alarm in world.alarms()}) == 1
    assert {alarm.consent for alarm in world.alarms()} == {4}
    assert (first.confirm_in_ms, second.by) == (30_000, AlarmBy.DETECTOR)
    assert second.at_ms - first.at_ms == 30_000
    assert third.movement.impact is not None
    assert world.band.buzzes == [Pattern.PREALARM, Pattern.OFF]
    assert world.spool.count == 0


def test_without_consent_nothing_of_a_fall_leaves_and_nothing_of_the_wristband(world):
    world.allow(SUPPLY)
    world.fall()
    world.live(movements.lying(31))
    world.hear(button="sos")

    assert world.alarms() == []
    assert world.band_reports() == []


def test_without_consent_for_movement_the_alarm_goes_without_it(world):
    world.allow(SAFETY)
    world.fall()
    world.live(movements.lying(31))

    assert world.events() == [SUSPECTED, CONFIRMED]


def test_a_press_cancels_and_the_wish_sets_how_long_it_can(world):
    world.allow(SAFETY, prealarm_s=10)
    world.fall()
    world.live(movements.lying(8))
    press(world, for_s=0.3)
    world.live(movements.lying(20))

    assert [(alarm.event, alarm.by) for alarm in world.alarms()] == [(SUSPECTED, None), (CANCELLED, AlarmBy.WEARER)]
    assert world.alarms()[0].confirm_in_ms == 10_000


def test_whoever_gets_up_and_walks_is_left_alone(world):
    world.allow(SAFETY)
    world.fall()
    world.live(movements.walking(12) + movements.standing(30))

    assert [(alarm.event, alarm.by) for alarm in world.alarms()] == [(SUSPECTED, None), (CANCELLED, AlarmBy.RECOVERY)]


def test_a_long_press_calls_for_help_at_once_also_off_the_wrist(world):
    world.allow(SAFETY)
    world.hear(worn=False)
    world.hear(button="down")
    world.run(seconds=2)

    (alarm,) = world.alarms()
    assert (alarm.kind, alarm.event, alarm.by) == (AlarmKind.SOS, CONFIRMED, AlarmBy.WEARER)


def test_it_stays_armed_while_offline_and_tells_everything_in_order_afterwards(world):
    world.allow(SAFETY, MOVEMENT)
    world.broker.drop(ME, stay_away=True)
    world.fall()
    world.live(movements.lying(40))
    assert world.alarms() == []
    world.broker.restore(ME)
    world.run(seconds=1)

    assert world.events() == [SUSPECTED, CONFIRMED, EVIDENCE]
    assert [alarm.seq for alarm in world.alarms()] == [1, 2, 3]


def test_after_a_restart_without_a_connection_it_is_armed_as_before(world):
    world.allow(SAFETY)
    world.broker.drop(ME, stay_away=True)
    world.start_agent()
    world.fall()
    world.broker.restore(ME)
    world.run(seconds=1)

    assert world.events() == [SUSPECTED]


def test_consent_taken_back_purges_what_waits_and_disarms(world):
    world.allow(SAFETY, MOVEMENT)
    world.cloud.answers = False
    world.broker.drop(ME, stay_away=True)
    world.fall()
    world.live(movements.lying(40))
    assert world.spool.count == 3
    world.broker.restore(ME)
    world.cloud.heard.clear()
    world.allow(SUPPLY, consent=2)
    world.fall()
    world.live(movements.lying(40))

    report = world.cloud.of(Up.REPORTED)[-1]
    assert [(gap.lane, gap.range, gap.reason) for gap in report.gaps] == [("alarms", [1, 3], Loss.WITHDRAWN)]
    assert len(world.alarms()) <= 3  # what was on its way when the wish came
    assert world.band_reports() == []


def test_consent_for_the_alarm_taken_back_takes_its_movement_with_it(world):
    world.allow(SAFETY, MOVEMENT)
    world.cloud.answers = False
    world.fall()
    world.live(movements.lying(40))
    world.allow(MOVEMENT, consent=2)

    assert world.spool.count == 0


def test_thousands_of_readings_in_the_spool_delay_no_alarm(world):
    world.allow(SAFETY, SUPPLY, poll_s=60)
    world.broker.drop(ME, stay_away=True)
    world.cloud.answers = False
    world.run(hours=50)
    assert world.spool.count == 3000
    world.broker.restore(ME)
    world.run(seconds=1)
    heard = len(world.cloud.of(Up.READINGS))
    world.hear(button="sos")

    assert len(world.alarms()) == 1
    assert len(world.cloud.of(Up.READINGS)) == heard < 100


def test_in_a_full_spool_readings_make_room_for_an_alarm():
    world = WornWorld(spool=Spool.in_memory(seeded(1), max_bytes=5_000))
    world.settle()
    world.allow(SAFETY, SUPPLY, poll_s=60)
    world.broker.drop(ME, stay_away=True)
    world.run(hours=2)
    for _ in range(20):
        world.hear(button="sos")
        world.hear(button="up")
    world.run(hours=2)
    world.broker.restore(ME)
    world.run(minutes=1)

    assert len(world.alarms()) == 20
    assert {gap.lane for gap in world.cloud.of(Up.REPORTED)[-1].gaps} == {"readings"}


def test_a_flood_of_answers_is_heard_in_small_portions(world):
    world.allow(SAFETY)
    for _ in range(500):
        world.cloud.bus.publish(topics.down(ME, Down.STORED), b"rubbish")
    world.broker.pump()
    world.band.ready.append(Heard(world.clock.up_ms(), Frame(button="sos")))
    world.agent.step()
    world.broker.pump()

    assert len(world.alarms()) == 1
    assert world.agent.next_due_s() == 0


def test_an_alarm_that_does_not_fit_now_is_tried_until_it_does(world):
    world.allow(SAFETY)
    real, tries = world.spool.put, []

    def full(*arguments):
        tries.append(world.clock.up_ms())
        if len(tries) < 4:
            raise SpoolFullError("the disk is full")
        return real(*arguments)

    world.spool.put = full
    world.hear(button="sos")
    world.run(seconds=10)

    assert len(world.alarms()) == 1
    assert world.alarms()[0].up_ms == tries[0]


def command(world, order, **more):
    expires_ms = int(world.clock.now().timestamp() * 1000) + 60_000
    return Command(id="b" * 32, order=order, expires_ms=expires_ms, **more)


def results(world):
    return [(result.done, result.detail) for result in world.cloud.of(Up.RESULTS)]


def test_a_drill_buzzes_and_is_confirmed_at_once_under_its_own_id_and_once(world):
    world.allow(SAFETY)
    for _ in range(2):
        world.cloud.say(Down.COMMANDS, command(world, Order.DRILL, device="wristband-1"))
        world.settle()

    (alarm,) = world.alarms()
    assert (alarm.alarm_id, alarm.drill, alarm.event) == ("b" * 32, "b" * 32, CONFIRMED)
    assert world.band.buzzes == [Pattern.DRILL]
    assert results(world) == [(True, "")]


def test_without_consent_there_is_no_drill(world):
    world.allow(SUPPLY)
    world.cloud.say(Down.COMMANDS, command(world, Order.DRILL, device="wristband-1"))
    world.settle()

    assert world.alarms() == []
    assert results(world) == [(False, "fall alarms are not allowed")]


def test_a_drill_of_a_wristband_that_is_not_here_is_answered_so(world):
    world.allow(SAFETY)
    world.cloud.say(Down.COMMANDS, command(world, Order.DRILL, device="wristband-9"))
    world.settle()

    assert results(world) == [(False, "no such wristband here")]


def test_the_wristband_says_that_help_is_coming(world):
    world.allow(SAFETY)
    world.cloud.say(Down.COMMANDS, command(world, Order.HELP_IS_COMING))
    world.settle()

    assert world.band.buzzes == [Pattern.HELP]
    assert results(world) == [(True, "")]


def test_the_report_tells_of_the_wristband_and_is_repeated_so_that_the_cloud_knows_it_lives(world):
    world.allow(SAFETY)
    said = len(world.cloud.of(Up.REPORTED))
    world.run(hours=1)

    (band,) = world.band_reports()
    assert (band.worn, band.battery_fraction, band.type) == (True, 0.8, "wristband")
    assert len(world.cloud.of(Up.REPORTED)) - said == 4


def test_offline_it_does_not_spin_for_its_heartbeat(world):
    world.allow(SAFETY)
    world.broker.drop(ME, stay_away=True)
    world.agent.step()
    world.run(hours=1)

    assert world.agent.next_due_s() > 1


def test_a_monitor_that_fails_stops_nothing(world):
    world.allow(SAFETY, SUPPLY)

    def fails():
        raise ZeroDivisionError

    world.band.take = fails
    world.run(hours=1)

    assert len(world.cloud.seqs()) >= 4
