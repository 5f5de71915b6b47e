"""Words in the reader's language: gettext catalogues, read from their sources at the start."""

import io
from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALES = Path(__file__).with_name("locale")
LANGUAGES = {"en": "en_GB", "zh": "zh_Hans_CN"}
"""What is offered, and the locale for dates and money."""


def of(language: str) -> NullTranslations:
    """The catalogue for a language; English is what stands in code and templates."""
    return _catalogue(plain(language))


def plain(language: str) -> str:
    """`zh-CN`, `zh_Hans` -> `zh`; what is not offered becomes English."""
    short = language.replace("_", "-").split("-")[0].lower()
    return short if short in LANGUAGES else "en"


def locale(language: str) -> Locale:
    return Locale.parse(LANGUAGES[plain(language)])


def preferred(accept_language: str) -> str:
    """The first offered language of an Accept-Language header, by its weights."""
    weighed = []
    for place, part in enumerate(accept_language.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), place, tag.strip()))
        except ValueError:
            continue
    for _, _, tag in sorted(weighed):
        if tag.split("-")[0].lower() in LANGUAGES:
            return plain(tag)
    return "en"


@cache
def _catalogue(language: str) -> NullTranslations:
    path = LOCALES / LANGUAGES[language] / "LC_MESSAGES" / "forehand.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=LANGUAGES[language])
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain="forehand")
