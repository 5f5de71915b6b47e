"""Who is called after a fall: contacts on the pages of a home."""

from dataclasses import replace
from html import unescape

import pytest
from sqlmodel import select

from cloud import db
from cloud.emergencies import circle
from cloud.emergencies.tables import Contact, Reach, Wearer
from cloud.notifications.channels import Offer
from cloud.web.safety_words import PROBLEMS
from tests.safety_world import EVE, nobody_of_staff, press, with_a_band


@pytest.fixture
def world(engine):
    return with_a_band(engine)


def names(world):
    with db.reading(world.home.engine) as session:
        return [c.name for c in circle.contacts(session, world.wearer_id)]


def shown(world, path="/safety"):
    return unescape(world.ada.get(path).text)


def test_a_new_contact_is_asked_by_a_link_of_their_own_in_their_language(world):
    press(world.ada, f"{world.at}/contacts", **EVE, in_circle="true")

    (mail,) = world.worn.mails("contact_invited")
    assert (mail.address, mail.language, mail.context["wearer"]) == ("eve@example.org", "zh", "Ada")
    assert mail.context["path"].startswith("/agree/")
    assert "asked, no answer yet" in shown(world)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": " "}, "no_name"),
        *(({"email": wrong}, "email_address_not_usable") for wrong in ("eve", "a@b c", "ü@x.de", "a@b..de")),
        *(({"address": wrong}, "webhook_address_not_usable")
          for wrong in ("https://h.example:8443/x", "https://", "https://ada:secret@h.example/")),
        *(({"address": wrong}, "apprise_address_not_usable")
          for wrong in ("http://127.0.0.1/", "syslog://localhost", "nonsense", "tgram://x")),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_to_is_refused(world, fields, problem):
    answer = press(world.ada, f"{world.at}/contacts", **{**EVE, **fields})

    assert answer.headers["location"] == f"/safety?problem={problem}"
    assert names(world) == []


@pytest.mark.parametrize(
    ("address", "channel"),
    [("https://hooks.example.org/x", "webhook"), ("HTTPS://hooks.example/y", "webhook"), ("ntfys://topic", "apprise")],
)
def test_another_way_is_kept_beside_the_mail_and_its_secret_is_not_shown(world, address, channel):
    press(world.ada, f"{world.at}/contacts", **EVE, address=address)

    with db.reading(world.home.engine) as session:
        ways = {(r.channel, r.address) for r in session.exec(select(Reach))}
    assert ways == {("email", "eve@example.org"), (channel, address)}
    assert address not in shown(world)


ALL, MAIL = ("email", "webhook", "apprise"), ("email",)


@pytest.mark.parametrize(
    ("offer", "address", "problem"),
    [
        (Offer(MAIL), "https://hooks.example.org/x", "webhook_not_offered"),
        (Offer(MAIL), "ntfys://topic", "apprise_not_offered"),
        (Offer(ALL, {"tgram"}), "ntfys://topic", "apprise_address_not_usable"),
        (Offer(("webhook",)), "", "email_not_offered"),
    ],
)
def test_a_way_that_this_service_has_not_set_up_is_refused_with_what_to_do(world, offer, address, problem):
    world.app.state.web = replace(world.app.state.web, offer=offer)
    answer = press(world.ada, f"{world.at}/contacts", **EVE, address=address)

    assert answer.headers["location"] == f"/safety?problem={problem}"
    assert PROBLEMS[problem] in shown(world, answer.headers["location"])
    assert names(world) == []


@pytest.mark.parametrize(
    ("offer", "form", "field"),
    [(Offer(), True, True), (Offer(MAIL), True, False), (Offer(("apprise",)), False, False)],
)
def test_the_form_shows_only_what_can_be_used(world, offer, form, field):
    world.app.state.web = replace(world.app.state.web, offer=offer)
    page = shown(world)

    assert ('name="email"' in page, 'name="address"' in page) == (form, field)


def test_contacts_are_put_in_order(world):
    for name in ("Eve", "Max"):
        world.worn.add(name)
    last = world.worn.add("Zoe")

    press(world.ada, f"{world.at}/contacts/{last}/move", up="1")

    assert names(world) == ["Eve", "Zoe", "Max"]


def test_a_removed_contact_is_asked_for_first_and_then_gone(world):
    contact_id = world.worn.add("Eve")
    path = f"{world.at}/contacts/{contact_id}/remove"

    asked = shown(world, path)
    press(world.ada, path)

    assert "Remove Eve?" in asked
    assert "nobody is left" in asked
    assert names(world) == []
    assert world.ada.get(path).status_code == 404


def test_who_removes_the_last_contact_is_told_whom_an_alarm_would_reach_then(world):
    path = f"{world.at}/contacts/{world.worn.add('Eve')}/remove"

    with_staff = shown(world, path)
    nobody_of_staff(world)
    without = shown(world, path)

    assert "An alarm would go to our own staff at once." in with_staff
    assert "An alarm would go to our own staff at once." not in without
    assert "An alarm would reach no one" in without


def test_nobody_sees_or_changes_a_contact_of_another_home(world):
    contact_id = world.worn.add("Eve")
    at = f"{world.at}/contacts/{contact_id}"

    seen = [world.bob.get(f"{at}/remove"), world.bob.get("/safety")]
    done = [
        press(world.bob, f"{at}/remove"), press(world.bob, f"{at}/move", up="1"),
        press(world.bob, f"{at}/circle", in_circle="true"), press(world.bob, f"{at}/invite"),
        press(world.bob, f"{world.at}/contacts", **EVE), press(world.bob, f"{world.at}/drill"),
        press(world.bob, f"{world.at}/notes", notes="x"), press(world.bob, f"{world.at}/wearer", name="x"),
    ]  # fmt: skip

    assert [answer.status_code for answer in done] == [404] * len(done)
    assert seen[0].status_code == 404
    assert "Eve" not in seen[1].text
    assert names(world) == ["Eve"]


def test_a_contact_under_the_wrong_wearer_is_not_found(world):
    contact_id = world.worn.add("Eve")
    with db.transaction(world.home.engine) as session:
        other = Wearer(id="e" * 32, household_id=world.home.household_id, created_at=world.home.now)
        session.add(other)

    assert press(world.ada, f"/safety/{'e' * 32}/contacts/{contact_id}/remove").status_code == 404
    assert names(world) == ["Eve"]


def test_nobody_fills_a_letter_box_from_here(world):
    for n in range(25):
        press(world.ada, f"{world.at}/contacts", **EVE)
        with db.reading(world.home.engine) as session:
            ids = [c.id for c in circle.contacts(session, world.wearer_id)]
        for contact_id in ids:
            press(world.ada, f"{world.at}/contacts/{contact_id}/remove")
        assert n < 25

    assert len(world.worn.mails("contact_invited")) == 20


def test_who_is_hidden_from_is_invited_anew(world):
    contact_id = world.worn.add("Eve")
    with db.transaction(world.home.engine) as session:
        session.get_one(Contact, contact_id).person_id = world.home.person_id

    press(world.ada, f"{world.at}/contacts/{contact_id}/circle", in_circle="false")

    with db.reading(world.home.engine) as session:
        contact = session.get_one(Contact, contact_id)
    assert (contact.in_circle, contact.person_id) == (False, None)
