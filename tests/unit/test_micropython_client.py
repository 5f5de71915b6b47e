"""The board's client: consent, alarms first, answers, silence; and nothing that it hears can break it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.fields import Purpose
from forehand import wishes
from forehand.client import Client
from forehand.link import FOR_ALARMS, PLACES, QUARANTINE_AFTER
from tests.micropython_board import BAND, allowed, board_world, bodies, names
from tests.support.micropython_life import AGENT, NOON_MS, Board, Cloud, Flash, World


@pytest.fixture
def world():
    return board_world()


def test_before_the_first_wish_only_state_and_report_leave(world):
    assert world.measure(5) == 0
    assert world.client.alarms.suspect(BAND) is None
    assert world.client.alarms.call_for_help(BAND) is None
    world.wait(1_000_000)

    assert set(names(world)) == {"state", "reported"}
    assert world.client.spool.count() == 0


def test_what_is_retained_is_state_and_report(world):
    allowed(world)
    world.measure(5)
    world.client.sleeping()
    world.start()

    assert {line.split(" ")[0].split("/")[-1] for line in world.said if line.split(" ")[1] == "1"} == {
        "state",
        "reported",
    }


def test_a_withdrawn_purpose_is_purged_declared_and_reported_until_the_cloud_knows(world):
    allowed(world)
    world.measure(5)
    world.client.alarms.call_for_help(BAND)
    world.wish(2, "safety")

    report = bodies(world, "reported")[-1]
    assert (report["consent"], report["purposes"]) == (2, ["safety"])
    assert [(gap["lane"], gap["range"], gap["reason"]) for gap in report["gaps"]] == [("readings", [1, 1], "withdrawn")]
    assert world.measure(5) == 0
    assert world.client.spool.numbers(0) == [1]
    world.said.clear()
    world.wait(300_000)
    assert bodies(world, "reported")[-1]["gaps"] == report["gaps"]
    world.hear("stored", world.cloud.stored([], gaps=[[1, 1]]))
    assert bodies(world, "reported")[-1]["gaps"] == []


def test_an_older_wish_is_refused_also_after_a_start_and_a_withdrawal_counts_beside_an_old_configuration(world):
    allowed(world)
    world.hear("desired", json.dumps({"config": 9, "consent": 1, "purposes": ["supply"], "poll_s": 60}).encode())
    world.wish(0, "supply", "safety", "learn")
    world.start()
    world.wish(1, "supply", "safety")

    assert world.client.spool.wish == {
        "config": 9, "consent": 1, "purposes": ["supply"], "poll_s": 60, "prealarm_s": 30,
    }  # fmt: skip


@given(st.data())
def test_wishes_are_merged_as_the_agent_on_a_pi_merges_them(data):
    from contract.messages import Desired
    from edge.wishes import merged

    purposes = st.lists(st.sampled_from([purpose.value for purpose in Purpose]), unique=True, max_size=2)
    wish = st.fixed_dictionaries(
        {
            "config": st.integers(0, 2), "consent": st.integers(0, 2), "purposes": purposes,
            "poll_s": st.integers(1, 2), "prealarm_s": st.integers(5, 6),
        }
    )  # fmt: skip
    ours = [{**each, "purposes": sorted(each["purposes"])} for each in (data.draw(wish), data.draw(wish))]
    theirs = [Desired(**{**each, "purposes": [Purpose(name) for name in each["purposes"]]}) for each in ours]

    mine, pis = wishes.merged(*ours), merged(*theirs)

    assert (mine is None) == (pis is None)
    if mine is not None:
        assert Desired(**mine) == pis


def test_a_message_is_sent_again_with_the_same_bytes_until_stored_names_it(world):
    allowed(world)
    world.measure(5)
    world.wait(29_000)
    assert names(world) == ["readings"]
    for passed_ms in (1_000, 60_000, 120_000):
        world.wait(passed_ms)
    assert names(world) == ["readings"] * 4
    assert len(set(world.said)) == 1

    world.hear("stored", world.cloud.stored([[1, 1]]))
    world.wait(1_000_000)
    assert names(world).count("readings") == 4


def test_what_is_refused_is_let_go_and_counted_not_at_once(world):
    allowed(world)
    world.measure(5)
    world.hear("stored", world.cloud.stored([], refused=[1, 7]))

    assert world.client.spool.count() == 0
    world.wait(1_000)
    assert "reported" not in names(world)
    world.wait(300_000)
    assert bodies(world, "reported")[-1]["refused"] == 1


def test_readings_leave_places_free_for_alarms(world):
    allowed(world)
    for value in range(20):
        world.measure(value)
    assert names(world) == ["readings"] * (PLACES - FOR_ALARMS)

    world.client.alarms.suspect(BAND)
    world.step()
    assert names(world)[-1] == "alarms"


def test_a_new_alarm_goes_before_readings_that_are_sent_again(world):
    allowed(world)
    for value in range(5):
        world.measure(value)
    world.said.clear()
    world.client.alarms.call_for_help(BAND)
    world.wait(30_000)

    assert names(world) == ["alarms"] + ["readings"] * 5


def test_what_no_answer_ever_names_is_set_aside_but_never_an_alarm(world):
    allowed(world)
    world.measure(5)
    world.client.alarms.call_for_help(BAND)
    for seq in range(2, 4 + QUARANTINE_AFTER):
        world.measure(seq)
        world.wait(600_000)
        world.hear("stored", world.cloud.stored([[seq, seq]]))

    assert [tuple(gap[:3]) for gap in world.client.spool.gaps] == [(1, 1, 1)]
    assert world.client.spool.numbers(0) == [1]
    assert bodies(world, "reported")[-1]["gaps"][0]["reason"] == "quarantined"


def test_rows_of_an_unknown_time_are_dated_by_an_anchor(world):
    allowed(world)
    world.measure(5)
    world.board.wall_ms = NOON_MS - world.board.up_ms
    world.wait(60_000)
    world.measure(6)

    early, late = (bodies(world, "readings")[at] for at in (0, -1))
    assert "at_ms" not in early["readings"][0]
    assert "anchor" not in early
    assert late["readings"][0]["at_ms"] == late["anchor"]["at_ms"] == NOON_MS + 60_000
    assert late["anchor"]["up_ms"] - early["readings"][0]["up_ms"] == 60_000


def test_a_look_with_many_levels_becomes_as_many_messages_as_it_needs(world):
    allowed(world)
    levels = [{"device": "printer", "slot": f"1.{n}", "kind": "count", "value": n} for n in range(12)]

    assert world.client.measured(levels) == 12

    world.step()
    said = [reading["slot"] for message in bodies(world, "readings") for reading in message["readings"]]
    assert said == [level["slot"] for level in levels]
    assert len(bodies(world, "readings")) < 5


def test_no_wristband_is_reported_without_consent_and_with_it_every_quarter_of_an_hour(world):
    assert BAND not in "".join(world.said)
    allowed(world)
    world.client.tell(BAND, worn=False)
    world.step()
    world.wait(900_000)

    devices = [report["devices"][-1] for report in bodies(world, "reported")]
    assert [(device["device"], device["worn"]) for device in devices] == [(BAND, False)] * 2


def test_a_will_says_lost_with_the_session_of_the_birth(world):
    topic, payload = world.client.will()
    assert topic == f"forehand/v1/{AGENT}/up/state"
    assert json.loads(payload) == {"v": 1, "state": "lost", "session": bodies(world, "state")[0]["session"]}


HEARD = st.binary(max_size=60) | st.sampled_from(
    [
        b'{"stream":"%s","lane":"readings","ranges":[[1,9007199254740991]]}' % (b"0" * 32),
        b'{"v":2}', b"[" * 5000, b"\xff\xfe{", b'{"config":1e999}', b"1" * 5000, b'{"a":"\\ud800"}', b"x" * 20_000,
    ]
)  # fmt: skip


@settings(deadline=None)
@given(
    heard=st.lists(
        st.tuples(
            st.sampled_from(["stored", "desired", "commands", "x"]), HEARD, st.integers(0, 200), st.binary(max_size=2)
        ),
        max_size=6,
    )
)
def test_no_bytes_from_the_broker_break_anything(heard):
    world = World(Flash(), [].append)
    world.start()
    world.wish(1, "supply", "safety")
    world.measure(5)
    stored = world.cloud.stored([[1, 1]])
    for name, body, at, noise in heard:
        world.hear(name, body)
        world.hear(name, stored[:at] + noise + stored[at:])
        world.client.heard(body, body)

    assert world.measure(6) == 1
    assert world.client.spool.gaps == []


def test_a_publish_may_call_back_and_more_answers_than_are_remembered_come_again(world):
    allowed(world)
    world.measure(0)
    answer = world.cloud.stored([])
    world.cloud.say = lambda _: [world.client.heard(f"forehand/v1/{AGENT}/down/stored".encode(), answer)] * 20

    for value in range(4):
        world.measure(value)

    assert world.client.spool.count() == 5
    assert world.client.idle_ms() == 0


def test_an_identity_that_no_topic_can_carry_is_told_so():
    with pytest.raises(ValueError):
        Client(Board(Flash(), Cloud(print)), "Board 1")
