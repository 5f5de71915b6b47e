"""The fall alarm on the pages of a home: contacts, plan, drills, switching off."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlmodel import select

from cloud import db
from cloud.emergencies import calling, drills
from cloud.emergencies.rules import Outcome
from cloud.emergencies.tables import AlarmAttempt, Contact, Drill
from cloud.people.tables import Person
from cloud.views import changes
from cloud.web import safety_words as said
from tests.safety_world import MOST_STATEMENTS, nobody_of_staff, press, with_a_band
from tests.support.statements import asked_of


@pytest.fixture
def world(engine):
    return with_a_band(engine)


def shown(world, path="/safety"):
    return unescape(world.ada.get(path).text)


def test_the_band_is_worn_by_somebody_of_the_home_or_by_a_new_name(world):
    press(world.ada, f"{world.at}/wearer", person=world.home.person_id)
    by_ada = world.worn.wearer().person_id
    press(world.ada, f"{world.at}/wearer", person="", name="  Grandma   Lin ")

    with db.reading(world.home.engine) as session:
        named = session.get_one(Person, world.worn.wearer().person_id)
    assert by_ada == world.home.person_id
    assert (named.name, named.email) == ("Grandma Lin", "")
    assert "Grandma Lin wears it." in shown(world)


def test_nobody_of_another_home_can_be_named(world):
    with db.reading(world.home.engine) as session:
        bob = session.exec(select(Person.id).where(Person.name == "Bob")).one()

    assert press(world.ada, f"{world.at}/wearer", person=bob).status_code == 404
    assert world.worn.wearer().person_id is None


def test_the_plan_holds_what_was_chosen_and_refuses_what_is_out_of_bounds(world):
    press(world.ada, f"{world.at}/plan", answer="5", rounds="3", hold_minutes="20")
    refused = press(world.ada, f"{world.at}/plan", answer="0", rounds="3", hold_minutes="20")

    wearer = world.worn.wearer()
    assert (wearer.step_s, wearer.rounds, wearer.lease_s) == (300, 3, 1200)
    assert refused.headers["location"] == "/safety?problem=out_of_bounds"


@pytest.mark.parametrize(("step_s", "shown_as"), [(30, "30 seconds"), (90, "90 seconds"), (120, "2 minutes")])
def test_a_short_time_to_answer_is_shown_as_it_is_and_survives_another_change(world, step_s, shown_as):
    press(world.ada, f"{world.at}/plan", answer=str(step_s), answer_in="seconds", rounds="1", hold_minutes="20")
    page = shown(world)
    number, unit = re.search(r'name="answer" [^>]*value="(\d+)"', page)[1], shown_as.split()[1]
    press(world.ada, f"{world.at}/plan", answer=number, answer_in=unit, rounds="4", hold_minutes="20")

    assert f"Each has {shown_as} to answer, then the next one is called. When all" in " ".join(page.split())
    assert ('value="minutes" selected' in page) is (unit == "minutes")
    assert (world.worn.wearer().step_s, world.worn.wearer().rounds) == (step_s, 4)


def test_a_drill_needs_somebody_who_agreed_to_it(world):
    world.worn.add("Eve")

    before = shown(world)
    refused = press(world.ada, f"{world.at}/drill")

    assert said.NO_DRILL["nobody_agreed"] in before
    assert refused.headers["location"] == "/safety?problem=nobody_agreed"


def test_a_drill_says_beforehand_who_is_mailed_and_is_followed_on_its_page(world):
    world.worn.add("Eve", drills=True)
    world.worn.add("Max")

    before = shown(world)
    begun = press(world.ada, f"{world.at}/drill")
    page = shown(world, begun.headers["location"])

    assert "Mailed will be: Eve." in before
    assert begun.headers["location"].startswith("/safety/drills/")
    assert said.HOPS["asked"] in page
    assert "under way" in page
    assert world.bob.get(begun.headers["location"]).status_code == 404


def test_a_drill_that_came_to_nothing_says_so(world):
    world.worn.add("Eve", drills=True)
    begun = press(world.ada, f"{world.at}/drill").headers["location"]

    world.clock.advance(timedelta(minutes=20))

    assert "reached nobody" in shown(world, begun)


@pytest.mark.parametrize(
    ("code", "says"), [("not_taken", "It reached some, not all"), ("not_needed", "The whole way works.")]
)
def test_a_drill_that_reached_some_does_not_say_that_all_works(world, code, says):
    world.worn.add("Eve", drills=True)
    begun = press(world.ada, f"{world.at}/drill").headers["location"]
    alarm_id = world.worn.falls_down()
    with db.transaction(world.home.engine) as session:
        session.exec(select(Drill)).one().alarm_id = alarm_id
        (attempt,) = calling.attempts(session, alarm_id)
        other = AlarmAttempt(**{**attempt.model_dump(), "id": "f" * 32})
        session.add(other)
        session.flush()
        calling.settle(session, attempt.id, Outcome.SENT, None, world.home.now)
        calling.settle(session, other.id, Outcome.FAILED, code, world.home.now)

    world.clock.advance(timedelta(minutes=20))

    assert says in shown(world, begun)
    assert ("done in part" in shown(world)) is (code == "not_taken")


def test_no_drill_beside_a_real_alarm_and_none_while_it_is_off(world):
    world.worn.add("Eve", drills=True)
    world.worn.falls_down()
    busy = press(world.ada, f"{world.at}/drill").headers["location"]
    world.worn.allow("safety", given=False)
    off = press(world.ada, f"{world.at}/drill").headers["location"]

    assert (busy, off) == ("/safety?problem=real_alarm", "/safety?problem=off")
    with db.reading(world.home.engine) as session:
        assert session.exec(select(Drill)).all() == []


def test_switching_off_names_who_is_told_and_is_loud_afterwards(world):
    world.worn.allow("circle")
    world.worn.put_on()
    world.worn.add("Eve")
    world.worn.looks()

    led = press(world.ada, "/permissions/safety", given="false", text_version="x", language="en")
    asked = shown(world, "/safety/off")
    press(world.ada, "/safety/off")

    assert led.headers["location"] == "/safety/off"
    assert "Eve" in asked
    assert {mail.address for mail in world.worn.mails("standing_changed") if mail.context["standing"] == "off"} == {
        "ada@example.org", "eve@example.org",
    }  # fmt: skip
    assert said.STANDINGS["off"][0] in shown(world)
    assert said.STANDINGS["off"][0] in shown(world, "/")


def test_an_alarm_stands_on_top_of_the_first_page(world):
    world.worn.add("Eve")
    world.worn.falls_down()

    for path in ("/", "/safety"):
        text = shown(world, path)
        assert "may need help" in text
        assert "we are calling Eve" in text


def test_names_and_notes_are_shown_as_text_and_never_run(world):
    evil = '<script>alert("%(x)s")</script>'
    contact_id = world.worn.add("Eve", drills=True)
    with db.transaction(world.home.engine) as session:
        session.get_one(Contact, contact_id).name = evil
    press(world.ada, f"{world.at}/wearer", person="", name=evil)
    press(world.ada, f"{world.at}/notes", notes=evil)
    drill = press(world.ada, f"{world.at}/drill").headers["location"]
    world.worn.falls_down()

    paths = ("/", "/safety", "/safety/off", drill, f"{world.at}/contacts/{contact_id}/remove")
    answers = [world.ada.get(path) for path in paths]

    assert [answer.status_code for answer in answers] == [200] * len(paths)
    assert all("<script>alert" not in answer.text for answer in answers)
    assert "&lt;script&gt;alert" in answers[1].text


def test_pages_ask_little_however_many_contacts_there_are(world):
    for n in range(12):
        world.worn.add(f"Contact{n}", drills=True)
    press(world.ada, f"{world.at}/drill")
    world.worn.falls_down()

    for path in ("/", "/safety"):
        with asked_of(world.home.engine) as asked:
            assert world.ada.get(path).status_code == 200
        assert len(asked) <= MOST_STATEMENTS, path


def test_an_open_page_hears_of_each_hop(world):
    world.worn.add("Eve", drills=True)
    numbers = {changes.number(world.home.engine)}

    press(world.ada, f"{world.at}/drill")
    numbers.add(changes.number(world.home.engine))
    with db.transaction(world.home.engine) as session:
        drills.commanded(session, session.exec(select(Drill.id)).one(), world.home.now)
    numbers.add(changes.number(world.home.engine))
    world.worn.falls_down()
    numbers.add(changes.number(world.home.engine))

    assert len(numbers) == 4


def test_a_home_without_a_band_is_not_bothered(world):
    text = world.bob.get("/").text

    assert 'href="/safety"' not in text
    assert 'href="/safety"' in world.ada.get("/").text


def test_an_alarm_that_would_reach_nobody_at_all_is_said_and_home_is_not_calm(world):
    with_staff = shown(world)
    nobody_of_staff(world)

    without = shown(world)
    assert "An alarm would go to our own staff at once." in with_staff
    assert "nobody can be called" not in with_staff
    assert "nobody can be called" in without
    assert "An alarm would go to our own staff at once." not in without
    assert "All is well. Nothing needs you." not in shown(world, "/")

    world.worn.add("Eve")
    assert "nobody can be called" not in shown(world)
