import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.orders.rules import CLOSED, NEWS, OPEN, UNSENT, Event, Refusal, State, next_state, packs_to_book

AFTER_SENDING = [Event.UNCERTAIN, Event.START, *sorted(NEWS)]


def walk(state, events, *, sent=True):
    for event in events:
        target = next_state(state, event, sent=sent)
        state = state if isinstance(target, Refusal) else target
    return state


def test_every_state_answers_every_event():
    for state, event, sent in itertools.product(State, Event, (True, False)):
        assert isinstance(next_state(state, event, sent=sent), State | Refusal)


@given(st.sampled_from(State), st.lists(st.sampled_from(Event), max_size=30), st.booleans())
def test_a_closed_order_never_opens_again(state, events, sent):
    closed = False
    for event in events:
        state = walk(state, [event], sent=sent)
        assert not (closed and state in OPEN)
        closed = closed or state in CLOSED


@given(st.sampled_from(State), st.lists(st.sampled_from(AFTER_SENDING), max_size=12))
def test_news_that_is_repeated_changes_nothing(state, events):
    once = walk(state, events)

    assert walk(once, events[-1:]) == once


@given(st.permutations([Event.ACCEPTED, Event.SHIPPED, Event.DELIVERED, Event.ACCEPTED, Event.UNCERTAIN]))
def test_whatever_the_order_of_the_news_what_was_delivered_is_delivered(events):
    assert walk(State.SENDING, events) is State.DELIVERED


@pytest.mark.parametrize("end", [Event.CANCELLED, Event.FAILED])
def test_late_news_of_shipping_does_not_revive_what_is_over(end):
    assert walk(State.ACCEPTED, [end, Event.SHIPPED]) is walk(State.ACCEPTED, [Event.SHIPPED, end])


@given(st.sampled_from(sorted(UNSENT)), st.sampled_from(sorted(NEWS)))
def test_nobody_can_deliver_what_was_never_sent(state, event):
    assert next_state(state, event, sent=False) is Refusal.NOT_SENT


@pytest.mark.parametrize("state", sorted(set(State) - UNSENT))
def test_what_has_left_cannot_be_held_or_simply_cancelled(state):
    assert next_state(state, Event.HOLD) in {Refusal.TOO_LATE, Refusal.CLOSED}
    assert next_state(state, Event.CANCEL) in {Refusal.TOO_LATE, Refusal.CLOSED}


def test_an_order_that_may_have_been_accepted_is_never_given_up_as_unreachable():
    assert next_state(State.UNKNOWN, Event.UNREACHABLE) is State.UNKNOWN


@given(st.integers(1, 9), st.lists(st.tuples(st.sampled_from([Event.PARTIAL, Event.DELIVERED]), st.integers(0, 12))))
def test_the_shelf_never_gains_more_than_was_ordered(quantity, news):
    booked = 0
    for event, told in news:
        booked += packs_to_book(quantity, booked, event, told)

    assert booked <= quantity
    assert booked == quantity or Event.DELIVERED not in [event for event, _ in news]
