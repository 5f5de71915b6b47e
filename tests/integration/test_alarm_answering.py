"""People answer: they take an alarm, pass it on, keep it, close it."""

from datetime import timedelta

import pytest

from cloud.emergencies import answering
from cloud.emergencies.answering import Refused, Who
from cloud.emergencies.rules import AlarmState, Disposition, Outcome
from tests.alarms_world import HOUR, MINUTE, SAM, SECOND

STEP = timedelta(seconds=180)
LEASE = timedelta(minutes=30)


def test_an_answer_stops_the_calling(night):
    night.falls()
    night.takes(night.contact("Bert"))
    night.passes(LEASE - SECOND)

    assert night.sending.calls == ["bert"]
    assert (night.alarm().state, night.alarm().acknowledged_by) == (AlarmState.ACKNOWLEDGED, "Bert")


def test_the_message_that_was_answered_says_so(night):
    night.falls()
    night.takes(night.contact("Bert"))

    assert [a.outcome for a in night.attempts()] == [Outcome.ANSWERED]


def test_an_answer_that_nobody_renews_expires_and_all_are_called_again(night):
    night.falls()
    night.takes(night.contact("Bert"))
    night.passes(LEASE + STEP)

    assert "ack_expired" in night.log()
    assert night.sending.calls == ["bert", "bert", "cara"]
    assert night.alarm().acknowledged_by is None


def test_who_still_has_it_renews_and_nobody_is_called(night):
    night.falls()
    for _ in range(5):
        night.takes(night.contact("Bert"))
        night.passes(LEASE - MINUTE)

    assert night.log().count("renewed") == 4
    assert night.sending.calls == ["bert"]


def test_who_was_called_before_hears_who_has_it_now(night):
    night.falls()
    night.passes(STEP)
    night.takes(night.contact("Cara"))
    night.passes(SECOND)

    assert night.sending.to("bert")[-1] == f"alarm_taken {night.alarm().number}"
    assert night.sending.to("cara") == [f"alarm_call {night.alarm().number}"]


def test_who_was_called_hears_that_it_is_over(night):
    night.falls()
    night.passes(STEP)
    night.closes(night.contact("Cara"), Disposition.WITH_PERSON)
    night.passes(SECOND)

    assert night.sending.to("bert")[-1] == f"alarm_closed {night.alarm().number}"


def test_a_contact_called_earlier_may_answer_later(night):
    night.falls()
    night.passes(STEP + MINUTE)
    night.takes(night.contact("Bert"))

    assert night.alarm().acknowledged_by == "Bert"


def test_answer_and_next_call_at_the_same_moment_answer_first(night):
    night.falls()
    night.clock.advance(STEP)
    night.takes(night.contact("Bert"))
    night.loop.step(night.now)

    assert night.sending.calls == ["bert"]


def test_answer_and_next_call_at_the_same_moment_call_first(night):
    night.falls()
    night.passes(STEP)
    night.takes(night.contact("Bert"))
    night.passes(STEP)

    assert night.sending.calls == ["bert", "cara"]
    assert night.alarm().state == AlarmState.ACKNOWLEDGED


def test_a_call_still_in_the_outbox_when_somebody_answers_is_not_sent(night):
    night.confirmed()
    night.takes(SAM)
    night.passes(SECOND)

    assert night.sending.calls == []
    assert [(a.outcome, a.code) for a in night.attempts()] == [(Outcome.FAILED, "not_needed")]


def test_two_answer_and_the_last_one_has_it(night):
    night.falls()
    night.passes(STEP)
    night.takes(night.contact("Bert"))
    night.takes(night.contact("Cara"))

    assert night.alarm().acknowledged_by == "Cara"
    assert night.log().count("acknowledged") == 2


def test_who_cannot_come_passes_it_on_and_the_next_is_called_at_once(night):
    night.falls()
    night.act(answering.pass_on, night.alarm(), night.contact("Bert"))
    night.passes(SECOND)

    assert night.sending.calls == ["bert", "cara"]


def test_who_passes_on_late_does_not_cut_short_the_next_ones_time(night):
    night.falls()
    night.passes(STEP + SECOND)
    night.act(answering.pass_on, night.alarm(), night.contact("Bert"))
    night.passes(STEP - 10 * SECOND)

    assert night.sending.calls == ["bert", "cara"]


def test_who_had_taken_it_gives_it_back_and_the_calling_goes_on(night):
    night.falls()
    night.takes(night.contact("Bert"))
    night.act(answering.pass_on, night.alarm(), night.contact("Bert"))
    night.passes(SECOND)

    assert night.alarm().state == AlarmState.RAISED
    assert night.sending.calls == ["bert", "cara"]


