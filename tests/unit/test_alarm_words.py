"""Every code of an alarm has its words, in every language; and nothing in a list is run by a sheet."""

from datetime import UTC, datetime, timedelta

import pytest

from cloud.emergencies.answering import Refused
from cloud.emergencies.rules import AlarmState, Disposition, Log, Outcome
from cloud.flows import listening
from cloud.flows.alarm_desk import Act, Taken
from cloud.views.alarm_export import harmless
from cloud.views.alarms import Filter
from cloud.views.one_alarm import shown_address
from cloud.web import alarm_words, answer_words, emergency_words, safety_words, translations
from contract.alarms import AlarmKind, AlarmUpdate, MarkKind
from contract.fields import Point

NOW = datetime(2026, 3, 2, 22, tzinfo=UTC)
TEXTS = (
    alarm_words.STATES, alarm_words.KINDS, alarm_words.DRILLS, alarm_words.RAISED_BY, alarm_words.DISPOSITIONS,
    alarm_words.OUTCOMES, alarm_words.CHANNELS, alarm_words.EVENTS, alarm_words.NEWS, alarm_words.DONE,
    alarm_words.PROBLEMS, alarm_words.ACTS, alarm_words.KEY, alarm_words.PARTS, alarm_words.CHANCES,
    emergency_words.POINTS, safety_words.LATELY, safety_words.POINTS, safety_words.DONE,
    safety_words.KINDS, {"": safety_words.STILL_SUSPECTED},
    answer_words.STEPS,
)  # fmt: skip


@pytest.mark.parametrize(
    ("codes", "texts"),
    [
        (AlarmState, alarm_words.STATES), (AlarmKind, alarm_words.KINDS), (Disposition, alarm_words.DISPOSITIONS),
        (Log, alarm_words.EVENTS), (Outcome, alarm_words.OUTCOMES), (Act, alarm_words.ACTS),
        (MarkKind, alarm_words.PARTS), (AlarmKind, safety_words.KINDS), (AlarmUpdate, safety_words.LATELY),
        (AlarmUpdate, alarm_words.EVENTS), (AlarmUpdate, answer_words.STEPS), (Point, emergency_words.POINTS),
        (Point, safety_words.POINTS),
        (listening.Act, alarm_words.ACTS),
        (set(Refused) | set(Taken), {**alarm_words.PROBLEMS, "no_alarm": "404"}),
    ],
)  # fmt: skip
def test_no_code_is_without_words(codes, texts):
    assert {str(code) for code in codes} - set(texts) == set()


def test_every_text_is_there_in_chinese():
    known = translations.of("zh")._catalog

    assert [text for texts in TEXTS for text in texts.values() if text not in known] == []


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (65, "1:05"), (3600, "1:00:00"), (90_061, "25:01:01")])
def test_a_clock_counts(seconds, shown):
    assert alarm_words.clock(NOW, NOW + timedelta(seconds=seconds)) == shown


def test_a_clock_never_shows_less_than_nothing():
    assert alarm_words.clock(NOW, NOW - timedelta(seconds=5)) == "0:00"


@pytest.mark.parametrize("text", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "  =1", "\uff1d1"])
def test_what_a_sheet_would_run_is_made_plain_text(text):
    assert harmless(text) == f"'{text}"


def test_ordinary_names_stay_as_they_are():
    assert [harmless(name) for name in ("Ada", "O'Neil", "a-b", "")] == ["Ada", "O'Neil", "a-b", ""]


def test_an_address_holds_only_what_differs_from_the_usual():
    assert Filter().query() == ""
    assert Filter(q="Ada & Bo", late=True, days=30).query(page=2) == "q=Ada+%26+Bo&late=1&days=30&page=2"


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        ("email", "bert@example.org", "bert@example.org"),
        ("webhook", "https://user:secret@hooks.example.org/T0/key", "hooks.example.org"),
        ("apprise", "tgram://123:secret/456", "tgram"),
    ],
)
def test_the_secret_in_an_address_is_not_shown(channel, address, shown):
    assert shown_address(channel, address) == shown
