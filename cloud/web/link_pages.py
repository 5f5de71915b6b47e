"""Pages behind a link in a message: no sign-in and no cookie, the link is the proof. Nobody else learns of it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.flows.by_link import Wrong
from cloud.web import answer_words, attempts, translations
from cloud.web.attempts import Window
from cloud.web.templating import NAMES, Moments, environment, language_of

MOST_WRONG, WITHIN = 20, timedelta(minutes=10)  # of one address
HEADERS = {
    "Referrer-Policy": "no-referrer",  # the address is a secret
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "no-store",
}
_STATUS = {Wrong.UNKNOWN: 404, Wrong.EXPIRED: 410, Wrong.NOT_CALLED: 410}
_TOO_MANY = 429


def wrong_links() -> Window:
    """For the application's state: how often an address may come with a link that is none."""
    return Window(most=MOST_WRONG, within=WITHIN)


def show(
    request: Request, template: str, language: str, *, zone: ZoneInfo | None = None, status: int = 200, **context: Any
) -> Response:
    """One page, in the language of who was called; `?language=` shows it in another."""
    shown = chosen(request, language)
    html = (
        environment(shown)
        .get_template(template)
        .render(
            language=shown,
            languages=NAMES,
            path=request.url.path,
            said=answer_words,
            when=Moments(shown, zone or ZoneInfo("UTC")),
            **context,
        )
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def back(request: Request, did: str, language: str) -> Response:
    """To the same page, read anew: going back or loading again repeats nothing."""
    shown = chosen(request, language)
    more = f"&language={shown}" if shown != translations.plain(language) else ""
    return RedirectResponse(f"{request.url.path}?did={did}{more}", status_code=303, headers=HEADERS)


def chosen(request: Request, language: str) -> str:
    asked = request.query_params.get("language", "")
    return asked if asked in translations.LANGUAGES else translations.plain(language)


def refuse(request: Request, wrong: Wrong, now: datetime) -> Response:
    """A link that leads nowhere. Guessing ends soon; a genuine link always works, whoever else guessed from there."""
    language = language_of(request, None)
    guesses: Window = request.app.state.wrong_links
    place = attempts.place(request.client.host if request.client else None)
    if wrong is Wrong.UNKNOWN and not guesses.allows(place, now):
        text = answer_words.TOO_MANY
        return show(request, "answer/wrong.html", language, status=_TOO_MANY, text=text)
    return show(request, "answer/wrong.html", language, status=_STATUS[wrong], text=answer_words.WRONG[wrong])
