"""The links themselves: nothing happens by opening one, and none works for who should not have it."""

from datetime import timedelta

import sqlmodel

from cloud import db
from cloud.emergencies import circle, links
from cloud.emergencies.tables import Contact
from cloud.people import audit
from cloud.web import translations
from tests.answers_world import text


def test_nobody_else_learns_of_the_page(house):
    house.night.falls()

    page = house.client.get(house.link("Bert"))

    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "set-cookie" not in page.headers
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert len(page.content) < 100_000


def test_mail_scanners_change_nothing(house):
    house.night.falls()
    paths = [house.link("Bert"), house.agreement("Bert")]
    before = house.everything()

    for path in paths:
        for more in ("", "?did=taken", "?act=take", "?language=zh", "?did=closed&act=false_alarm"):
            assert house.client.get(path + more).status_code == 200
        house.client.head(path)
        house.client.options(path)
        house.client.post(path)
        house.client.post(path, data={"act": "nonsense", "alarms": "perhaps"})

    assert house.everything() == before


def test_an_old_link_is_gone_and_changes_nothing(house):
    house.night.falls()
    path = house.link("Bert")
    house.night.clock.advance(links.ANSWER_LASTS)
    before = house.everything()

    for response in (house.client.get(path), house.client.post(path, data={"act": "take"})):
        assert response.status_code == 410
        assert "This link is too old" in text(response)
        assert response.headers["referrer-policy"] == "no-referrer"

    assert house.everything() == before


def test_a_forged_link_is_unknown_and_one_for_something_else_too(house):
    house.night.falls()
    genuine = house.link("Bert")
    swapped = house.agreement("Bert").replace("/agree/", "/answer/")

    for path in (
        "/answer/abc",
        genuine[:-1] + ("A" if genuine[-1] != "A" else "B"),
        swapped,
        "/answer/%00",
        "/agree/é",
    ):
        response = house.client.get(path)
        assert response.status_code == 404
        assert "Nothing was changed" in text(response) or "nothing at this address" in text(response)
        assert house.client.post(path, data={"act": "take", "alarms": "no"}).status_code == 404
    assert house.client.get(genuine.replace("/answer/", "/agree/")).status_code == 404
    assert house.alarm().state == "raised"


def test_guessing_ends_soon_and_a_genuine_link_works_all_the_same(house):
    house.night.falls()

    answers = [house.client.get(f"/answer/guess{n}").status_code for n in range(25)]

    assert answers == [404] * 20 + [429] * 5
    assert house.client.get(house.link("Bert")).status_code == 200
    house.night.clock.advance(timedelta(minutes=11))
    assert house.client.get("/answer/guess").status_code == 404


def test_who_is_no_contact_any_more_sees_nothing(house):
    house.night.falls()
    path = house.link("Bert")
    house.night.remove_contact("Bert")

    response = house.client.get(path)

    assert response.status_code == 410
    assert "Ada" not in text(response)
    assert house.client.post(path, data={"act": "false_alarm"}).status_code == 410
    assert house.alarm().state == "raised"
    agreement = house.client.get(house.agreement("Bert"))
    assert agreement.status_code == 410


def test_the_page_speaks_the_contacts_language_and_can_be_switched(house):
    with db.transaction(house.night.engine) as session:
        bert = session.exec(sqlmodel.select(Contact).where(Contact.name == "Bert")).one()
        bert.language = "zh"
        session.add(bert)
    house.night.falls()
    path = house.link("Bert")

    page, english = house.client.get(path), house.client.get(f"{path}?language=en")

    assert 'lang="zh-Hans"' in page.text
    assert translations.of("zh").gettext("I am taking care of it") in page.text
    assert "I am taking care of it" in english.text
    answered = house.client.post(f"{path}?language=en", data={"act": "take"})
    assert "You are taking care of it" in text(answered)


def test_a_contact_reads_what_it_means_and_says_yes_no_and_yes_to_drills(house):
    path = house.agreement("Bert")
    assert "may we call you when Ada needs help" in text(house.client.get(path))

    page = house.client.post(path, data={"alarms": "yes", "drills": "yes"})
    assert "you are called when help is needed" in text(page)
    assert house.contact("Bert").drills_agreed_at == house.night.now

    house.client.post(path, data={"alarms": "yes"})
    assert house.contact("Bert").drills_agreed_at is None
    assert house.contact("Bert").agreed_at is not None

    page = house.client.post(path, data={"alarms": "no", "drills": "yes"})
    assert "you are not called" in text(page)
    assert house.contact("Bert").declined_at == house.night.now
    assert house.contact("Bert").drills_agreed_at is None


def test_who_has_said_no_is_not_called_and_may_change_their_mind(house):
    house.client.post(house.agreement("Bert"), data={"alarms": "no"})
    house.night.falls()
    assert house.night.sending.called == ["cara"]

    house.client.post(house.agreement("Bert"), data={"alarms": "yes"})

    with db.reading(house.night.engine) as session:
        assert [c.declined_at for c in circle.contacts(session, house.night.wearer_id(session))] == [None, None]


def test_staff_answer_by_their_link_as_long_as_they_are_staff(house):
    house.night.remove_contact("Bert")
    house.night.remove_contact("Cara")
    house.night.falls()

    page = house.says("Sam", "take")

    assert "You are taking care of it until" in text(page)
    assert house.alarm().acknowledged_by == "Sam"
    house.says("Sam", "helped")
    with db.reading(house.night.engine) as session:
        kept = [(entry.name, entry.action, entry.detail) for entry in reversed(audit.entries(session))]
    assert kept == [("Sam", act, {"by": "link"}) for act in ("alarm_acknowledged", "alarm_closed")]
