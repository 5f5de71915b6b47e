"""Drives the whole chain beside a real printer: broker, cloud, agent, supplier. Prints what came of it as JSON.

To be run inside the printer's namespace: `python -m tests.system.chain WORK DATABASE_URL PRINT_TEST`.
"""

import json
import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine
from sqlmodel import col, select

from cloud import db
from cloud.catalogue.rules import id_of
from cloud.catalogue.tables import Product
from cloud.devices.tables import Slot
from cloud.orders.tables import Order
from cloud.replenishment.tables import DecisionRow, Mandate, MandateUse
from kit.clock import SystemClock
from kit.mosquitto import ACCESS, Mosquitto, configure, find, free_port
from simulator.mail import Inbox, MailCatcher
from simulator.supplier.desk import Desk
from simulator.supplier.server import SupplierServer
from simulator.supplier.warehouse import Habits, Warehouse
from simulator.trade import API_TOKEN, SLUG, WEBHOOK_SECRET
from tests.shared import ROOT
from tests.support.homes import permit, trust
from tests.support.processes import Child, command, until

AGENT, PRINTER = "home-1", "ipp://localhost:8631/ipp/print"
STEPS = (60, 40, 20, 3)


class NextDoor(Warehouse):
    """Brings in seconds what others bring in days."""

    def _carriage(self) -> timedelta:
        return timedelta(seconds=2)


@dataclass(frozen=True)
class Chain:
    """Where everything is."""

    work: Path
    engine: Engine
    warehouse: Warehouse
    inbox: Inbox


def main() -> None:
    work, url, print_test = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    with ExitStack() as running:
        chain = _set_up(work, url, running)
        try:
            told = _story(chain, print_test)
        except AssertionError:
            sys.stderr.write(json.dumps(_outcome(chain), indent=1))
            raise
    (work / "chain.json").write_text(json.dumps(told, indent=1))


def _set_up(work: Path, url: str, running: ExitStack) -> Chain:
    broker = Mosquitto(work / "broker", free_port(), find() or "mosquitto")
    catcher = MailCatcher()
    catcher.start()
    running.callback(catcher.stop)
    env = _environment(work, url, broker.port, catcher.smtp_url)
    configure(broker.directory, broker.port)
    warehouse = NextDoor(Habits(cut_off_hour=24, packing_hours=0.001), random.Random(1))  # noqa: S311 - no secret
    webhooks = f"http://127.0.0.1:{env['FOREHAND_WEB_PORT']}/hooks/suppliers/{SLUG}"
    supplier = SupplierServer(Desk(warehouse, API_TOKEN, WEBHOOK_SECRET), SystemClock(), webhook_url=webhooks)
    supplier.start()
    running.callback(supplier.stop)
    agent_toml = _furnished(work, env, supplier.url)
    broker.start()
    running.callback(broker.stop)
    engine = db.engine(url)
    running.callback(engine.dispose)
    permit(engine, (id_of("toner-black"),), ceiling=6000, cap=10_000)
    children = [
        Child(("cloud", role), {**env, "FOREHAND_BROKER_USERNAME": f"cloud-{role}"}, work / f"cloud-{role}.log")
        for role in ("ingest", "jobs", "web")
    ]
    children.append(Child(("edge", "--config", str(agent_toml)), env, work / "edge-agent.log"))
    for child in children:
        child.start()
        running.callback(child.stop)
    return Chain(work, engine, warehouse, catcher.inbox)


def _environment(work: Path, url: str, broker_port: int, smtp_url: str) -> dict[str, str]:
    web_port = free_port()
    given = {
        "DATABASE_URL": url,
        "DATA_DIR": str(work / "data"),
        "BROKER_PORT": str(broker_port),
        "BROKER_PASSWORD": "of-the-cloud",
        "BROKER_KEEPER_PASSWORD": "of-the-keeper",
        "CREDENTIAL_KEY": "k" * 32,
        "WEB_PORT": str(web_port),
        "PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "SMTP_URL": smtp_url,
        "REVIEW_EVERY_S": "1",
    }
    return {**os.environ, **{f"FOREHAND_{name}": value for name, value in given.items()}, "PYTHONPATH": str(ROOT)}


def _furnished(work: Path, env: dict[str, str], supplier_url: str) -> Path:
    """As an engineer does it: by the commands of the documentation. Returns where agent.toml is."""
    command(env, "household", "add", "Ada")
    command(env, "person", "add", "ada@example.org", "--name", "Ada", "--household", "Ada")
    command(env, "catalogue", "load")
    command(env, "catalogue", "supplier", SLUG, supplier_url, "--token", API_TOKEN, "--webhook-secret", WEBHOOK_SECRET)
    toml = command(env, "agents", "add", AGENT).replace("ipp://PRINTER/ipp/print", PRINTER)
    command(env, "broker-file", str(work / "broker" / ACCESS))
    path = work / "agent.toml"
    path.write_text(toml)
    return path


def _story(chain: Chain, print_test: Path) -> dict[str, Any]:
    until(partial(_shows, chain, 0.8))
    trust(chain.engine, [_black(chain).id])
    until(lambda: any(row.inputs["mode_earned"] for row in _decisions(chain)))
    before = [(row.outcome, row.reasons) for row in _decisions(chain)]
    levels = []
    for step in STEPS:
        (chain.work / "next_levels").write_text(f"{step},60,-3,12,20")
        subprocess.run(["ipptool", "-f", __file__, PRINTER, print_test], check=True, stdout=subprocess.DEVNULL)
        until(partial(_shows, chain, step / 100))
        levels.append(_black(chain).last_value)
    started_s = time.monotonic()
    until(lambda: any(order.state == "delivered" for order in _orders(chain)))
    return {"before": before, "levels": levels, "order_to_door_s": time.monotonic() - started_s, **_outcome(chain)}


def _shows(chain: Chain, level: float) -> bool:
    black = _black(chain)
    return black is not None and black.last_value == level


def _black(chain: Chain) -> Any:
    """None: the agent has not named it yet."""
    with db.reading(chain.engine) as session:
        return session.exec(select(Slot).where(Slot.colour == "black")).first()


def _decisions(chain: Chain) -> list[DecisionRow]:
    black = _black(chain)
    with db.reading(chain.engine) as session:
        rows = select(DecisionRow).where(DecisionRow.slot_id == black.id).order_by(col(DecisionRow.decided_at))
        return list(session.exec(rows))


def _orders(chain: Chain) -> list[Order]:
    with db.reading(chain.engine) as session:
        return list(session.exec(select(Order)))


def _outcome(chain: Chain) -> dict[str, Any]:
    decisions = [row for row in _decisions(chain) if row.order_id is not None]
    with db.reading(chain.engine) as session:
        products = {row.id: row.slug for row in session.exec(select(Product))}
        signed = session.exec(select(Mandate)).one()
        spent = [use.amount_minor for use in session.exec(select(MandateUse)) if use.released_at is None]
    return {
        "orders": [
            {
                "product": products[order.product_id], "quantity": order.quantity, "total_minor": order.total_minor,
                "code": order.code, "reason": order.reason, "state": order.state, "reference": order.reference,
                "in_mandate": order.mandate_id == signed.id, "decided": order.id in {d.order_id for d in decisions},
            }
            for order in _orders(chain)
        ],
        "ordered_because": [row.reasons for row in decisions],
        "spent_minor": spent,
        "mails": [mail.subject for mail in chain.inbox.mails()],
        "parcels": [[p.reference, p.quantity, p.status] for p in chain.warehouse.parcels.values()],
    }  # fmt: skip


if __name__ == "__main__":
    main()
