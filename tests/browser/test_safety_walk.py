"""The wearer's path and the circle's, as they walk them: on a phone and on a desk, in English and in Chinese."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from cloud import db
from cloud.devices.tables import Agent
from cloud.emergencies import answering, calling, circle, drills
from cloud.emergencies.rules import Disposition, Outcome
from cloud.emergencies.tables import Alarm, Contact, Drill, Wearer
from cloud.flows import alarms, circles
from cloud.people.tables import Person
from contract.alarms import Alarm as Message
from contract.alarms import AlarmBy, AlarmEvent
from kit.bus import Delivery
from kit.ids import Ids
from tests.browser.conftest import WIDTHS
from tests.browser.test_walk import Walk
from tests.browser.world import PASSWORD, STREAM, Lived, Served
from tests.safety_world import BAND, Worn

pytestmark = pytest.mark.slow


@dataclass
class AtHome:
    """What the wristband needs of the lived-in home."""

    lived: Lived

    @property
    def engine(self) -> Any:
        return self.lived.engine

    @property
    def new_id(self) -> Ids:
        return self.lived.new_id

    @property
    def now(self) -> datetime:
        return self.lived.clock.now()

    def send(self, delivery: Delivery) -> None:
        with db.transaction(self.engine) as session:
            self.lived._send(session, delivery)

    def allow(self, purpose: str, *, given: bool = True) -> None:
        assert given
        with db.transaction(self.engine) as session:
            self.lived._allow(session, purpose)


@pytest.fixture(params=sorted(WIDTHS))
def width(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest, home: Lived) -> str:
    with db.transaction(home.engine) as session:
        session.get_one(Person, home.person_id).language = request.param
    return str(request.param)


@pytest.fixture
def worn(home: Lived) -> Worn:
    """On, worn, and allowed for the circle to see."""
    made = Worn(AtHome(home), consent=2)  # type: ignore[arg-type]
    made.allow("circle")
    made.switch_on()
    return made


@pytest.fixture
def walk(chromium: Any, keep: Callable[[Any, str], None], served: Served, width: str, language: str) -> Iterator[Walk]:
    size = WIDTHS[width]
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN" if language == "zh" else "en-GB"
    )
    context.set_default_timeout(10_000)
    yield Walk(context.new_page(), keep, served.address, language, width)
    context.close()


def test_the_wearer_sets_it_up_tests_it_and_switches_it_off(walk: Walk, home: Lived, worn: Worn, language: str) -> None:
    _sets_it_up(walk, home, worn)
    _tests_it(walk, worn)
    _falls(walk, worn)
    _switches_it_off(walk)


def _sets_it_up(walk: Walk, home: Lived, worn: Worn) -> None:
    walk.comes_in(home)
    walk.looks("safety-home")
    walk.follow("Safety")
    walk.reads("Fall alarm is on.")
    walk.looks("safety-nobody")
    page = walk.page
    page.get_by_label(walk.word("Name"), exact=True).fill("Eve")
    page.get_by_label(walk.word("E-mail address")).fill("eve@example.org")
    page.get_by_text(walk.word("May see how I am: whether the fall alarm is on, and past alarms")).click()
    walk.press("Add to the list")
    walk.reads("asked, no answer yet")
    page.get_by_label(walk.word("For who answers an alarm")).fill("Key under the blue pot.\nSpeaks Polish.")
    walk.press("Keep these notes")
    page.get_by_text(walk.word("Say who wears it")).click()
    page.get_by_label(walk.word("The person")).select_option("")
    page.get_by_label(walk.word("Name of somebody else")).fill("Grandma Lin")
    walk.press("Keep this name")
    walk.reads("Noted. Whoever answers an alarm is told this name.")
    worn.add("Max", in_circle=False, drills=True)
    walk.goes("/safety")
    page.get_by_text(walk.word("Change these times")).click()
    page.get_by_label(walk.word("Time to answer")).fill("90")
    page.get_by_label(walk.word("Seconds or minutes")).select_option("seconds")
    walk.press("Keep these times")
    page.get_by_text(walk.word("Change these times")).click()
    walk.looks("safety")


def _tests_it(walk: Walk, worn: Worn) -> None:
    walk.press("Test it now")
    walk.reads("under way")
    walk.looks("drill-begun")
    _drill_comes_through(worn)
    walk.page.reload()
    walk.looks("drill")
    walk.follow("Back to safety")


def _falls(walk: Walk, worn: Worn) -> None:
    worn.falls = 50
    worn.falls_down()
    walk.goes("/")
    walk.page.locator("[role=alert]").wait_for()
    walk.looks("safety-home-alarm")
    walk.goes("/safety")
    walk.looks("safety-alarm")
    walk.page.locator(".contacts a").first.click()
    walk.press("Remove from the list")
    walk.reads("Removed. They are not called any more.")


def _switches_it_off(walk: Walk) -> None:
    walk.goes("/permissions")
    walk.looks("safety-permissions")
    walk.goes("/safety")
    walk.follow("Switch the fall alarm off")
    walk.looks("safety-switch-off")
    walk.press("Switch it off and tell them")
    walk.reads("Fall alarm is off.")
    walk.looks("safety-off")
    walk.goes("/")
    walk.reads("Fall alarm is off.")
    walk.looks("safety-home-off")


def _drill_comes_through(worn: Worn) -> None:
    home = worn.home
    now = home.now
    with db.transaction(home.engine) as session:
        drill = session.exec(select(Drill)).one()
        drills.commanded(session, drill.id, now + timedelta(milliseconds=40))
        said = Message(
            stream=STREAM, seq=40, boot=1, consent=worn.consent, device=BAND, alarm_id="d" * 32, kind="fall",
            event=AlarmEvent.CONFIRMED, by=AlarmBy.DETECTOR, up_ms=5, drill=drill.id,
            at_ms=int(now.timestamp() * 1000) + 130,
        )  # fmt: skip
        agent = session.exec(select(Agent)).one()
        alarms.hear(session, home.new_id, agent, said, now + timedelta(milliseconds=190))
    with db.transaction(home.engine) as session:
        alarm = session.exec(select(Alarm).where(Alarm.is_drill)).one()  # type: ignore[arg-type]
        attempt = calling.attempts(session, alarm.id)[0]
        calling.settle(session, attempt.id, Outcome.SENT, None, now + timedelta(milliseconds=420))
        contact = session.exec(select(Contact).where(Contact.name == "Max")).one()
        who = alarms.Who("Max", "link", contact_id=contact.id, attempt_id=attempt.id)
        answering.close(session, home.new_id, alarm.id, who, Disposition.DRILL, now + timedelta(seconds=9))


def test_who_looks_after_somebody_comes_in_and_answers(walk: Walk, home: Lived, worn: Worn, language: str) -> None:
    walk.goes(_invited(worn, language))
    walk.looks("circle-join")
    walk.page.get_by_role("button").first.click()
    walk.page.get_by_label(walk.word("New password")).fill(PASSWORD)
    walk.press("Choose this password")
    walk.reads("Whom you look after")
    walk.looks("circle")
    worn.falls_down()
    walk.goes("/circle")
    walk.looks("circle-alarm")
    walk.press("I am taking care of it")
    walk.reads("Thank you. Everybody who was called is told that you are taking care of it.")
    walk.looks("circle-taken")
    walk.press("Close the alarm")
    walk.reads("Closed. Everybody who was called is told.")
    walk.looks("circle-closed")


def _invited(worn: Worn, language: str) -> str:
    contact_id = worn.add("Eve")
    with db.transaction(worn.home.engine) as session:
        contact = session.get_one(Contact, contact_id)
        contact.language = language
        wearer = session.exec(select(Wearer)).one()
        wearer.notes = "Key under the blue pot.\nSpeaks Polish."
        circle.name(session, wearer, session.exec(select(Person.id).where(Person.name == "Ada")).one(), worn.home.now)
        circles.invite(session, worn.home.new_id, wearer, contact, worn.home.now)
    return str(worn.mails("circle_invited")[0].context["path"])
