"""The board's client and the cloud's own intake, without a broker between them."""

import pytest

from cloud import db
from cloud.devices.inbox_tables import GapRow, ReadingRow, SetAside
from cloud.flows import intake
from contract.fields import Loss
from kit.bus import Delivery
from tests.arriving import NEW_ID, NOW, add_agent, allow, home_with_an_agent, rows
from tests.support.micropython_life import AGENT, Flash, World

NOW_MS = int(NOW.timestamp() * 1000)


class RealCloud:
    """Takes in what came, in one transaction, when `answer` is called."""

    def __init__(self, engine):
        self.engine = engine
        self.is_reached = True
        self.came = []

    def receive(self, topic, payload, retain):
        self.came.append(Delivery(topic, payload, retain))
        return True

    def answer(self, world):
        while self.came:
            came, self.came = self.came, []
            with db.transaction(self.engine) as session:
                replies = intake.on_messages(session, NEW_ID, [Delivery(d.topic, d.payload) for d in came], NOW)
            for reply in replies:
                world.client.heard(reply.topic, reply.payload)
            world.client.step()


@pytest.fixture
def engine(database_url):
    made = db.engine(database_url)
    home_with_an_agent(made)
    add_agent(made, AGENT)
    yield made
    made.dispose()


@pytest.fixture
def world(engine):
    made = World(Flash(), print)
    made.cloud = made.board.cloud = RealCloud(engine)
    made.start()
    made.cloud.answer(made)
    return made


def again(world):
    world.start()
    world.cloud.answer(world)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_cloud_stores_what_a_board_was_allowed_to_say_and_the_board_forgets_it(engine, world):
    assert world.measure(1) == 0
    allow(engine)
    again(world)
    for value in (812.5, None, 3):
        world.measure(value, "unknown" if value is None else "good")
    lost, world.cloud.came = world.cloud.came, []
    again(world)
    world.cloud.came += lost
    world.cloud.answer(world)

    assert sorted(row.value or 0 for row in rows(engine, ReadingRow)) == [0, 3, 812.5]
    assert rows(engine, SetAside) == []
    assert world.client.spool.count() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_cloud_dates_what_a_board_measured_before_it_knew_the_time(engine, world):
    allow(engine)
    again(world)
    world.measure(5)
    world.board.wall_ms = NOW_MS - world.board.up_ms
    world.measure(6)
    world.cloud.answer(world)

    assert {row.at_ms for row in rows(engine, ReadingRow)} == {NOW_MS}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_withdrawal_is_known_on_both_ends_and_so_is_the_gap(engine, world):
    allow(engine)
    again(world)
    world.measure(5)
    world.cloud.came.clear()
    allow(engine, given=False)
    again(world)

    assert [(row.first, row.last, row.reason) for row in rows(engine, GapRow)] == [(1, 1, Loss.WITHDRAWN)]
    assert world.client.spool.gaps == []
    assert rows(engine, ReadingRow) == []
    assert world.measure(6) == 0
