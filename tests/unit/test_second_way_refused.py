"""What an older cloud does not understand is still somebody's need: it leaves at once by the second way out."""

import pytest

from contract.fields import Refusal
from contract.messages import RefusedMessage, Stored
from contract.topics import Down
from edge.falls.steps import Pattern
from edge.second_way import Outlet
from edge.ways.way import SoftWay
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


@pytest.mark.parametrize(("reason", "leaves"), [(Refusal.MALFORMED, True), (Refusal.NO_CONSENT, False)])
def test_what_an_older_cloud_does_not_understand_leaves_at_once_what_it_may_not_have_never(world, way, reason, leaves):
    world.cloud.answers = False
    call_for_help(world)
    (alarm,) = world.alarms()
    world.cloud.say(
        Down.STORED,
        Stored(stream=alarm.stream, lane="alarms", refused=[RefusedMessage(seq=alarm.seq, reason=reason)]),
    )
    world.run(hours=1)

    assert len(way.taken) == leaves
    assert world.spool.count == 0


def refuse_all(world):
    for alarm in world.alarms():
        refused = [RefusedMessage(seq=alarm.seq, reason=Refusal.MALFORMED)]
        world.cloud.say(Down.STORED, Stored(stream=alarm.stream, lane="alarms", refused=refused))


def test_what_was_not_understood_is_called_for_no_more_once_the_consent_is_taken_back(world, way):
    way.broken = True
    world.cloud.answers = False
    call_for_help(world)
    refuse_all(world)
    world.run(seconds=30)
    world.allow(SUPPLY, consent=2)
    tried = len(way.tried)
    way.broken = False
    world.run(minutes=30)

    assert tried
    assert (len(way.tried), way.taken) == (tried, [])


def test_what_was_not_understood_leaves_the_wearer_in_peace_once_it_is_taken(world, way):
    way.broken = True
    world.cloud.answers = False
    call_for_help(world)
    refuse_all(world)
    world.run(seconds=30)
    assert world.band.buzzes[-1] is Pattern.UNHEARD
    way.broken = False
    world.run(minutes=10)

    assert len(way.taken) == 1
    assert world.band.buzzes[-1] is Pattern.OFF
