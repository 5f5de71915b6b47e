"""The cloud says nothing to an alarm: the wearer is told, and it leaves the home another way."""

import json
from concurrent.futures import Future

import pytest

from contract.alarms import AlarmBy, AlarmEvent, AlarmKind
from contract.fields import Order
from contract.messages import Command
from contract.topics import Down, Up
from edge.falls.steps import Pattern
from edge.second_way import FIRST_PAUSE_MS, GREETED_MS, LONGEST_PAUSE_MS, Outlet
from edge.ways.way import SoftWay
from tests import movements
from tests.edge_world import ME
from tests.wearers import SAFETY, SUPPLY, WornWorld


@pytest.fixture
def way():
    return SoftWay()


@pytest.fixture
def world(way):
    made = WornWorld(outlet=Outlet(way))
    made.settle()
    made.allow(SAFETY)
    return made


def call_for_help(world):
    world.hear(button="sos")


def store_all(world):
    world.cloud.answers = True
    for alarm in world.alarms():
        world.cloud.store((alarm.seq, alarm.seq), stream=alarm.stream, lane="alarms")
    world.settle()


def command(world, order):
    expires = int(world.clock.now().timestamp() * 1000) + 60_000
    world.cloud.say(Down.COMMANDS, Command(id="c" * 32, order=order, expires_ms=expires, device="wristband-1"))
    world.settle()


def test_an_alarm_that_the_cloud_stores_in_time_takes_no_other_way(world, way):
    call_for_help(world)
    world.run(seconds=60)

    assert way.tried == []
    assert Pattern.UNHEARD not in world.band.buzzes


def test_the_broker_s_word_is_nobody_s_word(world, way):
    world.cloud.answers = False
    call_for_help(world)
    world.run(seconds=1)
    assert world.cloud.of(Up.ALARMS)  # the broker has taken and handed it on
    assert world.agent._bus.in_flight() == 0
    world.run(seconds=18)
    assert (world.band.buzzes, way.tried) == ([], [])
    world.run(seconds=2)

    assert world.band.buzzes == [Pattern.UNHEARD]
    assert len(way.taken) == 1


def test_help_is_promised_by_a_person_s_answer_and_by_nothing_else(world):
    world.cloud.answers = False
    call_for_help(world)
    world.run(minutes=10)
    store_all(world)
    assert Pattern.HELP not in world.band.buzzes

    command(world, Order.HELP_IS_COMING)

    assert world.band.buzzes[-1] is Pattern.HELP


def test_what_is_known_goes_along_under_the_alarm_s_own_number(world, way):
    world.cloud.answers = False
    world.fall()
    world.live(movements.lying(31))
    world.run(seconds=21)

    (call,) = way.taken
    confirmed = next(alarm for alarm in world.alarms() if alarm.event is AlarmEvent.CONFIRMED)
    assert (call.agent, call.device, call.kind, call.by) == (ME, "wristband-1", "fall", "detector")
    assert (call.alarm_id, call.at_ms) == (confirmed.alarm_id, confirmed.at_ms)
    assert call.probability == world.alarms()[0].probability


def test_without_a_connection_it_leaves_all_the_same(world, way):
    world.broker.drop(ME, stay_away=True)
    call_for_help(world)
    world.run(seconds=21)

    assert len(way.taken) == 1


def test_a_suspicion_that_the_wearer_cancels_goes_no_way(world, way):
    world.cloud.answers = False
    world.fall()
    world.hear(button="down")
    world.hear(button="up")
    world.run(minutes=5)

    assert way.tried == []


def test_it_tries_again_with_longer_and_longer_pauses_until_it_is_taken_and_then_never(world, way):
    world.cloud.answers = False
    way.broken = True
    call_for_help(world)
    world.run(seconds=20 + (FIRST_PAUSE_MS * 7 + 500) / 1000)
    assert [attempt for _, attempt in way.tried] == [1, 2, 3, 4]
    world.run(hours=1)
    assert len(way.tried) < 4 + 3600_000 / LONGEST_PAUSE_MS + 6
    way.broken = False
    world.run(milliseconds=LONGEST_PAUSE_MS)
    assert len(way.taken) == 1

    world.run(hours=1)

    assert len(way.taken) == 1


