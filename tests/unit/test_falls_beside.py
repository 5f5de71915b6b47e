"""Beside the fall: who lies or gets up afterwards, who does not stir for hours, and the wristband's own state."""

import pytest

from contract.alarms import AlarmBy, AlarmKind, AlarmUpdate
from edge.falls.floor import LONG_LIE_MS
from edge.falls.inactivity import PREALARM_MS
from edge.falls.notices import OFF_MS, LowBattery, Notice
from edge.falls.steps import Pattern, Press, Step
from tests import movements
from tests.monitored import CANCELLED, CONFIRMED, EVIDENCE, SUSPECTED, UPDATE, Wearer

HOUR_S = 3_600
LONG_LIE_S = LONG_LIE_MS // 1000


@pytest.fixture
def wearer():
    return Wearer()


@pytest.fixture
def worn(wearer):
    """By the wristband's own word, with an alarm after two hours without movement."""
    wearer.wear(True)
    wearer.monitor.ask_after(2)
    wearer.stand(4)
    return wearer


def updates(wearer):
    return [(s.update, s.after_ms // 1000) for s in wearer.told if isinstance(s, Step) and s.event is UPDATE]


def of(wearer, kind):
    return [(s.event, s.by) for s in wearer.told if isinstance(s, Step) and s.kind is kind]


def confirmed_fall(wearer):
    wearer.fall()
    wearer.lie(31)


# -- on the floor


def test_who_gets_up_after_the_confirmation_is_told_with_the_time_it_took_and_cancels_nothing(wearer):
    confirmed_fall(wearer)
    wearer.lie(10)
    wearer.live(movements.walking(15))

    ((update, after_s),) = updates(wearer)
    assert update is AlarmUpdate.GOT_UP
    assert 50 <= after_s <= 60
    assert CANCELLED not in wearer.events()
    assert len(wearer.ids()) == 1


def test_who_still_lies_after_ten_minutes_is_told_once(wearer):
    confirmed_fall(wearer)
    wearer.lives_slowly(LONG_LIE_S - 60)
    assert updates(wearer) == []
    wearer.lives_slowly(2 * LONG_LIE_S)

    ((update, after_s),) = updates(wearer)
    assert update is AlarmUpdate.LONG_LIE
    assert LONG_LIE_S <= after_s <= LONG_LIE_S + 60


def test_who_gets_up_after_a_long_lie_is_told_too(wearer):
    confirmed_fall(wearer)
    wearer.lives_slowly(LONG_LIE_S + 20)
    wearer.live(movements.walking(15))

    assert [update for update, _ in updates(wearer)] == [AlarmUpdate.LONG_LIE, AlarmUpdate.GOT_UP]


def test_who_got_up_lies_no_more(wearer):
    confirmed_fall(wearer)
    wearer.live(movements.walking(15))
    wearer.lives_slowly(2 * LONG_LIE_S)

    assert [update for update, _ in updates(wearer)] == [AlarmUpdate.GOT_UP]


def test_who_got_up_in_a_hole_of_the_stream_is_seen_up_afterwards(wearer):
    confirmed_fall(wearer)
    wearer.vanish(30)
    wearer.live(movements.walking(15))

    assert [update for update, _ in updates(wearer)] == [AlarmUpdate.GOT_UP]


def test_of_a_wristband_that_fell_silent_or_came_off_nothing_is_told(wearer):
    confirmed_fall(wearer)
    wearer.vanish(2 * LONG_LIE_S)
    assert updates(wearer) == []

    other = Wearer()
    confirmed_fall(other)
    other.wear(False)
    other.lives_slowly(2 * LONG_LIE_S)
    assert updates(other) == []


def test_a_wristband_that_came_off_and_is_worn_again_may_be_on_another_arm(wearer):
    confirmed_fall(wearer)
    wearer.wear(False)
    wearer.wear(True)
    wearer.live(movements.walking(15))

    assert updates(wearer) == []


def test_a_cancelled_fall_has_no_afterwards(wearer):
    wearer.fall()
    wearer.press(Press.DOWN, for_ms=100)
    wearer.press(Press.UP)
    wearer.lives_slowly(2 * LONG_LIE_S)

    assert updates(wearer) == []


# -- no movement for hours


def test_who_wears_it_and_has_not_stirred_for_the_hours_is_asked_and_then_helped(worn):
    worn.lives_slowly(2 * HOUR_S - 60)
    assert worn.events() == []
    worn.lives_slowly(60 + PREALARM_MS // 1000 + 10)

    assert of(worn, AlarmKind.INACTIVITY) == [(SUSPECTED, None), (CONFIRMED, AlarmBy.DETECTOR)]
    assert worn.buzzes() == [Pattern.PREALARM, Pattern.OFF]


def test_who_was_asked_for_once_is_not_asked_again_before_they_have_stirred(worn):
    worn.lives_slowly(8 * HOUR_S)
    assert len(worn.ids()) == 1
    worn.live(movements.walking(3))
    worn.lives_slowly(3 * HOUR_S)

    assert len(worn.ids()) == 2


@pytest.mark.parametrize("answer", ["stirs", "presses", "takes it off"])
def test_any_sign_of_life_in_the_pre_alarm_ends_it(worn, answer):
    worn.lives_slowly(2 * HOUR_S + 20)
    if answer == "stirs":
        worn.live(movements.walking(2))
    elif answer == "presses":
        worn.press(Press.DOWN, for_ms=100)
        worn.press(Press.UP)
    else:
        worn.wear(False)
    worn.lives_slowly(600)

    by = AlarmBy.WEARER if answer == "presses" else AlarmBy.RECOVERY
    assert of(worn, AlarmKind.INACTIVITY) == [(SUSPECTED, None), (CANCELLED, by)]
    assert worn.buzzes() == [Pattern.PREALARM, Pattern.OFF]


def test_turning_over_in_bed_is_movement_enough(worn):
    for _ in range(5):
        worn.lives_slowly(HOUR_S)
        worn.live(movements.swayed(movements.LYING, 200, 1.5))

    assert worn.events() == []


@pytest.mark.parametrize("said", [False, None])
def test_what_is_not_certainly_worn_may_lie_on_a_table_for_days(wearer, said):
    wearer.monitor.ask_after(2)
    wearer.wear(said)
    wearer.lives_slowly(30 * HOUR_S)

    assert wearer.events() == []


def test_where_it_is_not_known_any_more_whether_it_is_worn_nobody_is_asked(worn):
    worn.wear(None)
    worn.lives_slowly(30 * HOUR_S)

    assert worn.events() == []


def test_it_is_off_unless_the_household_sets_the_hours(wearer):
    wearer.wear(True)
    wearer.stand(4)
    wearer.lives_slowly(30 * HOUR_S)

    assert wearer.events() == []


def test_a_wristband_that_was_not_heard_says_nothing_of_the_hours_meanwhile(worn):
    worn.lives_slowly(HOUR_S)
    worn.vanish(5 * HOUR_S)
    worn.lives_slowly(HOUR_S)

    assert worn.events() == []


def test_a_new_connection_does_not_begin_the_hours_anew(worn):
    for _ in range(5):
        worn.lives_slowly(1_500)
        worn.wear(None)
        worn.wear(True)

    assert of(worn, AlarmKind.INACTIVITY)[:1] == [(SUSPECTED, None)]


def test_a_long_press_when_asked_for_want_of_movement_confirms_it(worn):
    worn.lives_slowly(2 * HOUR_S + 20)
    worn.press(Press.DOWN, for_ms=2_000)

    assert of(worn, AlarmKind.INACTIVITY) == [(SUSPECTED, None), (CONFIRMED, AlarmBy.WEARER)]


# -- none silences another


def test_a_fall_that_nobody_answers_does_not_silence_the_want_of_movement(worn):
    confirmed_fall(worn)
    worn.lives_slowly(3 * HOUR_S)

    assert of(worn, AlarmKind.FALL)[:2] == [(SUSPECTED, None), (CONFIRMED, AlarmBy.DETECTOR)]
    assert of(worn, AlarmKind.INACTIVITY) == [(SUSPECTED, None), (CONFIRMED, AlarmBy.DETECTOR)]
    assert [update for update, _ in updates(worn)] == [AlarmUpdate.LONG_LIE]


def test_a_fall_when_asked_for_want_of_movement_is_asked_after_by_itself(worn):
    worn.lives_slowly(2 * HOUR_S + 20)
    worn.fall()

    assert of(worn, AlarmKind.INACTIVITY) == [(SUSPECTED, None), (CANCELLED, AlarmBy.RECOVERY)]
    assert of(worn, AlarmKind.FALL) == [(SUSPECTED, None)]
    assert worn.buzzes() == [Pattern.PREALARM, Pattern.OFF, Pattern.PREALARM]


def test_a_call_for_help_is_heard_whatever_else_is_open(worn):
    confirmed_fall(worn)
    worn.press(Press.DOWN, for_ms=2_000)

    assert of(worn, AlarmKind.SOS)[0] == (CONFIRMED, AlarmBy.WEARER)
    worn.lives_slowly(LONG_LIE_S + 20)
    assert [update for update, _ in updates(worn)] == [AlarmUpdate.LONG_LIE]
    assert worn.events().count(EVIDENCE) == 2


# -- the wristband itself


def test_a_battery_that_wavers_at_the_threshold_is_low_once():
    battery = LowBattery()
    seen = []
    for fraction in (0.25, 0.2, 0.19, 0.21, 0.19, 0.29, 0.3, 0.25, 0.2):
        battery.charge(fraction)
        seen.append(battery.is_low)

    assert seen == [False, False, True, True, True, True, False, False, False]


def test_off_the_wrist_is_told_when_it_lasts_and_raises_nothing(wearer):
    wearer.wear(False)
    assert wearer.monitor.due_ms() == wearer.up_ms + OFF_MS
    wearer.vanish(OFF_MS // 1000 - 1)
    assert wearer.monitor.notices() == []
    wearer.vanish(1)
    assert wearer.monitor.notices() == [Notice.OFF_WRIST]
    wearer.wear(True)

    assert wearer.monitor.notices() == []
    assert wearer.told == []


def test_a_low_battery_raises_nothing_either(wearer):
    wearer.monitor.charge(0.05)

    assert wearer.monitor.notices() == [Notice.LOW_BATTERY]
    assert wearer.told == []
