"""Public holidays by country, and which country a time zone lies in. No network: both come with their libraries."""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache

import holidays
from babel.core import get_global


def is_known(country: str, subdivision: str | None = None) -> bool:
    """`country`: ISO 3166-1, as DE; `subdivision`: what follows it in ISO 3166-2, as BY."""
    known = _countries()
    return country in known and (subdivision is None or subdivision in known[country])


def is_holiday(day: date, country: str | None, subdivision: str | None = None) -> bool:
    """False also where nothing is known of the country; an unknown subdivision has its country's holidays."""
    if country is None or not is_known(country):
        return False
    return day in _of_year(country, subdivision if is_known(country, subdivision) else None, day.year)


def country_of_zone(time_zone: str) -> str | None:
    """None: in no country (UTC), or of a name that nobody knows."""
    zone = get_global("zone_aliases").get(time_zone, time_zone)
    country = get_global("zone_territories").get(zone)
    return country if country is not None and is_known(country) else None


@cache
def _countries() -> Mapping[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)


@lru_cache(maxsize=512)
def _of_year(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
