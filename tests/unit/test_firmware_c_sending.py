"""When the C client sends again, what goes first, and what it sets aside."""

import pytest

from contract.messages import Stored, encode
from contract.topics import Up
from tests.firmware_c import Talk, as_hex


@pytest.fixture
def talk():
    with Talk() as made:
        yield made.allowed("supply", "safety")


def alarm(talk: Talk) -> None:
    talk.say("begin 1 " + as_hex("band-1"), "confirmed 0")


def answer(talk: Talk, lane: str, seq: int) -> None:
    stream = talk.messages(Up.READINGS)[0].stream
    talk.hear("stored", encode(Stored(stream=stream, lane=lane, ranges=[[seq, seq]])))


def sent_at(talk: Talk, *moments_ms: int) -> dict[int, list[tuple[str, int]]]:
    """Lane and number of what leaves at each of these moments."""
    left = {}
    for at_ms in moments_ms:
        before = len(talk.said)
        talk.say(f"clock {at_ms} -", "work")
        left[at_ms] = [
            (topic.value, message.seq)
            for topic in (Up.ALARMS, Up.READINGS)
            for message in talk.messages(topic)
            if any(t is topic and f'"seq":{message.seq},'.encode() in body for t, _, body in talk.said[before:])
        ]
    return {at_ms: sorted(set(keys)) for at_ms, keys in left.items() if keys}


def test_an_unanswered_reading_is_sent_again_after_half_a_minute_then_ever_later(talk):
    talk.measure()
    talk.say("work")

    again = sent_at(talk, 30_999, 31_000, 90_999, 91_000, 211_000)

    assert list(again) == [31_000, 91_000, 211_000]
    assert len({body for topic, _, body in talk.said if topic is Up.READINGS}) == 1


def test_an_unanswered_alarm_is_sent_again_after_ten_seconds_then_every_minute(talk):
    alarm(talk)
    talk.say("work")

    again = sent_at(talk, 10_999, 11_000, 31_000, 71_000, 130_999, 131_000, 191_000)

    assert list(again) == [11_000, 31_000, 71_000, 131_000, 191_000]


def test_readings_on_their_way_leave_places_for_alarms(talk):
    for _ in range(12):
        talk.measure()
    talk.say("work")
    assert [batch.seq for batch in talk.messages(Up.READINGS)] == [1, 2, 3, 4, 5, 6]

    for _ in range(3):
        alarm(talk)
    talk.say("work")
    assert [step.seq for step in talk.messages(Up.ALARMS)] == [1, 2]

    answer(talk, "readings", 3)
    talk.say("work")
    assert [step.seq for step in talk.messages(Up.ALARMS)] == [1, 2, 3]
    assert len(talk.messages(Up.READINGS)) == 6


def test_a_new_connection_sends_everything_again(talk):
    talk.measure()
    talk.measure()
    talk.say("work", "disconnect", "work", "connect", "work")

    assert [batch.seq for batch in talk.messages(Up.READINGS)] == [1, 2, 1, 2]
    assert talk.results[-4:] == ["ok", "offline", "ok", "ok"]


def test_a_busy_broker_is_asked_again_and_nothing_is_left_out(talk):
    for _ in range(4):
        talk.measure()
    assert talk.say("room 2", "work") == "busy"
    assert talk.say("room 100", "work") == "ok"

    assert [batch.seq for batch in talk.messages(Up.READINGS)] == [1, 2, 3, 4]


def test_a_reading_that_goes_unanswered_while_others_are_answered_is_set_aside_and_declared(talk):
    talk.measure()
    at_ms = 1000
    for number in range(2, 12):
        at_ms += 700_000
        talk.measure()
        talk.say(f"clock {at_ms} -", "work")
        answer(talk, "readings", number)
    talk.say(f"clock {at_ms + 700_000} -", "work", f"clock {at_ms + 710_000} -", "work")

    gaps = [(gap.range, gap.reason) for report in talk.messages(Up.REPORTED) for gap in report.gaps]
    assert ([1, 1], "quarantined") in gaps


def test_an_alarm_is_never_set_aside(talk):
    alarm(talk)
    at_ms = 1000
    for number in range(1, 15):
        at_ms += 700_000
        talk.measure()
        talk.say(f"clock {at_ms} -", "work")
        answer(talk, "readings", number)
    before = len(talk.messages(Up.ALARMS))
    talk.say(f"clock {at_ms + 700_000} -", "work")

    assert len(talk.messages(Up.ALARMS)) == before + 1


def test_it_says_when_it_wants_to_work_again(talk):
    nothing = str(2**64 - 1)
    talk.say("tell")
    talk.measure()
    talk.say("tell", "work", "tell")
    alarm(talk)
    talk.say("work", "tell")

    assert [words[1:] for words in talk.told] == [[nothing, "0"], ["1000", "1"], ["31000", "1"], ["11000", "2"]]
    assert talk.told[0][0] == "forehand/v1/pi-1/down/+"


def test_alarms_alone_can_fill_it_and_then_it_says_so(talk):
    results = []
    for _ in range(40):
        alarm(talk)
        results.append(talk.results[-1])

    assert results.count("ok") == 32
    assert set(results[32:]) == {"full"}
    assert talk.measure() == "full"


def test_it_says_goodbye(talk):
    assert talk.say("goodbye") == "ok"

    assert talk.messages(Up.STATE)[-1].state == "sleeping"
