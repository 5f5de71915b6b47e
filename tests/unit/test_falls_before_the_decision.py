"""Between an impact and its decision lie 2.3 seconds: what happens in them silences no fall."""

import pytest

from edge.falls.steps import Press
from tests import movements
from tests.monitored import CANCELLED, CONFIRMED, EVIDENCE, SUSPECTED, Wearer


@pytest.fixture
def wearer():
    return Wearer()


def said(wearer):
    return [event for event in wearer.events() if event is not EVIDENCE]


def test_a_button_struck_in_the_fall_itself_silences_nothing(wearer):
    wearer.stand(4)
    wearer.live(movements.falling())
    wearer.press(Press.DOWN, for_ms=100)
    wearer.press(Press.UP)
    wearer.lie(2)

    assert said(wearer) == [SUSPECTED]


def test_a_band_that_slips_in_the_fall_was_worn_in_it(wearer):
    wearer.wear(True)
    wearer.stand(4)
    wearer.live(movements.falling())
    wearer.wear(False)
    wearer.lie(1)
    wearer.wear(True)
    wearer.lie(40)

    assert said(wearer)[:2] == [SUSPECTED, CONFIRMED]


def test_a_band_that_comes_off_in_the_fall_was_worn_in_it(wearer):
    wearer.wear(True)
    wearer.stand(4)
    wearer.live(movements.falling())
    wearer.wear(False)
    wearer.lie(40)

    assert said(wearer) == [SUSPECTED, CONFIRMED]


def test_a_band_thrown_onto_the_table_fell_with_nobody(wearer):
    wearer.wear(True)
    wearer.stand(4)
    wearer.wear(False)
    wearer.live(movements.falling())
    wearer.lie(10)

    assert said(wearer) == []


def test_whoever_falls_again_while_getting_up_is_not_well(wearer):
    wearer.fall()
    wearer.live(movements.walking(7))
    wearer.live(movements.falling())
    wearer.lie(40)

    assert said(wearer)[0] == SUSPECTED
    assert said(wearer)[-1] == CONFIRMED
    assert said(wearer).count(CONFIRMED) == 1


def test_whoever_gets_up_just_before_falling_again_is_suspected_again(wearer):
    wearer.fall()
    seconds = next(n for n in range(1, 30) if is_cancelled_after(n))
    wearer.live(movements.walking(seconds - 1))
    wearer.live(movements.falling())
    wearer.live(movements.walking(0.6))
    wearer.lie(40)

    assert said(wearer)[-1] == CONFIRMED


def is_cancelled_after(seconds):
    other = Wearer()
    other.fall()
    other.live(movements.walking(seconds))
    return CANCELLED in said(other)


def test_a_press_after_the_suspicion_still_ends_it_and_all_before_it(wearer):
    wearer.fall()
    wearer.live(movements.falling())
    wearer.press(Press.DOWN, for_ms=100)
    wearer.press(Press.UP)
    wearer.lie(40)

    assert said(wearer) == [SUSPECTED, CANCELLED]
