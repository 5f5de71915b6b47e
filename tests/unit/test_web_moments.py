"""Dates, money and numbers as a reader writes them, by the clock of their home."""

import unicodedata
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cloud.web.templating import Moments

ENGLISH = Moments("en", ZoneInfo("Europe/Berlin"))
CHINESE = Moments("zh", ZoneInfo("Asia/Shanghai"))
LATE = datetime(2026, 12, 2, 23, 30, tzinfo=UTC)


def plain(text):
    for mark, typed in (("THIN SPACE", " "), ("NO-BREAK SPACE", " "), ("EN DASH", "-")):
        text = text.replace(unicodedata.lookup(mark), typed)
    return text


def test_a_day_is_the_day_at_home_with_its_weekday():
    assert ENGLISH.day(LATE) == "Thu 3 Dec"
    assert CHINESE.day(LATE) == "12月3日周四"


@pytest.mark.parametrize(
    ("first", "last", "english", "chinese"),
    [
        (date(2026, 12, 3), date(2026, 12, 9), "3-9 December", "12月3日至9日"),
        (date(2026, 11, 30), date(2026, 12, 9), "30 November - 9 December", "11月30日至12月9日"),
        (date(2026, 12, 30), date(2027, 1, 9), "30 Dec 2026 - 9 Jan 2027", "2026年12月30日至2027年1月9日"),
    ],
)
def test_a_span_says_each_month_once(first, last, english, chinese):
    assert plain(ENGLISH.span(first, last)) == english
    assert CHINESE.span(first, last) == chinese


def test_money_has_the_places_of_its_currency():
    assert ENGLISH.money(4180, "EUR") == "€41.80"
    assert CHINESE.money(1000, "JPY") == "JP¥1,000"


def test_a_miss_has_its_sign():
    assert [ENGLISH.signed(days) for days in (1.4, 0.2, -2.0)] == ["+1", "0", "\N{MINUS SIGN}2"]


def test_how_long_ago_something_was_is_said_in_words():
    assert ENGLISH.ago(LATE, LATE.replace(hour=23, minute=50)) == "20 minutes ago"
    assert CHINESE.ago(LATE, LATE.replace(hour=23, minute=50)) == "20分钟前"
