"""Links in messages: nobody makes one up, changes one, or uses one for something else."""

import base64
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.emergencies import links
from cloud.emergencies.links import For

KEY, OLD, OTHER = b"k" * 32, b"o" * 32, b"x" * 32
SUBJECT = "0123456789abcdef0123456789abcdef"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKEN = links.make(KEY, For.ANSWER, SUBJECT, NOON)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.binary(min_size=16, max_size=16), st.sampled_from(For), st.integers(0, 4_000_000_000))
def test_what_was_said_is_read_again(subject, good_for, seconds):
    moment = datetime.fromtimestamp(seconds, UTC)

    link = links.read([OTHER, KEY], links.make(KEY, good_for, subject.hex(), moment))

    assert link == links.Link(good_for, subject.hex(), moment)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(ALPHABET))
def test_one_changed_letter_makes_it_worthless(place, letter):
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]

    assert (links.read([KEY], changed) is None) == (changed != TOKEN)


@given(st.text(max_size=120))
def test_no_text_from_outside_is_a_link_or_breaks_the_reading(text):
    assert links.read([KEY], text) is None


@given(st.binary(max_size=80))
def test_no_bytes_from_outside_are_a_link(raw):
    assert links.read([KEY], base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) is None


@pytest.mark.parametrize("token", ["", "=", TOKEN[:-1], TOKEN + "A", " " + TOKEN, TOKEN + "\n", TOKEN * 2])
def test_a_link_that_was_cut_or_lengthened_is_none(token):
    assert links.read([KEY], token) is None


def test_a_link_signed_with_another_key_is_forged():
    assert links.read([KEY], links.make(OTHER, For.ANSWER, SUBJECT, NOON)) is None
    assert links.read([], TOKEN) is None


def test_links_from_before_a_new_key_still_work():
    old = links.make(OLD, For.AGREE, SUBJECT, NOON)

    link = links.read([KEY, OLD], old)

    assert link is not None
    assert link.good_for is For.AGREE


def test_what_a_link_is_good_for_and_until_when_is_signed():
    later = links.make(KEY, For.ANSWER, SUBJECT, NOON + timedelta(days=1))
    agree = links.make(KEY, For.AGREE, SUBJECT, NOON)
    mac = len(TOKEN) - 22

    assert links.read([KEY], later[:mac] + TOKEN[mac:]) is None
    assert links.read([KEY], agree[:mac] + TOKEN[mac:]) is None


def test_a_link_fits_into_an_address_as_it_is():
    for _ in range(100):
        token = links.make(secrets.token_bytes(32), For.ANSWER, secrets.token_hex(16), NOON)
        assert set(token) <= set(ALPHABET)
        assert len(token) < 60
