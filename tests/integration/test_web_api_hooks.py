"""Suppliers' news over HTTP: believed when signed, harmless when repeated."""

import json
import secrets
from base64 import b64encode

import pytest
import standardwebhooks
from sqlmodel import select

from cloud import db
from cloud.catalogue import service as catalogue
from cloud.catalogue.tables import Supplier
from cloud.orders.tables import Order
from tests.reviewing import Home
from tests.web_api_world import World

SECRET = "whsec_" + b64encode(b"a supplier's secret, thirty-two.").decode()


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    made = World(Home(engine))
    made.order_id = made.tap()
    with db.transaction(engine) as session:
        order = session.get_one(Order, made.order_id)
        order.first_sent_at = made.clock.now()
        order.state = "sending"
        session.add(order)
        made.reference = order.reference
        made.supplier = session.exec(select(Supplier).where(Supplier.id == order.supplier_id)).one().slug
        catalogue.connect_supplier(
            session, made.supplier, base_url="http://127.0.0.1:1", api_token="t", webhook_secret=SECRET
        )
    yield made
    engine.dispose()


def news(world, status="accepted", secret=SECRET, webhook_id="msg_1"):
    body = json.dumps({
        "type": f"order.{status}", "timestamp": world.clock.now().isoformat(),
        "data": {"reference": world.reference, "id": "S-1", "status": status},
    })  # fmt: skip
    signature = standardwebhooks.Webhook(secret).sign(webhook_id, world.clock.now().replace(microsecond=0), body)
    headers = {
        "webhook-id": webhook_id, "webhook-timestamp": str(int(world.clock.now().timestamp())),
        "webhook-signature": signature,
    }  # fmt: skip
    return {"headers": headers, "content": body}


def tell(world, supplier=None, **sent):
    return world.nobody.post(f"/hooks/suppliers/{supplier or world.supplier}", **sent)


def test_signed_news_moves_the_order(world):
    assert tell(world, **news(world)).status_code == 204
    assert [order.state for order in world.orders()] == ["accepted"]


def test_repeated_news_is_answered_like_the_first_and_changes_nothing(world):
    sent = news(world, "delivered")

    assert [tell(world, **sent).status_code for _ in range(3)] == [204, 204, 204]
    assert [order.delivered_quantity for order in world.orders()] == [1]


def test_forged_news_is_refused_and_changes_nothing(world):
    forged = "whsec_" + b64encode(secrets.token_bytes(32)).decode()

    answer = tell(world, **news(world, secret=forged))

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/webhook-forged"
    assert [order.state for order in world.orders()] == ["sending"]


@pytest.mark.parametrize("stamp", ["253402300800", "999999999999", "000000000000", "²", "-1", ""])
def test_news_from_no_moment_that_there_is_is_refused(world, stamp):
    sent = news(world)
    sent["headers"]["webhook-timestamp"] = stamp.encode()

    assert tell(world, **sent).status_code == 401


def test_news_without_a_signature_is_refused(world):
    assert tell(world, content=b"{}").status_code == 401


def test_news_from_a_supplier_nobody_knows_is_refused(world):
    assert tell(world, supplier="stranger", **news(world)).status_code == 404


def test_news_that_is_too_large_is_refused_whatever_its_length_says(world):
    chunks = (b"x" * 10_000 for _ in range(20))

    answer = tell(world, content=chunks)

    assert answer.status_code == 413
    assert [order.state for order in world.orders()] == ["sending"]
