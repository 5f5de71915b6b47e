"""The link: what is not answered goes again, what nobody ever answers is set aside, alarms have places of their own."""

import pytest

from contract.fields import Loss, Purpose, Refusal
from contract.messages import RefusedMessage
from contract.topics import Up
from edge.link import Window
from edge.spool import ALARMS, READINGS
from kit.memory_bus import MemoryBus
from tests.edge_world import ME, World

SUPPLY = Purpose.SUPPLY


@pytest.fixture
def world():
    """Born, with consent, nothing waiting, and a cloud that answers only when told to."""
    made = World(window=Window(places=10, for_alarms=3, quarantine_after=4))
    made.settle()
    made.cloud.wish(SUPPLY, poll_s=86_400)
    made.settle()
    made.cloud.answers = False
    made.cloud.heard.clear()
    return made


def spool(world, count, lane=READINGS):
    def build(seq):
        if lane == ALARMS:
            body = '{"v":1,"stream":"%s","lane":"alarms","seq":%d,"boot":1,"consent":1,"alarm_id":"%s","kind":"sos",'
            body += '"event":"confirmed","by":"wearer","device":"w","up_ms":1}'
            return (body % (world.spool.stream, seq, "a" * 32)).encode()
        body = '{"v":1,"stream":"%s","lane":"%s","seq":%d,"boot":1,"purpose":"supply","consent":1,"readings":[%s]}'
        row = '{"device":"p","slot":"1","up_ms":1,"kind":"count","value":1,"quality":"good","basis":"x"}'
        return (body % (world.spool.stream, lane, seq, row)).encode()

    return [world.spool.put(lane, SUPPLY, build) for _ in range(count)]


def gaps(world):
    return [(gap.range, gap.reason) for gap in world.cloud.of(Up.REPORTED)[-1].gaps]


def test_a_lost_answer_leads_to_a_repeat_with_the_same_bytes(world):
    (seq,) = spool(world, 1)
    world.run(seconds=100)

    heard = world.cloud.of(Up.READINGS)
    assert [message.seq for message in heard] == [seq, seq, seq]  # at 0, 30 and 90 seconds
    assert heard[0] == heard[1]
    world.cloud.store((seq, seq), stream=world.spool.stream)
    world.run(hours=2)
    assert len(world.cloud.seqs()) == 3
    assert world.spool.count == 0


def test_after_a_reconnection_it_is_sent_again_at_once(world):
    (seq,) = spool(world, 1)
    world.settle()
    world.broker.drop(ME)
    world.settle()

    assert world.cloud.seqs() == [seq, seq]


def test_a_broker_that_forgot_everything_costs_delay_and_no_data(world):
    spool(world, 30)
    world.settle()
    world.broker.down(forget=True)
    world.run(minutes=5)
    world.broker.up()
    world.cloud.answers = True
    world.run(minutes=5)

    assert set(world.cloud.seqs()) == set(range(2, 32))
    assert world.spool.count == 0


def test_a_cloud_that_comes_back_after_hours_is_soon_sent_what_it_missed(world):
    spool(world, 20)
    world.run(hours=3)
    world.cloud.heard.clear()

    world.cloud.answers = True
    world.cloud.wish(SUPPLY, poll_s=86_400)  # so does a cloud that starts
    world.run(seconds=5)

    assert set(world.cloud.seqs()) == set(range(2, 22))
    assert world.spool.count == 0


def test_readings_leave_places_for_alarms(world):
    spool(world, 20)
    world.settle()
    assert len(world.cloud.seqs()) == 7

    spool(world, 5, ALARMS)
    world.settle()
    assert len(world.cloud.of(Up.ALARMS)) == 3


def test_an_alarm_that_nobody_answers_is_sent_again_every_minute(world):
    spool(world, 1, ALARMS)
    world.run(minutes=10)

    assert 10 <= len(world.cloud.of(Up.ALARMS)) <= 14


