import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
import sqlmodel

from cloud import db, outbox
from cloud.outbox import Sent
from cloud.outbox.rules import MAX_ATTEMPTS, REST
from kit import ids
from kit.clock import ManualClock
from tests.orders_world import START

TOPIC = "test.topic"


@pytest.fixture
def engine(database_url):
    made = db.engine(database_url)
    sqlmodel.SQLModel.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def clock():
    return ManualClock(START)


def put(engine, clock, number=1, after=timedelta()):
    make = ids.system
    with db.transaction(engine) as session:
        return [
            outbox.put(session, make, TOPIC, {"n": n}, not_before=clock.now() + after, now=clock.now())
            for n in range(number)
        ]


def row(engine, outbox_id):
    with db.reading(engine) as session:
        return session.get_one(outbox.OutboxRow, outbox_id)


def done(job, now):
    return Sent.done()


def send(engine, clock, sender):
    return outbox.send_due(engine, {TOPIC: sender}, clock, random.Random(1))  # noqa: S311


def test_nothing_leaves_before_its_time(engine, clock):
    put(engine, clock, after=timedelta(hours=1))

    assert send(engine, clock, done) == 0
    clock.advance(timedelta(hours=1))
    assert send(engine, clock, done) == 1
    assert send(engine, clock, done) == 0


def test_a_row_rolled_back_with_its_cause_never_leaves(engine, clock):
    def cause():
        with db.transaction(engine) as session:
            outbox.put(session, ids.system, TOPIC, {}, not_before=START, now=START)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        cause()

    assert send(engine, clock, done) == 0


def test_the_effect_and_the_mark_are_one_transaction(engine, clock):
    [one] = put(engine, clock)

    def breaks(session):
        outbox.put(session, ids.system, "other", {}, not_before=START, now=START)
        raise RuntimeError

    send(engine, clock, lambda *_: Sent.done(breaks))

    assert row(engine, one).done_at is None
    with db.reading(engine) as session:
        assert session.exec(sqlmodel.select(sqlmodel.func.count()).select_from(outbox.OutboxRow)).one() == 1


def test_whoever_dies_with_a_job_leaves_it_to_the_next_after_the_lease(engine, clock):
    put(engine, clock)
    with db.transaction(engine) as session:
        assert len(outbox.claim(session, [TOPIC], clock.now(), lease_s=60)) == 1

    assert send(engine, clock, done) == 0
    clock.advance(timedelta(seconds=60))
    assert send(engine, clock, done) == 1


def test_a_failure_is_tried_again_later_and_later_and_then_given_up(engine, clock):
    [one] = put(engine, clock)
    gave_up = []

    def sender(job, now):
        return Sent.again("nope", give_up=lambda _: gave_up.append(job.attempt))

    for _ in range(30):
        send(engine, clock, sender)
        clock.advance(timedelta(hours=30))

    assert row(engine, one).dead_at is not None
    assert row(engine, one).attempts == MAX_ATTEMPTS
    assert gave_up == [MAX_ATTEMPTS]


def test_a_sender_that_breaks_does_not_stop_the_others(engine, clock):
    put(engine, clock, number=3)
    tried = []

    def sender(job, now):
        tried.append(job.id)
        if len(tried) == 1:
            raise ValueError
        return Sent.done()

    assert send(engine, clock, sender) == 3
    clock.advance(timedelta(seconds=10))
    assert send(engine, clock, sender) == 1


def test_a_late_failure_does_not_disturb_who_has_the_job_now(engine, clock):
    [one] = put(engine, clock)
    with db.transaction(engine) as session:
        [first] = outbox.claim(session, [TOPIC], clock.now(), lease_s=1)
    clock.advance(timedelta(seconds=2))
    with db.transaction(engine) as session:
        [second] = outbox.claim(session, [TOPIC], clock.now(), lease_s=60)
        assert outbox.fail(session, first, "late", clock.now(), pause=REST) is None
        assert outbox.succeed(session, second, clock.now())

    assert row(engine, one).done_at is not None


def test_several_senders_at_once_send_every_job_once(engine, clock):
    jobs = put(engine, clock, number=40)
    sent: Counter[str] = Counter()
    lock = threading.Lock()

    def sender(job, now):
        with lock:
            sent[job.id] += 1
        return Sent.done()

    threads = [threading.Thread(target=send, args=(engine, clock, sender)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sent == Counter(jobs)
