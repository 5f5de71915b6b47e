"""Who looks after somebody: how they come in, what they see, what they can do."""

from datetime import timedelta
from html import unescape

import pytest
from sqlmodel import select

from cloud import db
from cloud.emergencies.answering import Who
from cloud.emergencies.rules import AlarmState
from cloud.emergencies.tables import Alarm, Contact, Drill
from cloud.flows import alarms
from cloud.people import service as people
from cloud.people.tables import Account, Person, Role
from cloud.web.deps import COOKIE
from kit import ids
from tests.reviewing import Home
from tests.safety_world import Worn
from tests.web_api_world import World

PASSWORD = "correct horse battery"


@pytest.fixture
def world(database_url):
    """Bob, of another home, is a contact of Ada's, and has come in."""
    engine = db.engine(database_url)
    made = World(Home(engine))
    made.worn = Worn(made.home)
    made.worn.switch_on()
    made.worn.allow("circle")
    made.worn.put_on()
    made.contact_id = made.worn.add("Bob")
    with db.transaction(engine) as session:
        bob = session.exec(select(Person).where(Person.name == "Bob")).one()
        session.get_one(Contact, made.contact_id).person_id = bob.id
    yield made
    engine.dispose()


def press(caller, path, **fields):
    return caller.post(path, data={"csrf": caller.token, **fields})


def alarm(world, alarm_id):
    with db.reading(world.home.engine) as session:
        return session.get_one(Alarm, alarm_id)


def invite(world, name):
    """The link in the mail with which a contact is invited to see more."""
    contact_id = world.worn.add(name)
    press(world.ada, f"/safety/{world.worn.wearer().id}/contacts/{contact_id}/invite")
    return contact_id, next(
        m.context["path"] for m in world.worn.mails("circle_invited") if m.address == f"{name.lower()}@example.org"
    )


def test_the_circle_sees_how_somebody_is_and_nothing_else_of_the_home(world):
    text = unescape(world.bob.get("/circle").text)

    assert "Fall alarm is on." in text
    assert "Ada" in text
    assert not any(word in text for word in ("Kitchen", "Black ink", "/supplies", "ada@example.org"))


def test_the_circle_sees_nothing_without_the_permission(world):
    alarm_id = world.worn.falls_down()
    world.worn.allow("circle", given=False)

    text = world.bob.get("/circle").text
    taken = press(world.bob, f"/circle/alarms/{alarm_id}/take")

    assert "Ada" not in text
    assert "Fall alarm" not in text
    assert taken.status_code == 404


def test_the_circle_sees_who_is_called_and_no_address(world):
    world.worn.add("Max")
    declined = world.worn.add("Zoe")
    with db.transaction(world.home.engine) as session:
        session.get_one(Contact, declined).declined_at = world.home.now

    text = " ".join(unescape(world.bob.get("/circle").text).split())

    names = [text.index(f"<li>{name}") for name in ("Bob", "Max", "Zoe")]
    assert names == sorted(names)
    assert text.count("that is you") == 1
    assert text.count("has said no") == 1
    assert "max@example.org" not in text


def drills(world):
    with db.reading(world.home.engine) as session:
        return list(session.exec(select(Drill)).all())


def test_the_circle_tests_the_alarm_and_sees_how_far_it_has_come(world):
    world.worn.agree(world.contact_id, drills=True)
    at = f"/circle/{world.worn.wearer().id}/drill"

    assert at in world.bob.get("/circle").text
    begun = press(world.bob, at)

    assert begun.headers["location"] == "/circle?done=tested"
    assert [drill.asked_by for drill in drills(world)] == ["Bob"]
    after = unescape(world.bob.get("/circle").text)
    assert "The last test" in after
    assert at not in after  # one at a time
    assert press(world.bob, at).headers["location"] == "/circle?problem=too_soon"


@pytest.mark.parametrize("purpose", ["circle", "safety"])
def test_nobody_of_the_circle_tests_what_is_not_allowed(world, purpose):
    world.worn.agree(world.contact_id, drills=True)
    world.worn.allow(purpose, given=False)

    answer = press(world.bob, f"/circle/{world.worn.wearer().id}/drill")

    assert (answer.status_code, answer.headers.get("location")) in {(404, None), (303, "/circle?problem=off")}
    assert drills(world) == []


def test_somebody_else_does_not_test_it(world):
    world.worn.agree(world.contact_id, drills=True)

    for caller in (world.ada, world.sue):
        assert press(caller, f"/circle/{world.worn.wearer().id}/drill").status_code == 404

    assert drills(world) == []


@pytest.mark.parametrize("change", ["removed_at", "declined_at"])
def test_who_is_removed_or_has_said_no_sees_nothing_any_more(world, change):
    with db.transaction(world.home.engine) as session:
        setattr(session.get_one(Contact, world.contact_id), change, world.home.now)

    assert "Ada" not in world.bob.get("/circle").text


def test_who_looks_after_somebody_takes_the_alarm_and_closes_it(world):
    alarm_id = world.worn.falls_down()

    before = unescape(world.bob.get("/circle").text)
    press(world.bob, f"/circle/alarms/{alarm_id}/take")
    taken = alarm(world, alarm_id)
    press(world.bob, f"/circle/alarms/{alarm_id}/close", disposition="helped")
    closed = alarm(world, alarm_id)

    assert "I am taking care of it" in before
    assert (taken.state, taken.acknowledged_by, taken.acknowledged_contact) == (
        AlarmState.ACKNOWLEDGED, "Bob", world.contact_id,
    )  # fmt: skip
    assert (closed.state, closed.disposition, closed.closed_by) == (AlarmState.CLOSED, "helped", "Bob")
    assert "Bob is taking care of it" not in world.ada.get("/").text


