"""Who may ask for what: every route of the application, before everyone who may come."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi.routing import iter_route_contexts
from sqlmodel import SQLModel

from cloud import db
from cloud.catalogue.rules import id_of
from cloud.people.service import NewPerson
from cloud.people.tables import Role
from tests.reviewing import Home
from tests.safety_world import Worn
from tests.web_api_world import World

ANYONE = {
    "GET /api/v1/openapi.json", "GET /sign-in", "POST /sign-in", "GET /welcome/{secret}", "POST /welcome/{secret}",
    "POST /language", "GET /healthz", "GET /readyz", "GET /metrics", "POST /hooks/suppliers/{slug}",
    "GET /agreements/read", "GET /circle/join/{token}", "POST /circle/join/{token}",
    "POST /api/v1/enrolments",
    "GET /agree/{token}", "POST /agree/{token}", "GET /answer/{token}", "POST /answer/{token}",
}  # fmt: skip
SIGNED_IN = {
    "POST /sign-out", "GET /live", "GET /circle", "POST /circle/alarms/{alarm_id}/take",
    "POST /circle/alarms/{alarm_id}/pass-on", "POST /circle/alarms/{alarm_id}/close",
    "POST /circle/{wearer_id}/leave", "POST /circle/{wearer_id}/drill",
    "POST /circle/{wearer_id}/point", "POST /circle/{wearer_id}/missed",
}  # fmt: skip
STAFF = {"GET /staff", "GET /staff/set-aside", "GET /staff/orders", "GET /staff/outbox", "GET /staff/forecasts"}
STAFF_AND_ALARMS = STAFF | {
    "GET /staff/alarms", "GET /staff/alarms/live", "GET /staff/alarms.csv", "GET /staff/alarms/{alarm_id}",
    "GET /staff/audit", "POST /staff/alarms/{alarm_id}/acknowledge", "POST /staff/alarms/{alarm_id}/note",
    "POST /staff/alarms/{alarm_id}/again", "POST /staff/alarms/{alarm_id}/close",
}  # fmt: skip
"""Who answers an alarm has to know whose it is."""
HOUSEHOLD = {
    "GET /safety", "GET /safety/off", "POST /safety/off",
    "GET /", "GET /away", "POST /away/pauses", "POST /away/calendars", "GET /permissions",
    "POST /permissions/{purpose}", "GET /agreements", "GET /agreements/new", "POST /agreements/read", "GET /settings",
    "POST /settings/time-zone", "POST /settings/boxes", "POST /agreements", "GET /data", "GET /data/export",
    "GET /api/v1/me", "GET /api/v1/slots", "GET /api/v1/decisions", "GET /api/v1/orders", "POST /api/v1/orders",
    "GET /api/v1/pauses", "POST /api/v1/pauses", "GET /api/v1/consents", "POST /api/v1/consents",
    "GET /api/v1/mandates", "POST /api/v1/mandates",
}  # fmt: skip
ONE_OF_THE_HOUSEHOLD = {
    "POST /safety/{wearer_id}/wearer", "POST /safety/{wearer_id}/notes", "POST /safety/{wearer_id}/plan",
    "POST /safety/{wearer_id}/point", "POST /safety/{wearer_id}/missed", "POST /safety/{wearer_id}/inactivity",
    "POST /safety/{wearer_id}/drill", "GET /safety/drills/{drill_id}", "POST /safety/{wearer_id}/contacts",
    "POST /safety/{wearer_id}/contacts/{contact_id}/move", "POST /safety/{wearer_id}/contacts/{contact_id}/circle",
    "POST /safety/{wearer_id}/contacts/{contact_id}/invite", "GET /safety/{wearer_id}/contacts/{contact_id}/remove",
    "POST /safety/{wearer_id}/contacts/{contact_id}/remove",
    "POST /settings/boxes/{agent_id}/code", "GET /settings/boxes/{agent_id}/retire",
    "POST /settings/boxes/{agent_id}/retire",
    "POST /undo", "GET /supplies/{slot_id}", "GET /supplies/{slot_id}/order", "POST /supplies/{slot_id}/order",
    "POST /supplies/{slot_id}/shelf", "POST /supplies/{slot_id}/level", "POST /supplies/{slot_id}/level/undo",
    "POST /supplies/{slot_id}/mode", "POST /supplies/{slot_id}/wish", "POST /supplies/{slot_id}/product",
    "POST /supplies/{slot_id}/later", "POST /orders/{order_id}/hold", "POST /orders/{order_id}/send",
    "POST /orders/{order_id}/cancel", "GET /orders/{order_id}", "POST /orders/{order_id}/quantity",
    "POST /away/pauses/{pause_id}/cancel",
    "POST /away/calendars/{calendar_id}/remove", "GET /agreements/{mandate_id}/cancel",
    "POST /agreements/{mandate_id}/cancel", "GET /api/v1/slots/{slot_id}",
    "GET /api/v1/slots/{slot_id}/products", "PUT /api/v1/slots/{slot_id}/product",
    "GET /api/v1/decisions/{decision_id}", "GET /api/v1/orders/{order_id}",
    "POST /api/v1/orders/{order_id}/hold", "POST /api/v1/orders/{order_id}/cancel",
    "POST /api/v1/orders/{order_id}/send", "DELETE /api/v1/pauses/{pause_id}", "DELETE /api/v1/mandates/{mandate_id}",
}  # fmt: skip
MATRIX = (ANYONE, SIGNED_IN, STAFF_AND_ALARMS, HOUSEHOLD, ONE_OF_THE_HOUSEHOLD)
CUSTOMERS = sorted(HOUSEHOLD | ONE_OF_THE_HOUSEHOLD)
NOT_OURS_TO_COMPARE = {"idempotency_keys", "sign_ins"}


@pytest.fixture
def world(database_url):
    """Ada has everything that another might reach for."""
    engine = db.engine(database_url)
    made = World(Home(engine))
    slot_id = made.slot_id
    made.home.passes(1)
    made.home.trust()
    shelf = f"/supplies/{slot_id}/shelf"
    undo = made.ada.post(shelf, data={"packs": "3"}).headers["location"]
    worn = Worn(made.home, consent=2)
    worn.switch_on()
    wearer_id, contact_id = worn.wearer().id, worn.add("Eve", drills=True)
    drill = press(made.ada, f"/safety/{wearer_id}/drill").headers["location"]
    made.ids = {
        "slot_id": slot_id, "order_id": made.tap(), "pause_id": made.pause(),
        "mandate_id": made.ada.get("/api/v1/mandates").json()[0]["id"],
        "decision_id": made.ada.get("/api/v1/decisions").json()[0]["id"],
        "calendar_id": "0" * 32, "purpose": "supply", "slug": "none", "secret": "none",
        "booking": undo.rpartition("undo=")[2], "wearer_id": wearer_id, "contact_id": contact_id,
        "drill_id": drill.rpartition("/")[2], "agent_id": "pi-1", "alarm_id": worn.falls_down(), "token": "none",
    }  # fmt: skip
    yield made
    engine.dispose()


def press(caller, path):
    return caller.post(path, data={"csrf": caller.token})


def ask(world, caller, route):
    """As somebody would who knows every id and every field."""
    method, _, path = route.partition(" ")
    until = (world.clock.now() + timedelta(days=3)).isoformat()
    if path.startswith("/api/"):
        body = {
            "slot_id": world.ids["slot_id"], "until": until, "starts_on": "2026-08-01", "ends_on": "2026-08-02",
            "purpose": "supply", "given": False, "text": "", "product_ids": ["0" * 32], "max_unit_price_minor": 1,
            "monthly_cap_minor": 1, "code": "0000-0000-0000", "last_day": "2026-08-02", "product_id": id_of("ink-cyan"),
        }  # fmt: skip
        sent = {"json": body, "key": "k1"} if method in {"POST", "PUT"} else {}
    else:
        form = {
            "quantity": "1", "shown_minor": "0", "packs": "1", "share": "0.5", "mode": "respond", "given": "true",
            "first": "2026-08-01", "last": "2026-08-02", "kind": "away", "booking": world.ids["booking"],
            "zone": "Asia/Shanghai", "product": id_of("ink-cyan"), "answer": "5", "rounds": "1",
            "hold_minutes": "20", "hours": "8", "point": "quiet",
            "place": "0", "up": "1", "in_circle": "false", "name": "Hall",
        }  # fmt: skip
        sent = {"data": form} if method == "POST" else {}
    return caller.ask(method, path.format(**world.ids), **sent)


def everything(world):
    """Every row of every table that a request of a household could change."""
    with db.reading(world.home.engine) as session:
        return {
            name: sorted(map(repr, session.execute(sa.select(table)).all()))
            for name, table in SQLModel.metadata.tables.items()
            if name not in NOT_OURS_TO_COMPARE
        }


def test_the_matrix_has_every_route_once(world):
    routes = [
        f"{method} {route.path}"
        for route in iter_route_contexts(world.app.routes)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]

    assert sorted(routes) == sorted(each for group in MATRIX for each in group)
    assert len(routes) == len(set(routes))


def test_a_stranger_reaches_nothing_that_is_not_for_everyone(world):
    before = everything(world)

    answers = {route: ask(world, world.nobody, route) for route in sorted({*CUSTOMERS, *STAFF_AND_ALARMS, *SIGNED_IN})}

    for route, answer in answers.items():
        assert (route, answer.status_code) == (route, 401 if " /api/" in route else 303)
        assert answer.headers.get("location", "/sign-in").startswith("/sign-in")
    assert everything(world) == before


def test_staff_reach_no_route_of_a_household(world):
    before = everything(world)

    answers = {route: ask(world, world.sue, route).status_code for route in CUSTOMERS if route != "GET /"}

    assert answers == dict.fromkeys(answers, 403)
    assert everything(world) == before


def test_who_only_looks_after_somebody_reaches_no_route_of_a_household_or_of_staff(world):
    with db.transaction(world.home.engine) as session:
        carer = world._add(session, NewPerson("Cara", "cara@example.org", Role.CARER))
    before = everything(world)

    answers = {route: ask(world, carer, route).status_code for route in {*CUSTOMERS, *STAFF_AND_ALARMS} - {"GET /"}}

    assert answers == dict.fromkeys(answers, 403)
    assert everything(world) == before
    assert carer.get("/").headers["location"] == "/circle"


def test_a_customer_reaches_no_route_of_staff(world):
    assert {ask(world, world.ada, route).status_code for route in STAFF_AND_ALARMS} == {403}


def test_staff_see_their_pages_without_a_name_of_a_household(world):
    for route in sorted(STAFF):
        answer = ask(world, world.sue, route)
        assert (route, answer.status_code) == (route, 200)
        assert "Ada" not in answer.text


def test_who_knows_the_ids_of_another_household_still_gets_and_changes_nothing(world):
    before = everything(world)

    for route in sorted(ONE_OF_THE_HOUSEHOLD):
        answer = ask(world, world.bob, route)
        allowed = {404} if " /api/" in route or route.startswith("GET") else {303, 404}
        assert (route, answer.status_code in allowed) == (route, True), answer.status_code
        assert not any(secret in answer.text for secret in ("Ada", "Kitchen"))
    after = everything(world)

    assert {name for name in before if before[name] != after[name]} == set()


def test_a_list_shows_the_own_household_only(world):
    for route in ("slots", "decisions", "orders", "pauses", "mandates"):
        assert world.bob.get(f"/api/v1/{route}").json() == []
        assert world.ada.get(f"/api/v1/{route}").json() != []
    assert world.bob.get("/api/v1/consents").json()["ledger"] == []


def test_the_owner_gets_what_is_theirs(world):
    reads = [route for route in sorted(HOUSEHOLD | ONE_OF_THE_HOUSEHOLD) if route.startswith("GET /api/")]

    assert {route: ask(world, world.ada, route).status_code for route in reads} == dict.fromkeys(reads, 200)


def test_no_form_of_a_customer_is_taken_without_its_token(world):
    before = everything(world)
    forger = type(world.ada)(world.client, world.ada.cookies, "forged")

    writes = [route for route in CUSTOMERS if not route.startswith("GET")]

    assert {route: ask(world, forger, route).status_code for route in writes} == dict.fromkeys(writes, 403)
    assert everything(world) == before
