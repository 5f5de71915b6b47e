"""The stories of one wearer: what is told of a fall, a press, a call for help, and in which order."""

import pytest

from contract import limits
from contract.alarms import AlarmBy, AlarmKind
from edge.falls.monitor import Monitor
from edge.falls.steps import Pattern, Press, Step
from kit.ids import seeded
from tests import movements
from tests.monitored import CANCELLED, CONFIRMED, EVIDENCE, SUSPECTED, Wearer


@pytest.fixture
def wearer():
    return Wearer()


def test_a_fall_is_suspected_at_once_and_says_when_it_will_be_confirmed(wearer):
    wearer.fall()

    step = next(answer for answer in wearer.told if isinstance(answer, Step))
    assert wearer.steps() == [(AlarmKind.FALL, SUSPECTED, None)]
    assert step.confirm_in_ms == 30_000
    assert wearer.up_ms - step.up_ms <= 200
    assert wearer.buzzes() == [Pattern.PREALARM]


def test_whoever_lies_still_is_helped_when_the_time_is_over(wearer):
    wearer.fall()
    wearer.lie(29)
    assert wearer.events() == [SUSPECTED]
    wearer.lie(2)

    assert wearer.steps()[:2] == [
        (AlarmKind.FALL, SUSPECTED, None),
        (AlarmKind.FALL, CONFIRMED, AlarmBy.DETECTOR),
    ]
    assert len(wearer.ids()) == 1
    assert wearer.buzzes() == [Pattern.PREALARM, Pattern.OFF]


def test_the_household_sets_the_length_of_the_prealarm(wearer):
    wearer.monitor.prealarm_ms = 5_000
    wearer.fall()
    wearer.lie(6)

    assert wearer.events() == [SUSPECTED, CONFIRMED]


def test_a_press_cancels(wearer):
    wearer.fall()
    wearer.press(Press.DOWN, for_ms=300)
    wearer.press(Press.UP)
    wearer.lie(40)

    assert wearer.steps()[:2] == [(AlarmKind.FALL, SUSPECTED, None), (AlarmKind.FALL, CANCELLED, AlarmBy.WEARER)]
    assert wearer.events().count(SUSPECTED) == 1
    assert wearer.buzzes() == [Pattern.PREALARM, Pattern.OFF]


def test_a_press_that_began_in_time_still_cancels(wearer):
    wearer.fall()
    wearer.lie(29)
    wearer.press(Press.DOWN, for_ms=1_500)
    wearer.press(Press.UP)

    assert wearer.events()[:2] == [SUSPECTED, CANCELLED]


def test_whoever_gets_up_and_walks_needs_no_help(wearer):
    wearer.fall()
    wearer.lie(5)
    wearer.live(movements.walking(12))
    wearer.stand(20)

    assert wearer.steps()[:2] == [(AlarmKind.FALL, SUSPECTED, None), (AlarmKind.FALL, CANCELLED, AlarmBy.RECOVERY)]
    assert CONFIRMED not in wearer.events()


def test_whoever_moves_but_stays_down_is_helped(wearer):
    wearer.fall()
    wearer.live(movements.thrashing(32))

    assert wearer.events()[:2] == [SUSPECTED, CONFIRMED]


def test_a_few_steps_are_not_enough(wearer):
    wearer.fall()
    wearer.live(movements.walking(4))
    wearer.lie(28)

    assert wearer.events()[:2] == [SUSPECTED, CONFIRMED]


def test_a_wristband_that_breaks_in_the_fall_has_already_spoken(wearer):
    wearer.fall()
    wearer.vanish(31)

    assert wearer.events() == [SUSPECTED, CONFIRMED, EVIDENCE]


def test_a_wristband_torn_off_in_the_fall_cancels_nothing(wearer):
    wearer.fall()
    wearer.wear(False)
    wearer.live(movements.walking(31))

    assert wearer.events()[:2] == [SUSPECTED, CONFIRMED]


def test_a_long_press_calls_for_help_at_once(wearer):
    wearer.stand(2)
    wearer.press(Press.DOWN, for_ms=1_999)
    assert wearer.told == []
    wearer.press(Press.DOWN, for_ms=1)
    wearer.press(Press.UP)

    assert wearer.steps() == [(AlarmKind.SOS, CONFIRMED, AlarmBy.WEARER)]


def test_a_call_that_the_wristband_itself_has_measured_does_not_wait(wearer):
    wearer.press(Press.SOS)

    assert wearer.steps() == [(AlarmKind.SOS, CONFIRMED, AlarmBy.WEARER)]


def test_a_wristband_that_is_not_worn_can_still_call(wearer):
    wearer.wear(False)
    wearer.press(Press.SOS)

    assert wearer.steps() == [(AlarmKind.SOS, CONFIRMED, AlarmBy.WEARER)]


def test_a_button_told_down_again_and_again_is_one_call(wearer):
    for _ in range(20):
        wearer.press(Press.DOWN, for_ms=500)

    assert len(wearer.steps()) == 1


def test_a_call_told_again_and_again_is_one_call(wearer):
    for _ in range(20):
        wearer.press(Press.SOS, for_ms=500)

    assert len(wearer.steps()) == 1