def test_nobody_takes_or_closes_what_they_did_not_see_that_another_has(world):
    alarm_id, max_id = world.worn.falls_down(), world.worn.add("Max")
    with db.transaction(world.home.engine) as session:
        alarms.acknowledge(session, ids.system, alarm_id, Who("Max", "link", contact_id=max_id), world.home.now)

    for act, more in (("take", {}), ("close", {"disposition": "helped"})):
        answer = press(world.bob, f"/circle/alarms/{alarm_id}/{act}", seen="", **more)
        assert answer.headers["location"] == "/circle?problem=not_yours"
    assert alarm(world, alarm_id).acknowledged_by == "Max"

    assert f'name="seen" value="{max_id}"' in world.bob.get("/circle").text
    press(world.bob, f"/circle/alarms/{alarm_id}/take", seen=max_id)
    assert alarm(world, alarm_id).acknowledged_by == "Bob"


def test_who_cannot_come_has_the_next_one_called_at_once(world):
    world.worn.add("Max")
    alarm_id = world.worn.falls_down()

    press(world.bob, f"/circle/alarms/{alarm_id}/pass-on")

    assert alarm(world, alarm_id).next_at <= world.home.now


def test_what_is_over_is_not_taken_again(world):
    alarm_id = world.worn.falls_down()
    press(world.bob, f"/circle/alarms/{alarm_id}/close", disposition="false_alarm")

    again = press(world.bob, f"/circle/alarms/{alarm_id}/take")

    assert again.headers["location"] == "/circle?problem=over"


def test_somebody_else_cannot_touch_the_alarm(world):
    alarm_id = world.worn.falls_down()

    for caller in (world.ada, world.sue):
        for act in ("take", "pass-on", "close"):
            answer = press(caller, f"/circle/alarms/{alarm_id}/{act}", disposition="other")
            assert answer.status_code == 404

    assert alarm(world, alarm_id).state == AlarmState.RAISED


def test_an_invited_contact_gets_an_account_by_their_own_link_only(world):
    contact_id, path = invite(world, "Eve")

    with db.reading(world.home.engine) as session:
        assert people.account_for(session, "eve@example.org") is None  # nobody has an account that they did not ask for
    welcome = world.nobody.post(path).headers["location"]
    cookie = world.nobody.post(welcome, data={"password": PASSWORD})

    with db.reading(world.home.engine) as session:
        eve = session.exec(select(Person).where(Person.email == "eve@example.org")).one()
        assert session.get_one(Contact, contact_id).person_id == eve.id
    assert (eve.role, eve.household_id) == (Role.CARER, None)
    sent = {"Cookie": f"{COOKIE}={world.client.cookies[COOKIE]}"}
    home = world.client.get(cookie.headers["location"], headers=sent, follow_redirects=True)
    assert home.url.path == "/circle"
    assert "Fall alarm is on." in home.text
    world.client.cookies.clear()


def test_who_has_an_account_already_signs_in_and_the_home_cannot_tell(world):
    _, fresh = invite(world, "Eve")
    with db.transaction(world.home.engine) as session:
        session.exec(select(Account).where(Account.email == "sue@example.org")).one().password_hash = "x"
    contact_id, known = invite(world, "Sue")

    answers = [world.nobody.get(path).text.replace("eve@", "sue@") for path in (fresh, known)]
    led = world.nobody.post(known).headers["location"]
    press(world.sue, known)

    assert answers[0].replace(fresh, "") == answers[1].replace(known, "")
    assert led.startswith(known)
    with db.reading(world.home.engine) as session:
        sue = session.exec(select(Person).where(Person.name == "Sue")).one()
        assert session.get_one(Contact, contact_id).person_id == sue.id


def test_an_account_of_somebody_is_not_theirs_who_merely_knows_the_address(world):
    contact_id, _ = invite(world, "Sue")

    press(world.ada, f"/circle/join/{contact_id}")
    press(world.ada, "/circle/join/" + "A" * 54)

    with db.reading(world.home.engine) as session:
        assert session.get_one(Contact, contact_id).person_id is None


def test_a_link_is_worth_nothing_when_it_is_old_or_the_contact_is_gone(world):
    _, old = invite(world, "Eve")
    gone_id, gone = invite(world, "Max")
    with db.transaction(world.home.engine) as session:
        session.get_one(Contact, gone_id).in_circle = False

    assert world.nobody.get(gone).status_code == 404
    world.clock.advance(timedelta(days=61))
    assert world.nobody.get(old).status_code == 404


def test_who_does_not_want_to_see_it_leaves_and_is_still_called(world):
    press(world.bob, f"/circle/{world.worn.wearer().id}/leave")
    again = press(world.bob, f"/circle/{world.worn.wearer().id}/leave")

    assert "Ada" not in world.bob.get("/circle").text
    assert again.status_code == 404
    assert "we are calling Bob" in fallen(world)


def fallen(world):
    world.worn.falls_down()
    return world.ada.get("/").text


def test_invitations_are_mailed_once_a_day(world):
    contact_id, _ = invite(world, "Eve")

    for _ in range(3):
        press(world.ada, f"/safety/{world.worn.wearer().id}/contacts/{contact_id}/invite")

    assert len(world.worn.mails("circle_invited")) == 1


def test_the_circle_reads_that_the_fall_alarm_is_off(world):
    assert "Fall alarm is off." not in unescape(world.bob.get("/circle").text)

    world.worn.allow("safety", given=False)

    assert "Fall alarm is off." in unescape(world.bob.get("/circle").text)
