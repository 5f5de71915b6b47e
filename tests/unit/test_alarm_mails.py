"""What a mail about an alarm says, in each language and for each thing that can have happened."""

import itertools
import re

import pytest

from cloud.emergencies.rules import Disposition, Standing
from cloud.notifications import plain_text
from cloud.notifications.rendering import Words
from cloud.web import translations
from contract.alarms import AlarmKind

BASE = {
    "number": 17,
    "wearer": "Ada O'Neill & Co",
    "kind": "fall",
    "is_drill": False,
    "is_late": False,
    "happened_at": "2026-03-02T22:00:00+00:00",
    "is_staff": False,
    "taken_by": None,
    "closed_by": None,
    "disposition": None,
    "path": "/answer/abc",
}
ALARM_MAILS = ("alarm_call", "alarm_taken", "alarm_closed", "alarm_repeated", "alarm_long_lie")
LANGUAGES = ("en", "zh")


def said(template, language="en", **context):
    words = Words(translations.of, "https://forehand.example/")
    return words.mail(template, BASE | context, name="Bert", language=language, time_zone="Europe/Berlin")


def every_context():
    for kind, drill, late, staff, by in itertools.product(AlarmKind, *[(True, False)] * 3, (None, "Cara <i>")):
        for disposition in (None, *Disposition):
            yield {
                "kind": kind.value, "is_drill": drill, "is_late": late, "is_staff": staff, "taken_by": by,
                "closed_by": by, "disposition": disposition,
            }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ALARM_MAILS)
def test_every_alarm_can_be_told_with_its_number_first_and_its_link(template, language):
    for context in every_context():
        mail = said(template, language, **context)

        opening = {("en", True): "Drill 17", ("en", False): "Alarm 17"}.get((language, context["is_drill"]))
        assert mail.subject.startswith(opening) if opening else "17" in mail.subject[:8]
        assert "Ada O'Neill & Co" in mail.subject
        assert "https://forehand.example/answer/abc" in plain_text.of(mail)
        assert "<i>" not in mail.html
        assert "  " not in mail.subject


def test_a_fall_says_who_and_asks_for_an_answer():
    assert said("alarm_call", wearer="Ada").subject == "Alarm 17: Ada may have fallen. Please answer."
    assert said("alarm_call", wearer="Ada", kind="sos").subject == "Alarm 17: Ada calls for help. Please answer."


def test_want_of_movement_is_said_as_such_and_is_no_call_for_help():
    mail = said("alarm_call", wearer="Ada", kind="inactivity")

    assert mail.subject == "Alarm 17: Ada has not moved for hours. Please answer."
    assert "has felt no movement for hours" in plain_text.of(mail)


def test_a_late_one_says_when_it_happened():
    mail = said("alarm_call", wearer="Ada", is_late=True)

    assert mail.subject == "Alarm 17: Ada may have fallen, on 2 March, 23:00. Please answer."
    assert "did not happen just now" in plain_text.of(mail)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ALARM_MAILS)
def test_a_drill_says_that_nothing_happened_and_never_that_somebody_fell(template, language):
    for kind, late in itertools.product(AlarmKind, (True, False)):
        mail = said(template, language, is_drill=True, kind=kind.value, is_late=late, disposition="drill")

        text = mail.subject + plain_text.of(mail)
        assert ("drill" in text.lower()) if language == "en" else ("演习" in text)
        assert ("Nothing has happened" in text) if language == "en" else ("什么事也没有发生" in text)
        assert not re.search("fallen|calls? for help|跌倒|呼救|急救", text)


def test_nobody_is_told_that_we_call_the_emergency_service():
    text = plain_text.of(said("alarm_call", wearer="Ada"))

    assert "If you cannot reach Ada, call the emergency service yourself. We do not call it for you." in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_of_the_fall_alarm_can_be_told(language):
    subjects = set()
    for standing, before in itertools.product(Standing, (None, *Standing)):
        context = {"wearer": "Ada", "standing": standing.value, "before": before, "since": BASE["happened_at"]}
        mail = said("standing_changed", language, **context)
        subjects.add(mail.subject)

        assert "Ada" in mail.subject
        assert len(mail.html) > 500
    assert len(subjects) == len(Standing) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contact_is_asked_with_a_link(language):
    mail = said("contact_invited", language, wearer="Ada", path="/agree/xyz")

    assert "Ada" in mail.subject
    assert "https://forehand.example/agree/xyz" in plain_text.of(mail)


@pytest.mark.parametrize("template", [*ALARM_MAILS, "contact_invited", "standing_changed"])
def test_chinese_readers_read_no_english_sentence(template):
    for context in every_context():
        more = {"standing": "silent", "before": "on", "since": BASE["happened_at"]}
        text = plain_text.of(said(template, "zh", **(context | more | {"wearer": "李雷", "closed_by": "韩梅"})))

        assert not re.search(r"[A-Za-z]{3,} [a-z]{3,}", re.sub(r"https?://\S+", "", text)), text


def test_a_name_in_a_subject_is_plain_text():
    assert "O'Neill & Co" in said("alarm_call").subject
