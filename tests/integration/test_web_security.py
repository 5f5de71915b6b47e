"""What the web does for the safety of whoever uses it, and of whoever lies on the floor meanwhile."""

import asyncio
import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from cloud import db
from cloud.people import service as people
from cloud.settings import Settings
from cloud.web import application, pages, staff, staff_acts, staff_alarms, staff_audit, words
from cloud.web.deps import COOKIE
from cloud.web.pages import signing
from tests.reviewing import Home
from tests.web_api_world import World

FORM, JSON = b"application/x-www-form-urlencoded", b"application/json"
BODY = b"csrf=x&", b"text=y"

STAFF = (staff, staff_alarms, staff_acts, staff_audit)


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    yield World(Home(engine))
    engine.dispose()


def holders_meanwhile(world, path, method, kind, cookies):
    """How many hold the pen whenever a piece of this request's body is waited for."""
    pen, seen, said = db._PENS[world.home.engine], [], []
    body = iter(BODY)

    async def receive():
        piece = next(body, None)
        if piece is None:
            return {"type": "http.disconnect"}
        seen.append(len(pen._holding))
        return {"type": "http.request", "body": piece, "more_body": piece != BODY[-1]}

    async def send(message):
        said.append(message)

    headers = [(b"host", b"127.0.0.1:8000"), (b"content-type", kind), *((b"cookie", each.encode()) for each in cookies)]
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": headers,
        "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(world.app(scope, receive, send))
    assert said
    return seen


def changing_routes(world):
    """Every address that changes something, with how its body is written."""
    forms = [
        re.sub(r"{\w+}", "x", route.path)
        for router in (*pages.ROUTERS, *(part.router for part in STAFF))
        for route in router.routes
        if "POST" in route.methods
    ]
    asked = [(path, method) for path, methods in world.app.openapi()["paths"].items() for method in methods]
    programs = [(re.sub(r"{\w+}", "x", path), method.upper()) for path, method in asked if method != "get"]
    return [*((path, "POST", FORM) for path in forms), *((*each, JSON) for each in programs)]


@pytest.mark.parametrize("who", ["nobody", "ada", "sue"])
def test_whoever_sends_slowly_keeps_no_alarm_from_being_written(world, who):
    cookies = [f"{name}={value}" for name, value in getattr(world, who).cookies.items()]

    found = {route[0]: holders_meanwhile(world, *route, cookies) for route in changing_routes(world)}

    assert len([path for path, seen in found.items() if len(seen) == len(BODY)]) > 40
    assert found["/hooks/suppliers/x"] == [0, 0]
    assert {path: seen for path, seen in found.items() if any(seen)} == {}


@pytest.fixture
def over_tls(world):
    """The same service behind a proxy that speaks TLS."""
    settings = Settings(public_url="https://forehand.example")
    app = application.create(replace(world.web, settings=settings))
    return TestClient(app, base_url=settings.public_url, follow_redirects=False)


@pytest.fixture
def invitation(world):
    with db.transaction(world.home.engine) as session:
        account = people.account_for(session, "bob@example.org")
        return people.invite(session, account, world.clock.now())


def test_where_the_page_is_https_browsers_keep_to_it(world, over_tls):
    assert over_tls.get("/sign-in").headers["strict-transport-security"] == "max-age=15552000"
    assert "strict-transport-security" not in world.nobody.get("/sign-in").headers


def test_where_the_page_is_https_no_cookie_travels_without(over_tls, invitation):
    answer = over_tls.post(f"/welcome/{invitation}", data={"password": "a long enough password"})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.parametrize("path", ["/", "/sign-in", "/answer/x", "/nowhere", "/api/v1/me", "/healthz", "/static/none"])
def test_every_answer_says_what_a_browser_may_do_with_it(world, path):
    said = world.nobody.get(path).headers

    policy = dict(part.split(" ", 1) for part in said["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == ("no-referrer" if path.startswith("/answer/") else "same-origin")
    assert said["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in said
    assert said["cache-control"] == ("public, max-age=300" if path.startswith("/static/") else "no-store")


@pytest.mark.parametrize("path", ["/answer/{}", "/agree/{}", "/welcome/{}", "/circle/join/{}", "/hooks/suppliers/{}"])
def test_a_log_of_a_failure_holds_no_address_that_is_a_secret(world, tmp_path, path):
    world.rewire(engine=db.engine(f"sqlite:///{tmp_path}/nowhere/none.db"))

    with capture_logs() as lines:
        answer = world.nobody.ask("POST" if "hooks" in path else "GET", path.format("A-SECRET"))

    assert answer.status_code >= 500
    assert lines
    assert "A-SECRET" not in repr(lines)
    assert any(line.get("path", "").startswith(path.partition("{")[0]) for line in lines), lines


@pytest.fixture
def crowd():
    """As many sign in at this moment as can."""
    waiting = signing.PASSWORDS_AT_ONCE + signing.WAITING_AT_MOST
    for _ in range(waiting):
        assert signing._queue.acquire(blocking=False)
    yield
    signing._queue.release(waiting)


def test_a_crowd_at_the_door_leaves_threads_for_who_answers_an_alarm(world, invitation, crowd):
    tried = world.nobody.post("/sign-in", data={"email": "ada@example.org", "password": "a password of hers"})
    chosen = world.nobody.post(f"/welcome/{invitation}", data={"password": "a long enough password"})

    assert (tried.status_code, chosen.status_code) == (429, 429)
    assert words.BUSY in tried.text
    assert words.BUSY in chosen.text
    assert world.nobody.get("/answer/x").status_code == 404


def test_after_the_crowd_everybody_signs_in_again(world, invitation):
    for _ in range(signing.PASSWORDS_AT_ONCE + signing.WAITING_AT_MOST + 1):
        assert world.nobody.post("/sign-in", data={"email": "ada@example.org", "password": "wrong"}).status_code == 403

    assert world.nobody.post(f"/welcome/{invitation}", data={"password": "a long enough password"}).status_code == 303