@pytest.mark.parametrize(("lane", "hurries"), [(ALARMS, True), (READINGS, False)])
def test_without_a_connection_only_an_alarm_hurries(world, monkeypatch, lane, hurries):
    asked = []
    monkeypatch.setattr(MemoryBus, "hurry", lambda _bus: asked.append(world.clock.up_ms()))
    world.broker.down()
    spool(world, 1, lane)

    world.run(seconds=10)

    assert (len(asked) >= 8) is hurries
    assert bool(asked) is hurries


def test_alarms_go_first(world):
    spool(world, 20)
    spool(world, 2, ALARMS)
    world.settle()

    assert [name for name, _ in world.cloud.heard][:3] == [Up.ALARMS, Up.ALARMS, Up.READINGS]


def test_answers_make_room_for_more(world):
    spool(world, 20)
    world.settle()
    world.cloud.store((2, 3), (5, 5), stream=world.spool.stream)
    world.settle()

    assert world.cloud.seqs() == list(range(2, 12))
    assert world.spool.count == 17


def test_an_answer_for_another_stream_frees_nothing(world):
    spool(world, 1)
    world.settle()
    world.cloud.store((1, 9), stream="e" * 32)
    world.settle()

    assert world.spool.count == 1


def test_a_refused_message_is_let_go_of(world):
    (seq,) = spool(world, 1)
    world.settle()
    world.cloud.store(stream=world.spool.stream, refused=[RefusedMessage(seq=seq, reason=Refusal.NO_CONSENT)])
    world.run(hours=1)

    assert world.spool.count == 0
    assert world.cloud.seqs() == [seq]


def test_how_many_were_refused_is_reported_soon_and_not_with_each_one(world):
    for seq in spool(world, 3):
        world.settle()
        world.cloud.store(stream=world.spool.stream, refused=[RefusedMessage(seq=seq, reason=Refusal.REVOKED)])
        world.settle()
    assert world.cloud.of(Up.REPORTED) == []

    world.run(minutes=6)

    assert [report.refused for report in world.cloud.of(Up.REPORTED)] == [3]
    world.run(hours=1)
    assert len(world.cloud.of(Up.REPORTED)) == 1


def test_what_is_never_answered_while_others_are_is_quarantined_and_declared(world):
    (poison,) = spool(world, 1)
    for _ in range(12):
        (fine,) = spool(world, 1)
        world.run(minutes=1)
        world.cloud.store((fine, fine), stream=world.spool.stream)
        world.run(minutes=10)

    assert world.spool.count == 0
    assert gaps(world) == [([poison, poison], Loss.QUARANTINED)]
    world.cloud.store(stream=world.spool.stream, gaps=[[poison, poison]])
    world.run(minutes=1)
    assert gaps(world) == []


def test_an_alarm_is_never_quarantined(world):
    spool(world, 1, ALARMS)
    for _ in range(12):
        (fine,) = spool(world, 1)
        world.run(minutes=1)
        world.cloud.store((fine, fine), stream=world.spool.stream)
        world.run(minutes=10)

    assert world.spool.count == 1


def test_a_long_outage_of_the_cloud_quarantines_nothing(world):
    spool(world, 30)
    world.run(days=3)
    world.cloud.answers = True
    world.run(minutes=10)

    assert set(world.cloud.seqs()) >= set(range(2, 32))
    assert world.spool.count == 0
    assert world.spool.gaps(9) == []


def test_a_connection_that_keeps_breaking_quarantines_nothing(world):
    (seq,) = spool(world, 1)
    for _ in range(20):
        (fine,) = spool(world, 1)
        world.settle()
        world.cloud.store((fine, fine), stream=world.spool.stream)
        world.settle()
        world.broker.drop(ME)
        world.run(seconds=5)

    assert [message.seq for message in world.spool.pending(READINGS, 0, 9)] == [seq]


def test_gaps_are_repeated_until_they_are_answered(world):
    (seq,) = spool(world, 1)
    world.spool.drop(READINGS, [seq], Loss.SPOOL_FULL)
    world.run(minutes=11)

    said = [message for message in world.cloud.of(Up.REPORTED) if message.gaps]
    assert len(said) == 3
    world.cloud.store(stream=world.spool.stream, gaps=[[seq, seq]])
    world.run(hours=1)
    assert len([message for message in world.cloud.of(Up.REPORTED) if message.gaps]) == 3
