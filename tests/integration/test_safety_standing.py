"""Is the fall alarm on: who is told when it changes, and when not."""

import random
from datetime import timedelta

import pytest
from sqlmodel import select

from cloud import db
from cloud.calendars import expand
from cloud.devices import registry
from cloud.devices.tables import Agent
from cloud.emergencies import watching
from cloud.emergencies.rules import Standing
from cloud.emergencies.tables import Band, Contact, Wearer
from cloud.flows import desired
from cloud.jobs.tasks import Work
from cloud.people import service as people
from kit.clock import ManualClock
from tests.reviewing import Home
from tests.safety_world import Worn

CHANGED = "standing_changed"


@pytest.fixture
def worn(database_url):
    engine = db.engine(database_url)
    home = Home(engine)
    home.move_in()
    yield Worn(home)
    engine.dispose()


def standing_of(worn):
    with db.reading(worn.home.engine) as session:
        return watching.watch(session, session.exec(select(Wearer)).one(), worn.home.now).standing


def told(worn):
    return [(mail.address, mail.context["standing"]) for mail in worn.mails(CHANGED)]


def test_a_wristband_has_a_wearer_from_its_first_report_on(worn):
    worn.put_on()

    assert worn.wearer().household_id == worn.home.household_id
    assert standing_of(worn) is Standing.OFF


def test_how_a_band_is_worn_is_kept_only_where_that_is_allowed(worn):
    worn.put_on(worn=False, battery=0.1)

    with db.reading(worn.home.engine) as session:
        assert session.exec(select(Band)).all() == []


def test_what_the_broker_had_kept_does_not_make_a_silent_band_heard(worn):
    worn.switch_on()
    worn.home.now += timedelta(hours=2)

    worn.put_on(retained=True)

    assert standing_of(worn) is Standing.SILENT


def test_how_long_a_band_may_be_silent_stands_with_its_wearer(worn):
    worn.switch_on()
    with db.transaction(worn.home.engine) as session:
        patient = session.exec(select(Wearer)).one()
        patient.silent_after_s = 3 * 3600
        session.add(patient)

    worn.home.now += timedelta(hours=2)
    assert standing_of(worn) is Standing.ON
    worn.home.now += timedelta(hours=2)

    assert standing_of(worn) is Standing.SILENT


def test_an_agent_is_told_how_long_its_wearer_can_cancel(worn):
    with db.transaction(worn.home.engine) as session:
        agent = session.exec(select(Agent)).first()
        agent.prealarm_s = 8
        session.add(agent)

        assert desired.of(session, agent).prealarm_s == 8


@pytest.mark.parametrize(
    ("report", "stands"),
    [
        ({}, Standing.ON), ({"worn": False}, Standing.NOT_WORN), ({"battery": 0.1}, Standing.LOW_BATTERY),
        ({"battery": None}, Standing.ON),
    ],
)  # fmt: skip
def test_what_a_band_says_of_itself_is_what_stands(worn, report, stands):
    worn.switch_on()

    worn.put_on(**report)

    assert standing_of(worn) is stands


def test_until_the_box_obeys_the_permission_the_alarm_is_not_on(worn):
    worn.put_on()
    worn.home.allow("safety")

    assert standing_of(worn) is Standing.WAITING


def test_that_it_was_switched_on_is_told_once(worn):
    worn.switch_on()

    assert worn.looks(30) == [Standing.ON]
    assert told(worn) == [("ada@example.org", "on")]


def test_what_flickers_is_not_told(worn):
    worn.switch_on()
    worn.looks()

    for _ in range(6):
        worn.put_on(worn=False)
        assert worn.looks(5) == []
        worn.put_on()
        assert worn.looks(5) == []

    assert told(worn) == [("ada@example.org", "on")]


def test_what_lasts_is_told_once_and_that_it_is_over_too(worn):
    worn.switch_on()
    worn.looks()

    worn.put_on(worn=False)
    off = worn.looks(20)
    worn.put_on()
    on = worn.looks(20)

    assert (off, on) == ([Standing.NOT_WORN], [Standing.ON])
    assert [standing for _, standing in told(worn)] == ["on", "not_worn", "on"]


def test_switching_off_is_told_with_the_permission_that_is_taken_back(worn):
    worn.switch_on()
    worn.allow("circle")
    worn.put_on()
    worn.add("Eve")
    worn.looks()

    worn.allow("safety", given=False)

    assert [who for who, standing in told(worn) if standing == "off"] == ["ada@example.org", "eve@example.org"]