def test_once_the_cloud_has_it_nothing_more_is_tried_and_the_wearer_is_not_left_in_alarm(world, way):
    world.cloud.answers = False
    way.broken = True
    call_for_help(world)
    world.run(seconds=21)
    tried = len(way.tried)
    store_all(world)
    world.run(hours=1)

    assert len(way.tried) == tried
    assert world.band.buzzes == [Pattern.UNHEARD, Pattern.OFF]


def test_a_promise_of_help_is_not_taken_back_by_the_late_word_that_it_is_stored(world):
    world.cloud.answers = False
    call_for_help(world)
    world.run(seconds=21)
    command(world, Order.HELP_IS_COMING)
    world.run(minutes=10)
    store_all(world)

    assert world.band.buzzes == [Pattern.UNHEARD, Pattern.HELP]


def test_an_earlier_promise_says_nothing_of_a_new_alarm(world):
    command(world, Order.HELP_IS_COMING)
    world.run(hours=1)
    world.cloud.answers = False
    call_for_help(world)
    world.run(seconds=21)

    assert world.band.buzzes == [Pattern.HELP, Pattern.UNHEARD]


def test_it_does_not_talk_over_a_pre_alarm_and_is_said_after_it(world):
    world.cloud.answers = False
    world.live(movements.standing(4))
    call_for_help(world)
    world.fall()
    world.live(movements.lying(20))
    assert world.band.buzzes == [Pattern.PREALARM]
    world.live(movements.lying(60))

    assert world.band.buzzes == [Pattern.PREALARM, Pattern.OFF, Pattern.UNHEARD]


def test_a_restart_forgets_neither_what_waits_nor_what_was_taken(world, way):
    world.cloud.answers = False
    way.broken = True
    call_for_help(world)
    world.run(seconds=21)
    way.broken = False
    world.start_agent()
    world.run(milliseconds=GREETED_MS + 100)
    assert len(way.taken) == 1

    world.start_agent()
    world.run(hours=1)

    assert len(way.taken) == 1


def test_an_agent_that_died_in_the_pre_alarm_has_spoken(world, way):
    world.cloud.answers = False
    world.fall()
    world.start_agent()
    world.run(seconds=45)
    assert way.tried == []
    world.run(seconds=10)

    (call,) = way.taken
    assert (call.kind, call.by) == ("fall", None)


def test_a_drill_goes_no_second_way(world, way):
    world.cloud.answers = False
    command(world, Order.DRILL)
    world.run(minutes=5)

    assert way.tried == []
    assert world.band.buzzes == [Pattern.DRILL]


def test_whoever_takes_back_the_consent_is_called_for_no_more(world, way):
    world.cloud.answers = False
    call_for_help(world)
    world.run(seconds=5)
    world.allow(SUPPLY, consent=2)
    world.run(minutes=5)

    assert way.tried == []


def test_a_way_that_hangs_holds_up_nothing(way):
    hanging = []

    def aside(work):
        hanging.append(work)
        return Future()

    world = WornWorld(outlet=Outlet(way, aside=aside))
    world.settle()
    world.allow(SAFETY)
    world.cloud.answers = False
    call_for_help(world)
    world.run(minutes=10)
    world.fall()

    assert len(hanging) == 1
    assert world.events()[-1] is AlarmEvent.SUSPECTED


def test_a_way_with_a_fault_of_its_own_ends_nothing(world, way):
    way.send = lambda *_: json.loads("no json")
    world.cloud.answers = False
    call_for_help(world)
    world.run(minutes=1)

    assert world.band.buzzes == [Pattern.UNHEARD]


def test_without_a_second_way_the_wearer_is_told_all_the_same():
    world = WornWorld()
    world.settle()
    world.allow(SAFETY)
    world.cloud.answers = False
    call_for_help(world)
    world.run(minutes=5)

    assert world.band.buzzes == [Pattern.UNHEARD]


def test_two_alarms_each_go_their_way(world, way):
    world.cloud.answers = False
    world.fall()
    world.live(movements.lying(31))
    world.run(seconds=6)
    call_for_help(world)
    world.run(seconds=30)

    assert [(call.kind, call.by) for call in way.taken] == [
        (AlarmKind.FALL, AlarmBy.DETECTOR),
        (AlarmKind.SOS, AlarmBy.WEARER),
    ]
