"""The agent at home: consent at the source, time, wishes, commands, its birth and its end."""

from datetime import UTC, datetime

import pytest

from contract import topics
from contract.fields import Loss, Order, Purpose, State
from contract.messages import Anchor, Command
from contract.topics import Down, Up
from edge.agent import Agent, Devices, Timing
from edge.config import AgentConfig
from edge.spool import Spool
from kit.ids import seeded
from tests.edge_world import CONFIG, ME, START, World

SUPPLY = Purpose.SUPPLY


@pytest.fixture
def world():
    return World()


def states(world):
    return [(message.state, message.session) for message in world.cloud.of(Up.STATE)]


def test_before_the_first_wish_only_state_and_report_leave(world):
    world.run(hours=2)

    assert {name for name, _ in world.cloud.heard} == {Up.STATE, Up.REPORTED}
    assert world.cloud.of(Up.REPORTED)[-1].devices[0].uuid == "u-1"
    assert world.spool.count == 0


def test_with_consent_a_reading_leaves_at_once_and_then_at_every_interval(world):
    world.settle()
    world.cloud.wish(SUPPLY, consent=5, poll_s=600)
    world.run(hours=1)

    batches = world.cloud.of(Up.READINGS)
    assert world.cloud.seqs() == list(range(1, 8))
    assert {batch.consent for batch in batches} == {5}
    assert batches[0].readings[0].value == 0.8
    assert [batch.readings[0].at_ms for batch in batches[:2]] == [at_ms(START), at_ms(START) + 600_000]
    assert world.spool.count == 0


def test_a_purpose_that_is_not_granted_is_not_even_spooled(world):
    world.settle()
    world.cloud.wish(Purpose.LEARN)
    world.run(hours=3)

    assert world.spool.count == 0
    assert world.cloud.seqs() == []


def test_consent_withdrawn_while_offline_with_a_full_spool(world):
    world.settle()
    world.cloud.wish(SUPPLY, consent=1, poll_s=60)
    world.run(minutes=5)
    world.broker.drop(ME, stay_away=True)
    world.run(hours=10)
    kept = world.spool.count
    sent = len(world.cloud.seqs())
    world.cloud.wish(consent=2)
    world.broker.restore(ME)
    world.run(minutes=10)

    report = world.cloud.of(Up.REPORTED)[-1]
    last = world.cloud.of(Up.READINGS)[-1].seq
    assert kept >= 590
    assert world.spool.count == 0
    assert len(world.cloud.seqs()) - sent <= 40  # at most what was on its way when the wish came
    assert [(gap.reason, gap.range[1]) for gap in report.gaps] == [(Loss.WITHDRAWN, sent + kept)]
    assert report.gaps[0].range[0] <= last + 1
    assert (report.consent, report.purposes) == (2, [])


def test_an_older_wish_is_refused(world):
    world.settle()
    world.cloud.wish(consent=7, config=3)
    world.settle()
    world.cloud.wish(SUPPLY, consent=6, config=2)
    world.run(hours=1)

    assert world.cloud.seqs() == []
    assert world.cloud.of(Up.REPORTED)[-1].consent == 7


def test_the_last_wish_holds_after_a_restart(world):
    world.settle()
    world.cloud.wish(SUPPLY)
    world.settle()
    world.broker.retained.clear()
    world.start_agent()
    world.settle()

    assert len(world.cloud.seqs()) == 2


def test_another_identity_on_the_same_pi_begins_without_consent_and_sends_nothing_of_the_former(world):
    world.settle()
    world.cloud.wish(SUPPLY, consent=5)
    world.cloud.answers = False
    world.settle()
    assert world.spool.count == 1

    stranger = AgentConfig(agent="pi-2", broker=CONFIG.broker)
    timing = Timing(world.clock, lambda: True)
    world.agent = Agent(stranger, world.broker.connect("pi-2"), world.spool, Devices([world.printer]), timing)
    world.agent.start()
    world.cloud.heard.clear()
    world.run(hours=2)

    assert {name for name, _ in world.cloud.heard} == {Up.STATE, Up.REPORTED}
    report = world.cloud.of(Up.REPORTED)[-1]
    assert (report.consent, report.purposes, report.spooled) == (0, [], 0)
    assert [gap.reason for gap in report.gaps] == [Loss.WITHDRAWN]


