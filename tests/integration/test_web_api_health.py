"""Alive, ready, measured."""

from datetime import timedelta

import pytest

from cloud import db
from cloud.web import application
from tests.reviewing import Home
from tests.web_api_world import World


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    yield World(Home(engine))
    engine.dispose()


def numbers(world):
    lines = world.nobody.get("/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_a_process_that_lives_says_so(world):
    assert world.nobody.get("/healthz").json() == {"status": "ok"}


def test_a_process_is_ready_when_the_database_and_all_its_parts_are(world):
    world.ready["jobs"] = True

    answer = world.nobody.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": True, "jobs": True}


def test_what_is_not_ready_is_named(world):
    world.ready.update(jobs=True, broker=False)

    answer = world.nobody.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["waits_for"] == ["broker"]


def test_a_database_that_is_away_makes_it_wait_but_not_die(tmp_path, world):
    away = db.engine(f"sqlite:///{tmp_path}/nowhere/none.db")
    world.app.state.web = type(world.app.state.web)(**{**vars(world.app.state.web), "engine": away})

    assert world.nobody.get("/readyz").json()["waits_for"] == ["database"]
    assert world.nobody.get("/healthz").status_code == 200
    answer = world.ada.get("/api/v1/slots")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "nowhere" not in answer.text


def test_the_numbers_follow_the_work(world):
    before = numbers(world)
    world.tap()
    world.clock.advance(timedelta(days=4))
    after = numbers(world)

    assert before['forehand_orders{state="scheduled"}'] == 0
    assert after['forehand_orders{state="scheduled"}'] == 1
    assert (before["forehand_slots_stale"], after["forehand_slots_stale"]) == (0, 1)
    assert after["forehand_outbox_oldest_seconds"] >= 3 * 24 * 3600
    assert after["forehand_outbox_dead"] == after["forehand_set_aside_total"] == 0
    assert sum(value for name, value in after.items() if name.startswith("forehand_agents{")) == 1
    assert (before["forehand_agents_silent"], after["forehand_agents_silent"]) == (0, 1)
    assert after["forehand_agents_spooled"] == 0


def test_the_numbers_tell_nothing_of_a_household(world):
    world.tap()
    text = world.nobody.get("/metrics").text

    assert not any(secret in text for secret in ("Ada", "ada@", "pi-1", world.home.household_id))


def test_two_applications_count_for_themselves(world):
    other = application.create(world.app.state.web)

    assert other.state.metrics is not world.app.state.metrics
