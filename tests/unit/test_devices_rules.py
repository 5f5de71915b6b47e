"""Who a device is, when a row was taken, which numbers are spoken of together."""

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.devices.rules import dated, identity, ranges
from contract import limits
from contract.messages import Anchor, DeviceReport


def test_a_device_is_known_by_its_uuid_before_its_serial_number():
    assert identity("pi", DeviceReport(device="p", type="printer", uuid="URN-1", serial="S")) == "uuid:urn-1"


def test_a_device_with_neither_is_known_by_its_local_name():
    assert identity("pi", DeviceReport(device="scale", type="scale")) == "local:pi/scale"


def test_an_anchor_dates_the_earlier_rows_of_its_boot():
    anchor = Anchor(boot=3, up_ms=10_000, at_ms=1_000_000)

    assert dated(None, 4_000, anchor) == 994_000


@pytest.mark.parametrize("up_ms", [0, limits.MAX_UP_MS])
@pytest.mark.parametrize("known", [(5, 5), (0, limits.MAX_AT_MS - limits.MAX_UP_MS)])
def test_whatever_an_anchor_dates_has_its_place_in_the_calendar(up_ms: int, known: tuple[int, int]):
    at_ms = dated(None, up_ms, Anchor(boot=3, up_ms=known[0], at_ms=known[1]))

    assert at_ms is not None
    assert 1970 <= datetime.fromtimestamp(at_ms / 1000, UTC).year <= 9999


def test_a_boot_that_never_knew_the_time_stays_undated():
    assert dated(None, 4_000, None) is None


@given(st.sets(st.integers(1, 200)))
def test_ranges_name_exactly_the_numbers_given(seqs: set[int]):
    found = ranges(seqs)

    assert {n for first, last in found for n in range(first, last + 1)} == seqs
    assert all(later[0] > earlier[1] + 1 for earlier, later in itertools.pairwise(found))
