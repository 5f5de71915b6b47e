"""How often one address may try."""

from datetime import UTC, datetime, timedelta

import pytest

from cloud.web import attempts
from cloud.web.attempts import Window

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_an_address_may_try_again_once_its_tries_are_old():
    window = Window(most=2, within=10 * MINUTE)

    tries = [window.allows("a", NOW + n * MINUTE) for n in (0, 5, 6, 10, 11)]

    assert tries == [True, True, False, True, False]


def test_tries_from_before_the_clock_stepped_back_do_not_count():
    window = Window(most=1, within=10 * MINUTE)
    window.allows("a", NOW)

    assert window.allows("a", NOW - timedelta(days=2))
    assert not window.allows("a", NOW - timedelta(days=2) + MINUTE)


def test_one_address_does_not_hinder_another():
    window = Window(most=1, within=MINUTE)

    assert window.allows("a", NOW)
    assert window.allows("b", NOW)


def test_memory_is_bounded():
    window = Window(most=1, within=MINUTE, places=2)
    for place in ("a", "b", "c"):
        window.allows(place, NOW)

    assert window.allows("a", NOW)
    assert not window.allows("c", NOW)


@pytest.mark.parametrize(
    ("host", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::8", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        (None, "unknown"),
    ],
)
def test_who_has_a_whole_network_has_no_more_tries_for_it(host, counted_as):
    assert attempts.place(host) == counted_as
