"""What a ledger of consent allows."""

from cloud.consent.rules import Entry, standing

GIVEN = Entry(version=1, purpose="supply", given=True)
WITHDRAWN = Entry(version=2, purpose="supply", given=False)
GIVEN_AGAIN = Entry(version=3, purpose="supply", given=True)


def test_an_empty_ledger_allows_nothing():
    assert standing([]).version == 0
    assert not standing([]).allows("supply")


def test_what_was_given_is_allowed_until_it_is_withdrawn():
    assert standing([GIVEN]).allows("supply")
    assert not standing([GIVEN, WITHDRAWN]).allows("supply")


def test_one_purpose_says_nothing_about_another():
    assert not standing([GIVEN]).allows("order")


def test_a_later_grant_does_not_cover_what_was_measured_before_the_withdrawal():
    stands = standing([GIVEN, WITHDRAWN, GIVEN_AGAIN])

    assert not stands.accepts("supply", 1)
    assert stands.accepts("supply", 3)


def test_an_answer_about_another_purpose_does_not_age_a_grant():
    stands = standing([GIVEN, Entry(version=2, purpose="order", given=True)])

    assert stands.accepts("supply", 1)
    assert stands.accepts("supply", 2)


def test_a_version_that_does_not_exist_yet_is_not_accepted():
    assert not standing([GIVEN]).accepts("supply", 9)


def test_the_order_in_which_the_ledger_is_read_does_not_matter():
    assert standing([GIVEN_AGAIN, WITHDRAWN, GIVEN]) == standing([GIVEN, WITHDRAWN, GIVEN_AGAIN])
