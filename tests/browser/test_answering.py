"""A contact answers an alarm with a phone and at a desk, in both languages, with scripts switched off."""

import pytest
import sqlmodel
from axe_playwright_python.sync_playwright import Axe

from cloud import db
from cloud.calendars.feeds import NotModified
from cloud.emergencies import links
from cloud.emergencies.links import For
from cloud.emergencies.tables import AlarmAttempt, Contact, Wearer
from cloud.settings import Settings
from cloud.web import translations
from cloud.web.deps import Web
from tests.alarms_world import MINUTE, Night
from tests.browser.conftest import WIDTHS
from tests.browser.world import GRAVE, Served

NOTES = "The key is with Mr Vogel on the ground floor.\nShe hears badly: knock hard."


@pytest.fixture
def night(tmp_path):
    url = f"sqlite:///{tmp_path / 'night.db'}"
    db.upgrade(url)
    engine = db.engine(url)
    made = Night(engine)
    made.move_in("Bert", "Cara")
    with db.transaction(engine) as session:
        wearer = session.exec(sqlmodel.select(Wearer)).one()
        wearer.notes = NOTES
        session.add(wearer)
    yield made
    engine.dispose()


@pytest.fixture
def served(night):
    web = Web(
        engine=night.engine, settings=Settings(), clock=night.clock, ids=night.new_id,
        fetcher=lambda *_: NotModified(), expander=lambda *_: [],
    )  # fmt: skip
    with Served(web) as made:
        yield made


def speaks(night, language):
    with db.transaction(night.engine) as session:
        for contact in session.exec(sqlmodel.select(Contact)):
            contact.language = language
            session.add(contact)


def link(night, good_for, name):
    with db.transaction(night.engine) as session:
        table = AlarmAttempt if good_for is For.ANSWER else Contact
        found = session.exec(sqlmodel.select(table).where(table.name == name)).all()[-1]
        token = links.make(links.keys(session, night.now)[0], good_for, found.id, night.now + links.ANSWER_LASTS)
    return f"/{'answer' if good_for is For.ANSWER else 'agree'}/{token}"


class Hand:
    """One contact's browser. Each page is looked at by axe, kept as a picture and fits its window."""

    def __init__(self, page, served, keep, kind, language):
        self.page, self.served, self.keep, self.kind = page, served, keep, f"{kind}_{language}"
        self.say = translations.of(language).gettext

    def goes(self, path, name):
        self.page.goto(self.served.address + path)
        self.looks(name)

    def taps(self, words, name, **values):
        self.page.get_by_role("button", name=self.say(words) % values).click()
        self.looks(name)

    def looks(self, name):
        self.keep(self.page, f"answer_{name}_{self.kind}")
        grave = [v["id"] for v in Axe().run(self.page).response["violations"] if v["impact"] in GRAVE]
        assert grave == [], name
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name

    def reads(self, words, **values):
        assert self.say(words) % values in self.page.inner_text("main")


@pytest.mark.parametrize("kind", sorted(WIDTHS))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_contact_agrees_is_called_takes_it_and_says_how_it_ended(chromium, served, night, keep, kind, language):
    speaks(night, language)
    width, height = WIDTHS[kind]
    context = chromium.new_context(viewport={"width": width, "height": height})
    bert = Hand(context.new_page(), served, keep, kind, language)

    bert.goes(link(night, For.AGREE, "Bert"), "agree")
    bert.page.get_by_label(bert.say("Yes, call me when %(wearer)s needs help") % {"wearer": "Ada"}).check()
    bert.taps("Save my answer", "agreed")
    night.falls()
    night.passes(MINUTE)
    bert.goes(link(night, For.ANSWER, "Bert"), "asked")
    bert.reads("Nobody is taking care of it yet.")
    bert.taps("I am taking care of it", "taken")
    bert.reads("Thank you. You are taking care of it. The others who were called are told.")
    bert.taps("It was a false alarm", "over")
    bert.reads("It was a false alarm.")
    bert.goes("/answer/nothing", "wrong")
    context.close()


def test_it_works_without_scripts_and_tells_no_other_site(chromium, served, night):
    night.falls()
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.all_headers() | {"to": request.url}))

    page.goto(served.address + link(night, For.ANSWER, "Bert"))
    page.get_by_role("button", name="I am taking care of it").click()

    assert "You are taking care of it until" in page.inner_text("main")
    assert all(headers["to"].startswith(served.address) for headers in asked)
    assert [headers["to"] for headers in asked if headers.get("referer")] == []
    assert context.cookies() == []
    context.close()
