"""One process works at a time, and nothing due is dropped."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from cloud import db
from cloud.jobs import lease
from cloud.jobs.runner import Jobs, Task
from kit.clock import ManualClock
from tests.support.at_once import at_once

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(database_url: str):
    made = db.engine(database_url)
    yield made
    made.dispose()


def jobs(engine, holder: str, ran: list[str], every: timedelta = MINUTE, clock: ManualClock | None = None) -> Jobs:
    task = Task("count", every, lambda _now: ran.append(holder))
    return Jobs(engine, clock or ManualClock(NOW), holder, [task])


def test_a_task_runs_once_in_its_interval_however_often_it_ticks(engine):
    ran: list[str] = []
    mine = jobs(engine, "a", ran)

    for seconds in range(0, 121, 10):
        mine.tick(NOW + timedelta(seconds=seconds))

    assert len(ran) == 3


def test_a_second_process_waits_until_the_first_has_gone(engine):
    ran: list[str] = []
    first, second = jobs(engine, "a", ran), jobs(engine, "b", ran)

    assert first.tick(NOW)
    assert not second.tick(NOW + timedelta(seconds=30))
    assert second.tick(NOW + timedelta(minutes=5))

    assert ran == ["a", "b"]


def test_a_lease_from_before_the_clock_stepped_back_holds_up_nobody(engine):
    ran: list[str] = []
    first, second, third = (jobs(engine, name, ran) for name in "abc")
    first.tick(NOW)

    assert second.tick(NOW - timedelta(days=2))
    assert not third.tick(NOW - timedelta(days=2) + timedelta(seconds=30))


def test_a_clean_stop_hands_the_lease_over_at_once(engine):
    ran: list[str] = []
    first, second = jobs(engine, "a", ran), jobs(engine, "b", ran)
    first.tick(NOW)

    first.release(NOW)

    assert second.tick(NOW + timedelta(seconds=1))


def test_who_lost_the_lease_is_told_by_its_token(engine):
    with db.transaction(engine) as session:
        old = lease.take(session, "jobs", "a", NOW, MINUTE)
    with db.transaction(engine) as session:
        new = lease.take(session, "jobs", "b", NOW + 2 * MINUTE, MINUTE)
    with db.transaction(engine) as session:
        assert old is not None
        assert not lease.still_holds(session, "jobs", old)
        assert new == old + 1


def test_three_processes_at_once_run_each_job_once(engine):
    ran: list[str] = []
    workers = [jobs(engine, name, ran) for name in "abc"]

    at_once(*(partial(worker.tick, NOW) for worker in workers))

    assert len(ran) == 1


def test_a_clock_that_steps_back_does_not_stop_the_jobs(engine):
    ran: list[str] = []
    mine = jobs(engine, "a", ran)
    mine.tick(NOW)

    mine.tick(NOW - timedelta(days=3))

    assert len(ran) == 2


@pytest.mark.parametrize("every", [MINUTE, timedelta(0)])
def test_a_task_that_fails_does_not_stop_the_others(engine, every: timedelta):
    ran: list[str] = []

    def fail(_now: datetime) -> None:
        raise RuntimeError("broken on purpose")

    tasks = [Task("bad", every, fail), Task("good", every, lambda _now: ran.append("good"))]
    Jobs(engine, ManualClock(NOW), "a", tasks).tick(NOW)

    assert ran == ["good"]
