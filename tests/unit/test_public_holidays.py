from datetime import date

import pytest

from cloud import public_holidays

EPIPHANY = date(2026, 1, 6)


def test_a_part_of_a_country_may_have_holidays_of_its_own():
    assert public_holidays.is_holiday(EPIPHANY, "DE", "BY")
    assert not public_holidays.is_holiday(EPIPHANY, "DE")
    assert not public_holidays.is_holiday(EPIPHANY, "DE", "nowhere")


@pytest.mark.parametrize("country", [None, "", "ZZ", "Germany"])
def test_where_nothing_is_known_no_day_is_one(country):
    assert not public_holidays.is_holiday(date(2026, 12, 25), country)


@pytest.mark.parametrize(
    ("zone", "country"), [("Europe/Berlin", "DE"), ("Asia/Shanghai", "CN"), ("UTC", None), ("Mars/Olympus", None)]
)
def test_a_time_zone_tells_the_country(zone, country):
    assert public_holidays.country_of_zone(zone) == country