def test_whoever_calls_again_is_heard_again_even_if_the_release_was_lost(wearer):
    wearer.press(Press.DOWN, for_ms=2_000)
    wearer.vanish(60)
    wearer.press(Press.DOWN, for_ms=2_000)

    assert [kind for kind, event, _ in wearer.steps() if event is CONFIRMED] == [AlarmKind.SOS] * 2


def test_a_long_press_after_a_fall_confirms_it_at_once(wearer):
    wearer.fall()
    wearer.press(Press.DOWN, for_ms=2_000)

    assert wearer.steps() == [(AlarmKind.FALL, SUSPECTED, None), (AlarmKind.FALL, CONFIRMED, AlarmBy.WEARER)]
    assert len(wearer.ids()) == 1


def test_a_short_press_on_an_ordinary_day_means_nothing(wearer):
    wearer.press(Press.DOWN, for_ms=200)
    wearer.press(Press.UP)
    wearer.press(Press.UP)

    assert wearer.told == []


def test_a_second_fall_is_another_alarm(wearer):
    wearer.fall()
    wearer.lie(31)
    wearer.fall()

    assert [step for step in wearer.events() if step is not EVIDENCE] == [SUSPECTED, CONFIRMED, SUSPECTED]
    assert len(wearer.ids()) == 2


def test_falling_again_in_the_prealarm_is_the_same_alarm(wearer):
    wearer.fall()
    wearer.fall()
    wearer.lie(31)

    assert [step for step in wearer.events() if step is not EVIDENCE] == [SUSPECTED, CONFIRMED]


def test_the_movement_follows_when_everything_else_is_said(wearer):
    wearer.stand(20)
    wearer.fall()
    wearer.lie(40)

    *_, evidence = (answer for answer in wearer.told if isinstance(answer, Step))
    movement = evidence.movement
    start = 3 * movement.impact
    assert wearer.events() == [SUSPECTED, CONFIRMED, EVIDENCE]
    assert len(wearer.ids()) == 1
    assert len(movement.acc_mg) == 3 * (30 * movements.FS + 1)
    assert movement.impact == 10 * movements.FS
    assert tuple(movement.acc_mg[start : start + 3]) in movements.THUMP


def test_a_cancelled_alarm_keeps_its_movement_too(wearer):
    wearer.fall()
    wearer.press(Press.DOWN, for_ms=100)
    wearer.press(Press.UP)
    wearer.lie(25)

    assert wearer.events() == [SUSPECTED, CANCELLED, EVIDENCE]


def test_the_movement_of_a_fast_wristband_is_thinned_to_fit(wearer):
    fast = Monitor(seeded(1))
    told, up_ms = [], 0
    lived = movements.standing(12) + movements.falling() + movements.lying(35)
    often = [sample for sample in lived for _ in range(4)]
    for start in range(0, len(often), 40):
        bunch = often[start : start + 40]
        up_ms += 5 * len(bunch)
        told += fast.at(up_ms) + fast.moved(200, movements.in_turn(bunch), up_ms)
    movement = told[-1].movement

    assert len(movement.acc_mg) <= 3 * limits.MAX_EVIDENCE_SAMPLES
    assert tuple(movement.acc_mg[3 * movement.impact : 3 * movement.impact + 3]) in movements.THUMP
    assert movement.fs_hz == pytest.approx(200 / 4)


def test_a_hole_in_the_stream_is_not_looked_across(wearer):
    wearer.stand(4)
    wearer.live(movements.falling())
    wearer.vanish(10)
    wearer.lie(10)

    assert wearer.told == []


def test_a_drill_is_confirmed_at_once_under_the_number_of_its_command(wearer):
    command = "a" * 32
    wearer.note(wearer.monitor.drill(command, wearer.up_ms))

    (step,) = (answer for answer in wearer.told if isinstance(answer, Step))
    assert (step.alarm_id, step.drill, step.event, step.by) == (command, command, CONFIRMED, AlarmBy.WEARER)
    assert wearer.buzzes() == [Pattern.DRILL]


def test_a_drill_in_the_prealarm_changes_nothing_of_the_real_one(wearer):
    wearer.fall()
    wearer.note(wearer.monitor.drill("a" * 32, wearer.up_ms))
    wearer.lie(31)

    real = [step.event for step in wearer.told if isinstance(step, Step) and step.drill is None]
    assert real[:2] == [SUSPECTED, CONFIRMED]


def test_consent_taken_back_in_the_prealarm_ends_it_without_a_word(wearer):
    wearer.fall()
    wearer.note(wearer.monitor.disarm())
    wearer.lie(60)

    assert wearer.events() == [SUSPECTED]
    assert wearer.buzzes() == [Pattern.PREALARM, Pattern.OFF]


def test_it_says_when_it_must_be_asked_again(wearer):
    assert wearer.monitor.due_ms() is None
    wearer.fall()
    due_ms = wearer.monitor.due_ms()
    assert 0 < due_ms - wearer.up_ms <= 30_000
    wearer.vanish(60)

    assert wearer.monitor.due_ms() is None
