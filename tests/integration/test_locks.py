"""On a server, what arrives waits for no review, and no two writers ever wait for each other."""

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from cloud import db
from cloud.devices.inbox_tables import ReadingRow
from cloud.devices.tables import Agent, Slot
from cloud.people import service as people
from tests.alarms_world import MINUTE, SECOND, Night
from tests.arriving import allow, batch, home_with_an_agent, send

IMPATIENT = {"options": "-c lock_timeout=2000"}  # ms: whoever waits for a lock fails


@pytest.fixture
def engine(postgres_server) -> Iterator[Engine]:
    url = postgres_server.fresh("locks", migrated=True)
    made = db.engine(make_url(url).update_query_dict(IMPATIENT).render_as_string(hide_password=False))
    yield made
    made.dispose()
    postgres_server.drop(url)


def rows(engine, table) -> list:
    with Session(engine) as session:
        return list(session.exec(select(table)))


def test_readings_wait_for_no_review_of_another_slot_of_the_home(engine):
    home_with_an_agent(engine)
    allow(engine)
    send(engine, batch(1))
    with Session(engine) as review:
        read = rows(engine, Slot)[0]
        people.lock(review, read.household_id)
        another = Slot(id="5" * 32, device_id=read.device_id, household_id=read.household_id, name="2", kind=read.kind)
        review.add(another)
        review.flush()
        review.get_one(Slot, another.id, with_for_update={"key_share": True})
        send(engine, batch(2))
        review.commit()

    assert len(rows(engine, ReadingRow)) == 2


def test_an_alarm_waits_for_no_review(engine):
    night = Night(engine)
    night.move_in("Bert")
    night.passes(MINUTE)
    with Session(engine) as review:
        people.lock(review, night.household_id)
        night.sos()
        night.loop.step(night.now)
        review.commit()

    assert night.sending.calls == ["bert"]


def test_an_alarm_waits_for_no_readings_of_the_same_agent(engine):
    night = Night(engine)
    night.move_in("Bert")
    night.passes(MINUTE)
    with Session(engine) as readings:
        readings.get_one(Agent, night.agent).last_heard_at = night.now + SECOND
        readings.flush()  # a batch that is not over yet
        night.sos()
        night.loop.step(night.now)
        readings.commit()

    assert night.sending.calls == ["bert"]
