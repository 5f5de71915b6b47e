"""No sequence of prices, retries, concurrent reviews and clock jumps yields an automatic order outside its mandate."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from cloud import db
from cloud.orders.rules import State
from cloud.orders.tables import Order
from tests.reviewing import Home
from tests.shopping import UNRELIABLE, Shopping

_numbers = itertools.count(1)

CYCLE = (("runs_low",), ("all_at_once",), ("lives", 30), ("sends",), ("all_at_once",))
ARRIVES = (("lives", 48), ("hears",), ("lives", 72), ("hears",), ("replaces",), ("hears",))

ONCE_MORE = (("all_at_once",), ("lives", 30), ("sends",), ("all_at_once",))

price = st.one_of(st.integers(1, 6000), st.sampled_from([1, 1890, 2500, 2501, 4500, 4501]))
step = st.one_of(
    st.tuples(st.just("costs"), price),
    st.tuples(st.just("lives"), st.integers(-48, 96), st.floats(0, 0.3)),
    st.tuples(st.just("jumps"), st.integers(-400, 400)),
    st.tuples(st.just("signs"), st.integers(1500, 6000), st.integers(1, 9000)),
    *[st.tuples(st.just(name)) for name in ("replaces", "cancels", "runs_low", "sends", "hears", "all_at_once")],
)
a_round = st.integers(1000, 2600).map(lambda minor: [("costs", minor), *CYCLE, *ARRIVES])
second_thoughts = st.sampled_from(
    [
        [("runs_low",), ("unsigns",), *ONCE_MORE, ("signs", 2500, 4500)],
        [("runs_low",), ("changes_its_mind_in_the_middle",), *ONCE_MORE, ("signs", 2500, 4500)],
        [("runs_low",), ("allows", False), *ONCE_MORE, ("allows", True)],
        [*CYCLE, ("allows", False), *ONCE_MORE, ("allows", True)],
    ]
)
part = st.one_of(step.map(lambda one: [one]), a_round, a_round, second_thoughts)
story = st.tuples(a_round, st.lists(part, max_size=7)).map(lambda all_of: [*all_of[0], *itertools.chain(*all_of[1])])


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request):
    return request.getfixturevalue("sqlite_files" if request.param == "sqlite" else "postgres_server")


def shopping(databases, steps, seed=7, faults=UNRELIABLE) -> list[State]:
    """Live through the steps, checked after each, in a household and a database of their own."""
    url = databases.fresh(f"shopping_{next(_numbers)}", migrated=True)
    engine = db.engine(url)
    try:
        world = Shopping(engine, Home(engine), seed, faults)
        world.begin()
        world.check()
        for name, *values in steps:
            getattr(world, name)(*values)
            world.check()
        with Session(engine) as session:
            return [order.state for order in session.exec(select(Order).order_by(Order.scheduled_at)).all()]
    finally:
        engine.dispose()
        databases.drop(url)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=story, seed=st.integers(0, 1000))
def test_nothing_is_ordered_outside_its_mandate(databases, steps, seed):
    shopping(databases, steps, seed)


def test_such_a_household_does_order(databases):
    """Otherwise the property would hold of nothing."""
    states = shopping(databases, [*CYCLE, *ARRIVES, ("jumps", 10), *CYCLE, *ARRIVES], faults={})

    assert states[:2] == [State.DELIVERED, State.DELIVERED]


def test_what_was_in_doubt_when_its_mandate_ended_does_not_leave_again(databases):
    """Its first try got no answer; a year later it is looked for, is not there, and is given up."""
    first = [("costs", 1000), ("runs_low",), *ONCE_MORE, ("lives", 48), ("hears",), ("lives", 72), ("hears",)]
    later = [("replaces",), ("hears",), ("jumps", 342), ("runs_low",), *ONCE_MORE]

    shopping(databases, [*first, *later, ("allows", False), *ONCE_MORE, ("allows", True)], seed=159)
