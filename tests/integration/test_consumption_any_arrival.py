"""Whatever arrives in whatever order within 60 days leads to the state of in-order arrival, bit for bit."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, select

from cloud import db
from cloud.consumption.tables import SlotCorrection
from cloud.consumption.values import Observation
from tests.support.arrivals import START, Arrivals, add_slot

LONGEST_WAY = timedelta(days=59)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Read:
    """Every moment of a story has something of its own: the minute is its place."""

    packs: float | None
    serial: str | None
    way: timedelta  # how long it takes to arrive
    again: timedelta | None  # it comes a second time, so much later


@dataclass(frozen=True)
class Says:
    packs: float
    regrets: bool
    after: timedelta


ways = st.just(timedelta(0)) | st.integers(0, 58 * 24 * 60).map(lambda minutes: minutes * MINUTE)
levels = st.sampled_from((0.0, 0.05, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)) | st.none() | st.floats(0.0, 1.5)
readings = st.builds(Read, levels, st.sampled_from((None, "A", "A", "B")), ways, st.none() | ways)
words = st.builds(Says, st.floats(0.0, 1.2), st.booleans(), st.integers(0, 3000).map(lambda minutes: minutes * MINUTE))
stories = st.dictionaries(
    st.integers(0, 100 * 24 * 60), st.one_of(readings, readings, readings, words), min_size=1, max_size=25
)

steps = st.lists(
    st.tuples(st.integers(60, 5000), st.floats(0.0, 0.2), st.sampled_from((False,) * 9 + (True,)), ways), max_size=50
)


def packs_used_up(steps):
    """Believable readings of one pack after another, each with its own number."""
    minute, level, number, story = 0, 1.0, 0, {}
    for minutes, used, is_early, way in steps:
        minute += minutes
        level -= used
        if level < 0.0 or is_early:
            number, level = number + 1, 1.0
        story[minute] = Read(round(level, 3), f"pack {number}", way, None)
    return story


@pytest.fixture(scope="module")
def engine():
    made = db.engine("sqlite://")
    SQLModel.metadata.create_all(made)
    yield made
    made.dispose()


def happenings(story):
    """What is done, in the order in which it arrives."""
    for minute, each in story.items():
        at = START + minute * MINUTE
        if isinstance(each, Says):
            yield at, 1, minute, lambda a, each=each, at=at: a.told(each.packs, at)
            if each.regrets:
                regret = at + each.after
                yield regret, 2, minute, lambda a, regret=regret: a.undo(regret)
            continue
        seen = Observation(at, each.packs, 0.01, "good", each.serial)
        for way in {each.way, each.way if each.again is None else min(each.way + each.again, LONGEST_WAY)}:
            yield at + way, 0, minute, lambda a, seen=seen, now=at + way: a.come(seen, now=now)


def lived(arrivals, story):
    for _, _, _, do in sorted(happenings(story), key=lambda each: each[:3]):
        do(arrivals)


def in_order(arrivals, story, undone):
    for minute, each in sorted(story.items()):
        at = START + minute * MINUTE
        if isinstance(each, Read):
            arrivals.come(Observation(at, each.packs, 0.01, "good", each.serial))
            continue
        arrivals.told(each.packs, at)
        if at in undone:
            arrivals.undo(at)


def undone_of(session):
    rows = session.exec(select(SlotCorrection)).all()
    return {row.told_at for row in rows if row.undone_at is not None}


@settings(deadline=None, max_examples=60)
@given(story=stories)
def test_any_order_of_arrival_within_the_checkpoints_leads_to_the_state_of_arrival_in_order(engine, story):
    with Session(engine) as session:
        add_slot(session, Arrivals.slot_id)
        mixed = Arrivals(session)
        lived(mixed, story)
        came, scored, undone = mixed.state, mixed.outcomes, undone_of(session)
        session.rollback()
    with Session(engine) as session:
        add_slot(session, Arrivals.slot_id)
        straight = Arrivals(session)
        in_order(straight, story, undone)

        assert came == straight.state
        assert scored == straight.outcomes
        assert straight.read_again == []
        session.rollback()


@settings(deadline=None, max_examples=40)
@given(story=steps.map(packs_used_up))
def test_in_any_order_of_arrival_each_change_of_packs_is_told_once_and_scored_once(engine, story):
    with Session(engine) as session:
        add_slot(session, Arrivals.slot_id)
        mixed = Arrivals(session)
        lived(mixed, story)
        came, scored, told = mixed.state, mixed.outcomes, mixed.ended
        session.rollback()
    with Session(engine) as session:
        add_slot(session, Arrivals.slot_id)
        straight = Arrivals(session)
        in_order(straight, story, set())

        assert came == straight.state
        assert scored == straight.outcomes
        assert told == straight.ended
        session.rollback()


@settings(deadline=None, max_examples=20)
@given(story=stories)
def test_what_is_stored_twice_changes_nothing(engine, story):
    with Session(engine) as session:
        add_slot(session, Arrivals.slot_id)
        arrivals = Arrivals(session)
        lived(arrivals, story)
        before, scored, told = arrivals.state, arrivals.outcomes, [replace(each) for each in arrivals.rows]
        last = max((each.at for each in told), default=START)
        young = [each for each in told if each.at >= last - LONGEST_WAY]

        events = arrivals.come(*young, now=last) if young else ()

        assert (arrivals.state, arrivals.outcomes, events) == (before, scored, ())
        session.rollback()