def test_rows_before_the_clock_is_set_have_no_date_and_an_anchor_follows():
    world = World(synchronised=False)
    world.clock.jump(datetime(1970, 1, 1, tzinfo=UTC))
    world.settle()
    world.cloud.wish(SUPPLY, poll_s=600)
    world.run(minutes=25)
    world.clock.jump(START)
    world.synchronised = True
    world.run(minutes=10)

    before, after = world.cloud.of(Up.READINGS)[0], world.cloud.of(Up.READINGS)[-1]
    assert (before.anchor, before.readings[0].at_ms) == (None, None)
    assert after.anchor == Anchor(boot=1, up_ms=1_800_000, at_ms=at_ms(START) + 300_000)
    assert after.readings[0].at_ms == at_ms(START) + 300_000
    assert [row.readings[0].up_ms for row in world.cloud.of(Up.READINGS)] == [0, 600_000, 1_200_000, 1_800_000]
    assert world.cloud.of(Up.REPORTED)[-1].anchor is not None


def test_birth_goodbye_and_last_will_carry_the_session(world):
    world.settle()
    first = states(world)[-1][1]
    world.agent.stop()
    world.broker.pump()
    world.spool = Spool.in_memory(seeded(2))
    world.spool.next_session(at_least=first)
    world.start_agent()
    world.settle()
    world.broker.drop(ME, stay_away=True)
    world.broker.pump()

    assert states(world) == [
        (State.READY, first),
        (State.SLEEPING, first),
        (State.READY, first + 1),
        (State.LOST, first + 1),
    ]
    assert first >= int(START.timestamp())


def test_after_a_reconnection_it_is_born_again_and_reports_again(world):
    world.settle()
    world.broker.drop(ME)
    world.settle()

    assert [state for state, _ in states(world)] == [State.READY, State.LOST, State.READY]
    assert len(world.cloud.of(Up.REPORTED)) >= 2


def test_a_report_is_said_on_change_only(world):
    world.settle()
    world.cloud.wish(SUPPLY)
    world.settle()
    said = len(world.cloud.of(Up.REPORTED))
    world.run(hours=12)

    assert len(world.cloud.of(Up.REPORTED)) == said


def test_a_silent_device_is_reported_and_tried_again_sooner(world):
    world.settle()
    world.cloud.wish(SUPPLY, poll_s=3600)
    world.settle()
    world.printer.broken = True
    world.run(hours=1)
    broken = world.cloud.of(Up.REPORTED)[-1].devices[0]
    looks = world.printer.looks
    world.printer.broken = False
    world.run(minutes=2)

    assert not broken.reachable
    assert world.printer.looks == looks + 1
    assert world.cloud.of(Up.REPORTED)[-1].devices[0].reachable


def test_a_driver_that_fails_badly_stops_nothing(world):
    def fails():
        raise ZeroDivisionError

    world.printer.poll = fails  # type: ignore[method-assign]
    world.run(hours=1)

    assert world.cloud.of(Up.REPORTED)


def command(world, **more):
    expires_ms = at_ms(world.clock.now()) + 60_000
    return Command(**{"id": seeded(5)(), "order": Order.IDENTIFY, "expires_ms": expires_ms, **more})


def results(world):
    return [(result.done, result.detail) for result in world.cloud.of(Up.RESULTS)]


def test_identify_is_done_once_and_answered_once(world):
    world.printer.shows_itself = True
    world.settle()
    world.cloud.wish()
    world.settle()
    for _ in range(3):
        world.cloud.say(Down.COMMANDS, command(world))
        world.settle()

    assert results(world) == [(True, "")]
    assert world.spool.count == 0


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"expires_ms": 5}, "expired"),
        ({"order": Order.DRILL}, "no such wristband here"),
        ({"device": "printer-9"}, "no device here can show itself"),
    ],
)
def test_what_cannot_be_done_is_answered_as_not_done(world, asked, detail):
    world.printer.shows_itself = True
    world.settle()
    world.cloud.wish()
    world.settle()
    world.cloud.say(Down.COMMANDS, command(world, **asked))
    world.settle()

    assert results(world) == [(False, detail)]


def test_before_the_first_wish_no_command_is_answered(world):
    world.settle()
    world.cloud.say(Down.COMMANDS, command(world))
    world.run(hours=1)

    assert results(world) == []


@pytest.mark.parametrize("body", [b"", b"\xff", b"{}", b'{"v":9}', b"[" * 5000])
@pytest.mark.parametrize("name", list(Down))
def test_rubbish_from_the_broker_changes_nothing(world, name, body):
    world.settle()
    world.cloud.bus.publish(topics.down(ME, name), body)
    world.cloud.wish(SUPPLY)
    world.settle()

    assert world.cloud.seqs() == [1]


def at_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
