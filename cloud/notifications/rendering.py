"""Find the words: a template and its values become subject and HTML in the person's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, get_currency_precision

Translate = Callable[[str], NullTranslations]
"""The words of a language; a language that has none gives the English ones."""

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class Mail:
    """Ready to be sent. The text part is made of the HTML by who sends it. `facts`: what the words were made of."""

    subject: str
    html: str
    template: str = ""
    link: str = ""  # the whole address where to go on
    facts: Mapping[str, Any] = field(default_factory=dict)


class Words:
    """Renders the templates of one folder."""

    def __init__(self, translate: Translate, public_url: str) -> None:
        self._translate = translate
        self._public_url = public_url.rstrip("/")

    def mail(self, template: str, context: dict[str, Any], *, name: str, language: str, time_zone: str) -> Mail:
        """Raises jinja2.TemplateError when the template does not exist or a value is missing."""
        page = _environment(self._translate, language, time_zone).get_template(f"{template}.html")
        scope = page.new_context({**context, "name": name, "public_url": self._public_url, "language": language})
        subject = unescape("".join(page.blocks["subject"](scope)))  # a header is plain text
        link = f"{self._public_url}{context['path']}" if "path" in context else ""
        return Mail(" ".join(subject.split()), page.render(scope.get_all()), template, link, context)


@cache
def _environment(translate: Translate, language: str, time_zone: str) -> jinja2.Environment:
    """Slow to make, few in number: its templates are compiled once in a process."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = translate(language)
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.policies["ext.i18n.trimmed"] = True
    locale = _locale(language)
    environment.filters["money"] = lambda minor, currency: money(minor, currency, locale)
    environment.filters["day"] = lambda moment: day(moment, locale, time_zone)
    environment.filters["moment"] = lambda moment: _moment(moment, locale, time_zone)
    return environment


def money(minor: int, currency: str, locale: Locale) -> str:
    return format_currency(minor / 10 ** get_currency_precision(currency), currency, locale=locale)


def day(moment: str, locale: Locale, time_zone: str) -> str:
    """`moment` is an ISO moment or an ISO day."""
    if len(moment) == len("2026-01-01"):
        return format_date(date.fromisoformat(moment), "full", locale=locale)
    there = datetime.fromisoformat(moment).astimezone(ZoneInfo(time_zone))
    return format_date(there.date(), "full", locale=locale)


def _moment(moment: str, locale: Locale, time_zone: str) -> str:
    there = datetime.fromisoformat(moment).astimezone(ZoneInfo(time_zone))
    day_of_year = format_skeleton("MMMMd", there, locale=locale)
    return str(locale.datetime_formats["medium"]).format(f"{there:%H:%M}", day_of_year)


def _locale(language: str) -> Locale:
    return Locale.parse("zh_Hans_CN" if language.startswith("zh") else "en_GB")