def test_a_box_that_is_taken_away_is_told_at_the_next_look(worn):
    worn.switch_on()
    worn.looks()

    with db.transaction(worn.home.engine) as session:
        registry.revoke(session, "pi-1", worn.home.now)

    assert worn.looks() == [Standing.OFF]


def test_what_was_never_on_is_not_told_to_be_off(worn):
    worn.put_on()

    assert worn.looks(20) == []


def test_only_who_may_see_it_and_has_said_yes_is_told(worn):
    worn.switch_on()
    worn.allow("circle")
    worn.put_on()
    worn.add("Eve")
    worn.add("Blind", in_circle=False)
    worn.add("Silent", agrees=False)

    worn.looks()

    assert told(worn) == [("ada@example.org", "on"), ("eve@example.org", "on")]


def test_nobody_outside_is_told_without_the_permission_for_the_circle(worn):
    worn.switch_on()
    worn.add("Eve")

    worn.looks()

    assert told(worn) == [("ada@example.org", "on")]


def test_a_removed_contact_is_not_told_any_more(worn):
    worn.switch_on()
    worn.allow("circle")
    worn.put_on()
    contact_id = worn.add("Eve")
    worn.looks()
    with db.transaction(worn.home.engine) as session:
        session.get_one(Contact, contact_id).removed_at = worn.home.now

    worn.allow("safety", given=False)

    assert [who for who, standing in told(worn) if standing == "off"] == ["ada@example.org"]


def test_who_wears_the_band_and_never_signs_in_gets_no_mail(worn):
    worn.switch_on()
    with db.transaction(worn.home.engine) as session:
        people.add_member(session, worn.home.new_id, worn.home.household_id, "Grandma", "en", worn.home.now)

    worn.looks()

    assert [mail.address for mail in worn.mails(CHANGED)] == ["ada@example.org"]


def test_a_contact_without_an_account_is_led_to_what_they_agreed_to(worn):
    worn.switch_on()
    worn.allow("circle")
    worn.put_on()
    worn.add("Eve")

    worn.looks()

    own, eves = worn.mails(CHANGED)
    assert own.context["path"] == "/safety"
    assert eves.context["path"].startswith("/agree/")


def test_the_jobs_look_every_minute_and_one_wearer_in_trouble_keeps_no_other_waiting(worn):
    worn.switch_on()
    with db.transaction(worn.home.engine) as session:
        broken = Wearer(id="0" * 32, household_id=worn.home.household_id, created_at=worn.home.now)
        broken.told_standing = "no such standing"
        session.add(broken)
    work = Work(
        engine=worn.home.engine, clock=ManualClock(worn.home.now), ids=worn.home.new_id, senders={},
        fetch=lambda *_: None, expander=expand.in_child, chances=random.Random(1),  # noqa: S311 - repeatable
        review_every=timedelta(hours=1), lease_s=60.0,
    )  # fmt: skip
    task = next(task for task in work.tasks() if task.name == "standing")

    task.run(worn.home.now)

    assert task.every == timedelta(minutes=1)
    assert told(worn) == [("ada@example.org", "on")]


@pytest.mark.parametrize("state", ["lost", "sleeping"])
def test_a_band_behind_an_agent_that_is_away_is_not_on(worn, state):
    worn.switch_on()
    with db.transaction(worn.home.engine) as session:
        agent = session.exec(select(Agent)).one()
        agent.state = state
        session.add(agent)

    assert standing_of(worn) is Standing.SILENT


def test_a_band_taken_off_at_night_is_told_in_the_morning_and_one_that_is_not_heard_at_once(worn):
    worn.switch_on()
    worn.looks()
    worn.home.now = worn.home.now.replace(hour=21, minute=30)  # half past ten in Berlin
    worn.put_on(worn=False)
    assert worn.looks(40) == []
    worn.home.now = worn.home.now.replace(day=3, hour=5, minute=55)
    worn.put_on(worn=False)
    assert worn.looks(20) == [Standing.NOT_WORN]

    worn.home.now = worn.home.now.replace(hour=23)
    assert worn.looks(20) == [Standing.SILENT]


def test_what_was_mended_before_the_morning_is_never_told(worn):
    worn.switch_on()
    worn.looks()
    worn.home.now = worn.home.now.replace(hour=22)
    worn.put_on(worn=False)
    assert worn.looks(30) == []
    worn.put_on()
    worn.looks(5)
    worn.home.now = worn.home.now.replace(day=3, hour=6, minute=1)
    worn.put_on()

    assert worn.looks(30) == []
