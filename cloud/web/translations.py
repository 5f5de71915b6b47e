"""Words in the reader's language: gettext catalogues, read from their sources at the start."""

from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po

LOCALES = Path(__file__).with_name("locale")
LANGUAGES = {"en": "en", "zh": "zh_Hans_CN"}
"""What is offered, and the locale for dates and money."""


def translate(language: str, text: str) -> str:
    """The text itself where there is no translation."""
    return _catalogue(plain(language)).get(text, text)


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
def _catalogue(language: str) -> dict[str, str]:
    path = LOCALES / LANGUAGES[language] / "LC_MESSAGES" / "forehand.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=LANGUAGES[language])
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.fuzzy}
