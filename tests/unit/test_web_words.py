"""Every code that a page may meet has its sentence, in every language."""

from typing import get_args

import pytest

from cloud.calendars.rules import PauseKind
from cloud.consumption.values import NoForecastReason
from cloud.devices.tables import Mode
from cloud.orders import rules as orders
from cloud.replenishment.flips import CHANGES
from cloud.replenishment.reasons import Outcome, Reason
from cloud.web import translations, words
from contract.fields import State as AgentState


@pytest.mark.parametrize(
    ("codes", "texts"),
    [
        (Reason, words.REASONS), (Outcome, words.OUTCOMES), (CHANGES, words.CHANGES), (Mode, words.MODES),
        (orders.State, words.STATES), (orders.Reason, words.WHO_ORDERED), (PauseKind, words.PAUSE_KINDS),
        (get_args(NoForecastReason), words.NO_RANGE), (AgentState, words.AGENT_STATES),
    ],
)  # fmt: skip
def test_no_code_is_without_words(codes, texts):
    assert {str(code) for code in codes} - set(texts) == set()


def test_a_language_is_found_by_its_family_and_its_weight():
    assert translations.preferred("zh-CN,zh;q=0.9,en;q=0.8") == "zh"
    assert translations.preferred("fr,en;q=0.5,zh;q=0.7") == "zh"
    assert translations.preferred("fr") == "en"
    assert translations.preferred("zh;q=later, en") == "en"


def test_what_is_not_offered_is_read_in_english():
    assert translations.plain("de-AT") == "en"
    assert translations.of("de").gettext("Next") == "Next"


def test_every_chinese_text_keeps_the_names_it_fills_in():
    chinese = translations.of("zh")
    texts = [words.MANDATE_TEXT, *words.REASONS.values(), *words.DONE.values()]

    said = [chinese.gettext(text) for text in texts]

    assert all(text != chosen for text, chosen in zip(texts, said, strict=True))
    for name in ("product", "ceiling", "cap", "quantity", "until", "hours"):
        assert f"%({name})s" in chinese.gettext(words.MANDATE_TEXT)
