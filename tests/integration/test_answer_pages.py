"""Whoever was called says by the link in the message what they do, and how it ended."""

import threading
from datetime import timedelta

import pytest
import sqlmodel

from cloud import db
from cloud.emergencies.tables import AlarmLogEntry
from cloud.flows import alarms
from tests.alarms_world import MINUTE
from tests.answers_world import text


def test_the_link_shows_the_alarm_and_then_asks(house):
    house.note("Key under the <pot>\nSpeaks Dutch")
    house.night.falls()

    page = house.client.get(house.link("Bert"))

    assert page.status_code == 200
    said = text(page)
    for words in (
        "Ada may have fallen", "Nobody is taking care of it yet", "Bert was called", "Speaks Dutch",
        "I am taking care of it", "I cannot, call the next one", "call the emergency service yourself",
    ):  # fmt: skip
        assert words in said
    assert "Key under the &lt;pot&gt;" in page.text
    assert "bert@example.org" not in page.text


def test_whoever_takes_it_has_it_without_a_cookie_and_without_an_origin(house):
    house.night.falls()

    page = house.says("Bert", "take", headers={"Origin": "null"})

    assert "You are taking care of it until" in text(page)
    assert house.alarm().state == "acknowledged"
    assert house.alarm().acknowledged_by == "Bert"


def test_whoever_cannot_has_the_next_one_called_at_once(house):
    house.night.falls()

    page = house.says("Bert", "cannot")
    house.night.loop.step(house.night.now)

    assert "We call the next one now" in text(page)
    assert house.night.sending.called == ["bert", "cara"]
    assert "Bert could not come." in text(house.client.get(house.link("Cara")))


def test_the_second_is_told_that_somebody_was_quicker_and_may_take_it_over(house):
    house.night.falls()
    house.night.passes(4 * MINUTE)
    house.says("Bert", "take")

    page = house.says("Cara", "take")

    assert "somebody else has taken it meanwhile" in text(page)
    assert "Bert is taking care of it." in text(page)
    assert house.alarm().acknowledged_by == "Bert"
    assert "You are taking care of it" in text(house.says("Cara", "take_over"))
    assert house.alarm().acknowledged_by == "Cara"
    assert "Cara is taking care of it." in text(house.says("Bert", "false_alarm"))
    assert house.alarm().state == "acknowledged"


def test_of_two_who_answer_at_once_one_has_it_and_both_know_who(house):
    house.night.falls()
    house.night.passes(4 * MINUTE)
    paths = {name: house.link(name) for name in ("Bert", "Cara")}
    begin, pages = threading.Barrier(2), {}

    def answers(name):
        client = house.caller()
        begin.wait()
        pages[name] = text(client.post(paths[name], data={"act": "take"}))

    threads = [threading.Thread(target=answers, args=(name,)) for name in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winner = house.alarm().acknowledged_by
    [other] = set(paths) - {winner}
    assert "You are taking care of it until" in pages[winner]
    assert f"{winner} is taking care of it." in pages[other]
    with db.reading(house.night.engine) as session:
        taken = sqlmodel.select(AlarmLogEntry).where(AlarmLogEntry.event == "acknowledged")
        assert len(session.exec(taken).all()) == 1


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("with_person", "Somebody is with Ada."),
        ("helped", "Ada needed help, and was helped."),
        ("false_alarm", "It was a false alarm."),
    ],
)
def test_whoever_has_it_says_how_it_ended(house, act, words):
    house.night.falls()
    house.says("Bert", "take")

    page = house.says("Bert", act)

    assert words in text(page)
    assert "Bert said so" in text(page)
    assert house.alarm().disposition == act
    assert house.alarm().state == "closed"


def test_more_time_is_given_to_who_has_it(house):
    house.night.falls()
    house.says("Bert", "take")
    until = house.alarm().acknowledged_until
    house.night.passes(10 * MINUTE)

    page = house.says("Bert", "still")

    assert "We count on you for some more time" in text(page)
    assert house.alarm().acknowledged_until == until + timedelta(minutes=10)


def test_whoever_was_there_may_say_so_also_when_their_time_had_run_out(house):
    house.night.falls()
    house.says("Bert", "take")
    house.night.passes(31 * MINUTE)
    assert house.alarm().state == "raised"

    house.says("Bert", "helped")

    assert house.alarm().disposition == "helped"


def test_an_answer_after_the_end_changes_nothing_and_shows_how_it_ended(house):
    house.night.falls()
    house.night.passes(4 * MINUTE)
    house.says("Bert", "take")
    house.says("Bert", "false_alarm")
    before = house.everything()

    for act in ("take", "take_over", "still", "cannot", "helped", "end_drill"):
        page = house.says("Cara", act)
        assert "this alarm is over" in text(page)
        assert "It was a false alarm." in text(page)
        assert "<button" not in page.text

    assert house.everything() == before


def test_notes_are_not_shown_when_it_is_over(house):
    house.note("Key under the pot")
    house.night.falls()
    house.says("Bert", "take")
    house.says("Bert", "helped")

    assert "Key under the pot" not in house.client.get(house.link("Bert")).text


def test_a_drill_says_that_nothing_happened_and_is_answered_and_ended(house):
    house.note("Key under the pot")
    house.client.post(house.agreement("Bert"), data={"alarms": "yes", "drills": "yes"})
    with db.transaction(house.night.engine) as session:
        wearer_id = house.night.wearer_id(session)
        begun = alarms.begin_drill(session, house.night.new_id, wearer_id, "Ada", house.night.now)
    house.night.confirmed("d1", drill=begun.id)
    house.night.loop.step(house.night.now)

    page = house.client.get(house.link("Bert"))

    assert "This is a drill. Nothing has happened to Ada." in text(page)
    assert "may have fallen" not in text(page)
    assert "emergency service" not in text(page)
    assert "Key under the pot" not in page.text
    assert "End the drill" in text(house.says("Bert", "take"))
    assert "This was a drill." in text(house.says("Bert", "end_drill"))
    assert house.alarm().disposition == "drill"


def test_a_real_alarm_cannot_be_ended_as_a_drill(house):
    house.night.falls()
    house.says("Bert", "take")

    page = house.says("Bert", "end_drill")

    assert "Nothing was changed." in text(page)
    assert house.alarm().state == "acknowledged"
