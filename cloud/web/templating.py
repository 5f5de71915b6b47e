"""Templates in the reader's language, with dates and money as they write them."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel.dates import format_date, format_datetime, format_interval, format_skeleton, format_timedelta, get_day_names
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from fastapi import Request
from fastapi.responses import HTMLResponse

from cloud.people.tables import Person
from cloud.web import charts, translations, words
from cloud.web.deps import Visitor

TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE_COOKIE = "language"
NAMES = {"en": "English", "zh": "简体中文"}


def language_of(request: Request, person: Person | None) -> str:
    """What the person's account says; before they sign in, what was chosen here, else what the browser asks for."""
    if person is not None:
        return translations.plain(person.language)
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in translations.LANGUAGES:
        return str(chosen)
    return translations.preferred(request.headers.get("accept-language", ""))


def page(
    request: Request, template: str, visitor: Visitor | None, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """One page. `zone` in the context, where there is a household; else UTC."""
    language = language_of(request, visitor.person if visitor else None)
    zone = context.pop("zone", None) or ZoneInfo("UTC")
    html = (
        environment(language)
        .get_template(template)
        .render(
            visitor=visitor,
            status=status,
            csrf=visitor.sign_in.csrf_secret if visitor else "",
            language=language,
            languages=NAMES,
            path=request.url.path,
            when=Moments(language, zone),
            **context,
        )
    )
    return HTMLResponse(html, status_code=status)


def say(language: str, text: str, values: Mapping[str, Any] | None = None) -> str:
    """A text of `words`, or a product's name, in a language. Plain text: a template still escapes it, unlike `_`."""
    found = translations.of(language).gettext(text) if text else ""
    return found % values if values else found


class Moments:
    """Dates, times, money and numbers for one reader."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.locale = translations.locale(language)
        self.zone = zone

    def day(self, moment: datetime | date | str | None) -> str:
        """Thu 3 Dec"""
        return "" if moment is None else str(format_skeleton("MMMEd", self.date(moment), locale=self.locale))

    def long_day(self, moment: datetime | date | str | None) -> str:
        """3 December"""
        return "" if moment is None else str(format_skeleton("MMMMd", self.date(moment), locale=self.locale))

    def full_day(self, moment: datetime | date | str) -> str:
        """3 December 2026"""
        return format_date(self.date(moment), "long", locale=self.locale)

    def span(self, start: datetime | date, end: datetime | date) -> str:
        """3-9 December. CLDR has intervals of short months only, so the pattern's month is written out."""
        first, last = self.date(start), self.date(end)
        if first.year != last.year:
            return str(format_interval(first, last, "yMMMd", locale=self.locale))
        differs = "M" if first.month != last.month else "d"
        parts = self.locale.interval_formats["MMMd"].get(differs)
        if parts is None:
            return str(format_interval(first, last, "MMMd", locale=self.locale))
        whole = [re.sub(r"(?<!M)MMM(?!M)", "MMMM", part) for part in parts]
        ends = zip(whole, (first, last), strict=True)
        return _whole("".join(format_date(day, part, locale=self.locale) for part, day in ends))

    def month(self, first: date) -> str:
        return str(format_skeleton("yMMMM", first, locale=self.locale))

    def weekdays(self) -> list[tuple[str, str]]:
        """Monday first: the short name and the whole."""
        short = get_day_names("abbreviated", locale=self.locale)
        whole = get_day_names("wide", locale=self.locale)
        return [(short[n], whole[n]) for n in range(7)]

    def moment(self, moment: datetime) -> str:
        """Thu 3 Dec, 14:05"""
        there = moment.astimezone(self.zone)
        return str(self.locale.datetime_formats["medium"]).format(f"{there:%H:%M}", self.day(there))

    def full_moment(self, moment: datetime) -> str:
        return format_datetime(moment.astimezone(self.zone), "long", locale=self.locale)

    def ago(self, moment: datetime, now: datetime) -> str:
        """2 hours ago"""
        return str(format_timedelta(moment - now, add_direction=True, locale=self.locale))

    def money(self, minor: int, currency: str) -> str:
        return format_currency(minor / 10 ** get_currency_precision(currency), currency, locale=self.locale)

    def number(self, value: float, digits: int = 1) -> str:
        return format_decimal(round(value, digits), locale=self.locale)

    def percent(self, share: float) -> str:
        return format_percent(round(share, 2), locale=self.locale)

    def signed(self, days: float) -> str:
        """With its sign, as people write it."""
        whole = round(days)
        return f"+{whole}" if whole > 0 else str(whole).replace("-", "\N{MINUS SIGN}")

    def later(self, moment: datetime, days: int) -> datetime:
        return moment + timedelta(days=days)

    def date(self, moment: datetime | date | str) -> date:
        """The day it is at the reader's home."""
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment) if "T" in moment else date.fromisoformat(moment)
        if isinstance(moment, datetime):
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(self.zone).date()
        return moment


def _whole(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


@cache
def environment(language: str) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"], undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    made.install_gettext_translations(translations.of(language), newstyle=True)  # type: ignore[attr-defined]
    made.policies["ext.i18n.trimmed"] = True
    made.globals.update(words=words, charts=charts, tr=partial(say, language))
    return made
