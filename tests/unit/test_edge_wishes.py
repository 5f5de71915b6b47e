"""Which wish takes effect."""

from contract.fields import Purpose
from contract.messages import Desired
from edge.wishes import merged, not_granted

SUPPLY, LEARN = Purpose.SUPPLY, Purpose.LEARN


def wish(config: int, consent: int, *purposes: Purpose, poll_s: int = 900) -> Desired:
    return Desired(config=config, consent=consent, purposes=list(purposes), poll_s=poll_s)


def test_the_first_wish_is_taken():
    assert merged(None, wish(1, 1, SUPPLY)) == wish(1, 1, SUPPLY)


def test_an_older_wish_is_refused():
    assert merged(wish(3, 5), wish(2, 4, SUPPLY, poll_s=10)) is None


def test_the_same_wish_again_changes_nothing():
    assert merged(wish(3, 5, SUPPLY), wish(3, 5, SUPPLY)) is None


def test_a_withdrawal_counts_even_beside_an_old_configuration():
    assert merged(wish(3, 5, SUPPLY, poll_s=60), wish(2, 6, poll_s=10)) == wish(3, 6, poll_s=60)


def test_a_new_configuration_counts_even_beside_an_old_consent():
    assert merged(wish(3, 5), wish(4, 4, SUPPLY, poll_s=10)) == wish(4, 5, poll_s=10)


def test_the_length_of_the_prealarm_is_part_of_the_configuration():
    short = Desired(config=4, consent=4, purposes=[], prealarm_s=15)

    result = merged(wish(3, 5, SUPPLY), short)
    assert result is not None
    assert (result.prealarm_s, result.consent) == (15, 5)


def test_the_movement_around_an_alarm_may_not_leave_without_the_alarm():
    assert Purpose.MOVEMENT in not_granted(wish(1, 1, Purpose.MOVEMENT))
    assert Purpose.MOVEMENT not in not_granted(wish(1, 1, Purpose.MOVEMENT, Purpose.SAFETY))


def test_the_same_consent_version_may_narrow_and_never_widen():
    assert merged(wish(3, 5, SUPPLY, LEARN), wish(3, 5, LEARN)) == wish(3, 5, LEARN)
    assert merged(wish(3, 5, LEARN), wish(3, 5, SUPPLY, LEARN)) is None
