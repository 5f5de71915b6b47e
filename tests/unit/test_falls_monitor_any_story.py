"""Whatever a wearer lives through, every alarm is told in the right order, once, and to its end."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.alarms import Alarm, AlarmKind
from contract.decoding import decode
from contract.messages import encode
from edge.falls.steps import Buzz, Pattern, Press, Step
from tests import movements
from tests.monitored import CANCELLED, CONFIRMED, EVIDENCE, SUSPECTED, UPDATE, Wearer

MOMENTS = [
    ("falls", lambda wearer: wearer.fall()),
    ("lies", lambda wearer: wearer.lie(8)),
    ("does not stir", lambda wearer: wearer.lives_slowly(4_000)),
    ("walks", lambda wearer: wearer.live(movements.walking(11))),
    ("is gone", lambda wearer: wearer.vanish(12)),
    ("presses", lambda wearer: wearer.press(Press.DOWN, for_ms=300)),
    ("holds", lambda wearer: wearer.press(Press.DOWN, for_ms=2_500)),
    ("lets go", lambda wearer: wearer.press(Press.UP)),
    ("calls", lambda wearer: wearer.press(Press.SOS)),
    ("takes it off", lambda wearer: wearer.wear(False)),
    ("puts it on", lambda wearer: wearer.wear(True)),
]
IS_GONE, PRESSES = MOMENTS[4], MOMENTS[5]
COMPLETE = {
    AlarmKind.FALL: [[SUSPECTED, CONFIRMED], [SUSPECTED, CANCELLED]],
    AlarmKind.INACTIVITY: [[SUSPECTED, CONFIRMED], [SUSPECTED, CANCELLED]],
    AlarmKind.SOS: [[CONFIRMED]],
}


@given(st.lists(st.sampled_from(MOMENTS), max_size=10))
@settings(max_examples=60, deadline=None)
def test_every_alarm_is_told_in_order_and_to_its_end(story):
    wearer = Wearer()
    wearer.monitor.ask_after(1)
    for _, happens in story:
        happens(wearer)
    wearer.press(Press.UP)
    wearer.vanish(600)

    told = defaultdict(list)
    for step in wearer.told:
        if isinstance(step, Step):
            told[step.alarm_id, step.kind].append(step.event)
    for (_, kind), events in told.items():
        steps = [event for event in events if event not in {EVIDENCE, UPDATE}]
        assert steps in COMPLETE[kind]
        assert events[: len(steps)] == steps
        assert events.count(EVIDENCE) <= 1
        assert UPDATE not in events or (kind is AlarmKind.FALL and CONFIRMED in events)
        assert events.count(UPDATE) <= 2
    assert wearer.monitor.due_ms() is None
    buzzes = [answer.pattern for answer in wearer.told if isinstance(answer, Buzz)]
    assert buzzes == [Pattern.PREALARM, Pattern.OFF] * (len(buzzes) // 2)


@given(st.lists(st.sampled_from(MOMENTS), max_size=6))
@settings(max_examples=30, deadline=None)
def test_every_step_is_a_message_that_the_cloud_understands(story):
    wearer = Wearer()
    for _, happens in [*story, MOMENTS[0], IS_GONE, IS_GONE, IS_GONE]:
        happens(wearer)

    for seq, step in enumerate((each for each in wearer.told if isinstance(each, Step)), 1):
        message = Alarm(
            stream="a" * 32, seq=seq, boot=1, consent=1, alarm_id=step.alarm_id, kind=step.kind, event=step.event,
            device="w", up_ms=step.up_ms, confirm_in_ms=step.confirm_in_ms, by=step.by, movement=step.movement,
            probability=step.probability, update=step.update, after_ms=step.after_ms,
        )  # fmt: skip
        assert decode(encode(message), Alarm) == message


@given(st.lists(st.sampled_from(MOMENTS), max_size=6), st.lists(st.sampled_from([IS_GONE, PRESSES]), max_size=6))
@settings(max_examples=30, deadline=None)
def test_nothing_of_the_time_before_is_told_after_consent_was_taken_back(before, after):
    wearer = Wearer()
    for _, happens in before:
        happens(wearer)
    wearer.note(wearer.monitor.disarm())
    known = len([step for step in wearer.told if isinstance(step, Step)])
    for _, happens in after:
        happens(wearer)

    later = [step for step in wearer.told if isinstance(step, Step)][known:]
    assert {step.alarm_id for step in later} & {
        step.alarm_id for step in wearer.told[:known] if isinstance(step, Step)
    } == set()