def test_who_was_called_first_gives_it_back_and_nobody_waits_for_the_lease(night):
    night.falls()
    night.passes(STEP)
    night.takes(night.contact("Bert"))
    night.act(answering.pass_on, night.alarm(), night.contact("Bert"))
    night.passes(SECOND)

    assert night.sending.calls == ["bert", "cara", "bert"]


def test_nobody_gives_back_what_another_has_taken(night):
    night.falls()
    night.passes(STEP)
    night.takes(night.contact("Cara"))

    assert night.act(answering.pass_on, night.alarm(), night.contact("Bert")) is Refused.NOT_YOURS
    assert night.alarm().acknowledged_by == "Cara"


def test_a_closed_alarm_says_how_and_by_whom_and_stays_closed(night):
    night.falls()
    night.takes(SAM)
    night.closes(SAM, Disposition.HELPED)
    night.passes(2 * HOUR)

    alarm = night.alarm()
    assert (alarm.state, alarm.disposition, alarm.closed_by) == (AlarmState.CLOSED, Disposition.HELPED, "Sam")
    assert night.takes(SAM) is Refused.OVER
    assert night.closes(SAM, Disposition.OTHER) is Refused.OVER
    assert night.sending.calls == ["bert"]


def test_staff_can_have_everybody_called_again(night):
    night.falls()
    night.passes(STEP)
    night.takes(night.contact("Cara"))
    night.act(answering.call_again, night.alarm(), SAM)
    night.passes(SECOND)

    assert night.sending.calls == ["bert", "cara", "bert"]


def test_a_note_is_kept_in_the_log_also_when_all_is_over(night):
    night.falls()
    night.closes(SAM, Disposition.HELPED)
    night.act(answering.note, night.alarm(), SAM, "  The key is with  Emil. ")

    assert night.log()[-1] == "note"
    assert night.act(answering.note, night.alarm(), SAM, " \n ") is Refused.EMPTY


def test_staff_take_a_suspicion_before_it_is_raised_and_its_confirmation_reaches_them(night):
    night.suspected()
    night.takes(SAM)
    night.passes(30 * SECOND)
    night.confirmed()
    night.passes(SECOND)

    assert night.alarm().state == AlarmState.ACKNOWLEDGED
    assert night.sending.calls == []
    night.passes(LEASE)
    assert night.sending.calls[0] == "bert"


def test_a_cancellation_of_what_somebody_has_taken_leaves_it_to_them(night):
    night.suspected()
    night.takes(SAM)
    night.cancelled()

    assert night.alarm().state == AlarmState.ACKNOWLEDGED
    assert "cancel_came_late" in night.log()


@pytest.mark.parametrize("state", ["suspected", "raised", "staff", "acknowledged", "expired"])
def test_a_restart_in_every_state_changes_nothing(night, state):
    night.suspected()
    for step, wait in (("raised", 40 * SECOND), ("staff", 4 * STEP)):
        if state not in {"suspected", "acknowledged", "expired"} and (state, step) != ("raised", "staff"):
            night.passes(wait)
    if state in {"acknowledged", "expired"}:
        night.passes(40 * SECOND)
        night.takes(night.contact("Bert"))
    if state == "expired":
        night.passes(LEASE)
    before = (night.alarm(), night.log(), list(night.sending.sent))

    night.restart()
    night.loop.step(night.now)

    assert (night.alarm(), night.log(), night.sending.sent) == before


@pytest.mark.parametrize(
    ("reach", "then"),
    [
        (lambda night: night.suspected(), ["bert"]),
        (lambda night: night.falls(), ["bert", "cara"]),
        (lambda night: (night.falls(), night.passes(2 * STEP)), ["bert", "cara", "bert", "cara"]),
        (lambda night: (night.falls(), night.takes(night.contact("Bert"))), ["bert", "bert", "cara"]),
        (lambda night: (night.falls(), night.closes(night.contact("Bert"), Disposition.HELPED)), ["bert"]),
        (lambda night: (night.suspected(), night.cancelled()), []),
    ],
    ids=["suspected", "raised", "second round", "acknowledged", "closed", "cancelled"],
)
def test_a_restart_in_every_state_goes_on_as_it_would_have(night, reach, then):
    reach(night)
    night.restart()
    night.passes(LEASE + STEP if night.alarm().acknowledged_until else STEP)

    called = [name for name in night.sending.called if name != "sam"]
    assert called[: len(then)] == then
    if night.alarm().state in {AlarmState.CLOSED, AlarmState.CANCELLED}:
        assert called == then


def test_somebody_unknown_to_the_alarm_can_still_be_named_as_who_answered(night):
    night.falls()
    night.takes(Who("Emil from next door", "page", person_id="sam"))

    assert night.alarm().acknowledged_by == "Emil from next door"
