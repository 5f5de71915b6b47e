"""What a program is told when something cannot be done: RFC 9457."""

import pytest

from cloud import db
from tests.reviewing import Home
from tests.web_api_world import World


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    yield World(Home(engine))
    engine.dispose()


def shape(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["instance"] == answer.request.url.path
    assert body["title"]
    return body["type"]


def test_every_refusal_is_a_problem(world):
    assert shape(world.nobody.get("/api/v1/slots")) == "/problems/sign-in-needed"
    assert shape(world.ada.get("/api/v1/slots/nothing")) == "/problems/no-such-slot"
    assert shape(world.ada.get("/api/v1/nothing")) == "about:blank"
    assert shape(world.ada.ask("PUT", "/api/v1/slots")) == "about:blank"
    assert shape(world.sue.get("/api/v1/slots")) == "about:blank"


def test_a_request_that_does_not_fit_names_its_fields_and_repeats_nothing(world):
    answer = world.ada.post("/api/v1/pauses", json={"starts_on": "my secret", "ends_on": "2026-07-02"})

    assert shape(answer) == "/problems/invalid-request"
    assert [each["field"] for each in answer.json()["errors"]] == ["starts_on"]
    assert set(answer.json()["errors"][0]) == {"field", "code", "message"}
    assert "my secret" not in answer.text


def test_a_fault_of_ours_says_nothing_of_its_inside(world):
    def breaks():
        raise RuntimeError("the inside")

    world.app.state.web = type(world.app.state.web)(**{**vars(world.app.state.web), "is_ready": breaks})

    answer = world.nobody.get("/readyz")

    assert shape(answer) == "about:blank"
    assert answer.status_code == 500
    assert "the inside" not in answer.text


def test_a_person_is_led_to_the_sign_in(world):
    answer = world.nobody.get("/staff")

    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


def test_what_changes_something_needs_the_token_and_our_own_site(world):
    asked = {"starts_on": "2026-07-01", "ends_on": "2026-07-02"}

    forgotten = world.ada.post("/api/v1/pauses", json=asked, headers={"X-CSRF-Token": "wrong"})
    foreign = world.ada.post("/api/v1/pauses", json=asked, headers={"Origin": "https://elsewhere.example"})

    assert shape(forgotten) == "/problems/token-does-not-fit"
    assert foreign.status_code == 403
    assert world.ada.get("/api/v1/pauses").json() == []


def test_a_body_that_is_too_large_is_not_read_to_its_end(world):
    answer = world.ada.post("/api/v1/pauses", content=b'{"note": "' + b"x" * 100_000 + b'"}')

    assert answer.status_code == 413
    assert shape(answer) == "about:blank"


def test_the_description_is_openapi_3_1_with_a_summary_for_every_operation(world):
    described = world.nobody.get("/api/v1/openapi.json").json()

    operations = [op for path in described["paths"].values() for op in path.values()]
    assert described["openapi"].startswith("3.1")
    assert all(op.get("summary") for op in operations)
    assert all(path.startswith(("/api/v1/", "/hooks/")) for path in described["paths"])
