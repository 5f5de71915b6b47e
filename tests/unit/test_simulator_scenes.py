"""The demo's story is told once, in words, from what the cloud knows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from simulator.demo.scenes import Story
from simulator.demo.sight import OrderSeen, Sight, SupplySeen
from simulator.demo.view import Places, PlainView, supplies

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
INK = SupplySeen("ink-black", 0.34, "BL000000", None, "enough_left")
ORDER = OrderSeen(
    "o1", "ink-black", 1, "scheduled", automatic=True, hold_reason=None, deliver_on=None, for_return=False
)


@pytest.fixture
def story() -> Story:
    return Story()


def sight(ink: SupplySeen = INK, *orders: OrderSeen) -> Sight:
    return Sight(NOW, {ink.product: ink}, list(orders))


def between(days: float) -> SupplySeen:
    return replace(INK, runs_out=(NOW, NOW + timedelta(days=days / 2), NOW + timedelta(days=days)))


def test_nothing_is_told_while_nothing_happens(story):
    assert story.look(sight()) == []
    assert story.look(sight()) == []
    assert story.missing == list(Story().scenes)


def test_falling_ink_is_told_once(story):
    story.look(sight())

    told = [story.look(sight(replace(INK, level=level))) for level in (0.33, 0.30, 0.28)]

    assert [[line.scene for line in lines] for lines in told] == [[], ["ink_falls"], []]


def test_a_range_that_narrows_is_told_against_its_widest(story):
    for days in (20.0, 30.0, 26.0):
        assert story.look(sight(between(days))) == []

    told = story.look(sight(between(20.0)))

    assert [line.text for line in told] == ["the range of its last day narrows: 30 → 20 days"]


def test_an_order_is_told_at_each_of_its_states(story):
    states = ["scheduled", "scheduled", "accepted", "shipped", "delivered"]

    told = [story.look(sight(INK, replace(ORDER, state=state))) for state in states]

    assert [line.scene for lines in told for line in lines] == [None, "ink_ordered", "ink_shipped", "ink_arrived"]


def test_an_order_by_hand_is_no_scene_of_automatic_service(story):
    told = story.look(sight(INK, replace(ORDER, state="accepted", automatic=False)))

    assert [line.scene for line in told] == [None]


def test_a_new_cartridge_and_the_ink_that_falls_again(story):
    story.look(sight())
    fresh = replace(INK, serial="BL000001", level=1.0)

    changed = story.look(sight(fresh))
    again = story.look(sight(replace(fresh, level=0.95)))

    assert [line.scene for line in changed] == ["cartridge_changed"]
    assert "loop_starts_again" in [line.scene for line in again]


def test_milk_that_waits_for_the_return_is_told_with_its_day(story):
    held = replace(ORDER, product="milk-1l", for_return=True, deliver_on=date(2026, 2, 1))

    waiting = story.look(sight(INK, held))
    there = story.look(sight(INK, replace(held, state="delivered")))

    assert [line.scene for line in [*waiting, *there]] == ["milk_held", "milk_comes_for_the_return"]
    assert "Sun 01 Feb" in waiting[0].text


def test_without_a_terminal_the_story_is_plain_lines(story):
    written: list[str] = []
    view = PlainView(Places("http://page", "ada", "http://mail", "staff"), ZoneInfo("Europe/Berlin"), written.append)
    now = sight(INK, replace(ORDER, state="accepted"))

    view.show(now, story.look(now))

    assert "http://page" in written[0]
    assert written[-1] == "Mon 05 Jan 09:00  order of 1 x ink-black: accepted\n"


def test_the_picture_says_when_a_level_is_not_known():
    table = supplies(sight(replace(INK, level=None)), ZoneInfo("UTC"))

    assert table.row_count == 1
