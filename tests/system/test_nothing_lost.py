"""A steady stream; agent, broker and every ingest killed again and again at random: nothing lost, nothing doubled."""

import json
import os
import random
import secrets
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from cloud import db
from cloud.catalogue.rules import id_of
from cloud.devices.inbox_tables import GapRow, InboxMessage, ReadingRow, SetAside
from cloud.devices.tables import Slot
from cloud.orders.tables import Order
from contract import topics
from contract.decoding import decode
from contract.messages import Readings
from contract.topics import Up
from kit.bus import Delivery, Subscription
from kit.clock import SystemClock
from kit.mosquitto import ACCESS, Mosquitto, configure, free_port
from kit.mqtt import PahoBus
from simulator.supplier.desk import Desk
from simulator.supplier.server import SupplierServer
from simulator.supplier.warehouse import Fault, Habits, Warehouse
from simulator.trade import API_TOKEN, SLUG, WEBHOOK_SECRET
from tests.shared import ROOT, needs_program
from tests.support.homes import permit, trust
from tests.support.processes import Child, command, until

KILLS = int(os.environ.get("KILLS") or 10)  # of each; `make chaos` wants more
SCALES, ORDERING = 24, 8  # each scale is read once a second; so many of them run low, one after another
FIRST_LOW_S, NEXT_LOW_S = 12, 5
PASSWORD = "of-the-cloud"
TWO_INGESTS, ONE_FOR_ALL = (("ingest", "cloud-ingest"), ("ingest", "cloud-ingest-2")), ((None, "cloud"),)
STORED_AGAIN_S = 180.0  # agent, broker and cloud must be up at once, and each is killed after seconds
DRAIN_S, ORDERS_S = 90.0, 75.0


@dataclass
class Watcher:
    """Counts on the broker how often each message was seen under way."""

    heard: Counter[int] = field(default_factory=Counter)

    def on_message(self, delivery: Delivery) -> None:
        self.heard[decode(delivery.payload, Readings).seq] += 1
        delivery.ack()


@dataclass
class Stage:
    """Everything that runs. `ingests` take in messages."""

    engine: Engine
    work: Path
    broker: Mosquitto
    ingests: list[Child]
    agent: Child
    warehouse: Warehouse
    others: list[Child]
    seed: int

    def spooled(self) -> tuple[int, int]:
        """How many messages were ever spooled, and how many still wait."""
        with closing(sqlite3.connect(f"file:{self.work / 'state' / 'spool.db'}?mode=ro", uri=True)) as spool:
            (following,) = spool.execute("SELECT next_seq FROM lanes WHERE lane = 'readings'").fetchone()
            (waiting,) = spool.execute("SELECT count(*) FROM messages").fetchone()
            return following - 1, waiting

    def stored(self) -> int:
        return len(self.messages())

    def messages(self) -> list[int]:
        """Their numbers, as the cloud knows them."""
        with db.reading(self.engine) as session:
            return list(session.exec(select(InboxMessage.seq).where(InboxMessage.lane == "readings")))

    def readings(self) -> Counter[int]:
        """How often the reading of each message is there."""
        with db.reading(self.engine) as session:
            return Counter(session.exec(select(ReadingRow.seq)))

    def set_aside_or_given_up(self) -> int:
        with db.reading(self.engine) as session:
            return len(session.exec(select(SetAside)).all()) + len(session.exec(select(GapRow)).all())

    def orders(self) -> list[Order]:
        with db.reading(self.engine) as session:
            return list(session.exec(select(Order)))

    def parcels(self) -> list[str]:
        """What the supplier was asked for, by our reference."""
        return [parcel.reference for parcel in list(self.warehouse.parcels.values())]


@pytest.fixture(params=["postgresql", "sqlite"])
def stage(request, tmp_path):
    """PostgreSQL with its roles in processes of their own, two of which divide the readings; SQLite with all in one."""
    apart = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url" if apart else "sqlite_url")
    broker = Mosquitto(tmp_path / "broker", free_port(), needs_program("mosquitto"))
    configure(broker.directory, broker.port)
    env = _environment(tmp_path, url, broker.port)
    seed = int(os.environ.get("SEED") or secrets.randbelow(10_000))
    habits = Habits(scripted=(Fault.SILENT_ACCEPT, Fault.NONE, Fault.SILENT_DROP, Fault.ERROR))
    warehouse = Warehouse(habits, _chances(seed))
    supplier = SupplierServer(Desk(warehouse, API_TOKEN, WEBHOOK_SECRET), SystemClock())
    supplier.start()
    agent_toml = _furnished(tmp_path, env, supplier.url)
    env["FOREHAND_INGEST_SHARES"] = str(apart)
    ingests = [_cloud(tmp_path, env, *who) for who in (TWO_INGESTS if apart else ONE_FOR_ALL)]
    others = [_cloud(tmp_path, env, "jobs", "cloud-jobs")] if apart else []
    clouds = [*ingests, *others]
    agent = Child(("edge", "--config", str(agent_toml)), env, tmp_path / "agent.log")
    engine = db.engine(url)
    permit(engine, tuple(id_of(f"grain-{n}") for n in range(ORDERING)), ceiling=500, cap=100_000)
    made = Stage(engine, tmp_path, broker, ingests, agent, warehouse, others, seed)
    broker.start()
    for child in (*clouds, agent):
        child.start()
    yield made
    sys.stdout.write(f"seed {seed}\n")  # shown when the test fails
    for child in (agent, *clouds):
        child.stop()
        sys.stdout.write(f"{child.log.name}:\n{child.says()[-2000:]}\n")
    broker.stop()
    supplier.stop()
    engine.dispose()


def _environment(work: Path, url: str, broker_port: int) -> dict[str, str]:
    given = {
        "DATABASE_URL": url,
        "DATA_DIR": str(work / "data"),
        "BROKER_PORT": str(broker_port),
        "BROKER_PASSWORD": PASSWORD,
        "BROKER_KEEPER_PASSWORD": "of-the-keeper",
        "CREDENTIAL_KEY": "k" * 32,
        "WEB_PORT": str(free_port()),
        "REVIEW_EVERY_S": "5",
        "LOG_LEVEL": "INFO",
    }
    return {**os.environ, **{f"FOREHAND_{name}": value for name, value in given.items()}, "PYTHONPATH": str(ROOT)}


def _cloud(work: Path, env: dict[str, str], role: str | None, user: str) -> Child:
    words = ("cloud", role) if role else ("cloud",)
    return Child(words, {**env, "FOREHAND_BROKER_USERNAME": user}, work / f"{user}.log")


def _furnished(work: Path, env: dict[str, str], supplier_url: str) -> Path:
    command(env, "household", "add", "Ada")
    command(env, "person", "add", "ada@example.org", "--name", "Ada")
    (work / "catalogue.toml").write_text(_catalogue())
    command(env, "catalogue", "load", str(work / "catalogue.toml"))
    command(env, "catalogue", "supplier", SLUG, supplier_url, "--token", API_TOKEN, "--webhook-secret", WEBHOOK_SECRET)
    written = command(env, "agents", "add", "pi-1")
    command(env, "broker-file", str(work / "broker" / ACCESS))
    path = work / "agent.toml"
    path.write_text(written[: written.index("# One block")] + "".join(_scale(work, n) for n in range(SCALES)))
    return path


def _catalogue() -> str:
    supplier = f'[[suppliers]]\nslug = "{SLUG}"\nname = "Corner"\nbase_url = "http://x"\nlead_days = [1, 2, 4]\n'
    return supplier + "".join(
        f'[[products]]\nslug = "grain-{n}"\nname = "Grain {n}"\ncategory = "food"\nunit = "g"\ncapacity = 1000\n'
        "typical_pack_days = 75\ntypical_spread = 0.6\n"
        f'packs = [{{ supplier = "{SLUG}", sku = "G-{n}", prices = {{ EUR = 300 }} }}]\n'
        f'fits = [{{ device_type = "scale", description = "grain number {n}." }}]\n'
        for n in range(ORDERING)
    )


def _scale(work: Path, number: int) -> str:
    """Full, and those that order nearly empty from their moment on."""
    now_ms = int(time.time() * 1000)
    weights = [{"at_ms": now_ms - 1000, "grams": 900.0}]
    if number < ORDERING:
        low_ms = now_ms + (FIRST_LOW_S + number * NEXT_LOW_S) * 1000
        weights += [{"at_ms": low_ms, "grams": 450.0}, {"at_ms": low_ms + 3000, "grams": 15.0}]
    (work / f"scale-{number}.jsonl").write_text("".join(json.dumps(weight) + "\n" for weight in weights))
    return (
        f'[[devices]]\nname = "scale-{number}"\ntype = "scale"\naddress = "scale-{number}.jsonl"\n'
        f'description = "grain number {number}."\n'
    )


def _trusted(stage: Stage) -> None:
    """As soon as every scale is known: those with a product may order by themselves."""
    until(lambda: len(_slots(stage)) == SCALES)
    trust(stage.engine, list(_slots(stage)))


def _slots(stage: Stage) -> list[str]:
    with db.reading(stage.engine) as session:
        return list(session.exec(select(Slot.id)))


def _chances(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


def _again_and_again(
    kill: Callable[[], None], start: Callable[[], None], chances: random.Random, pause_s: float
) -> None:
    for _ in range(KILLS):
        time.sleep(chances.uniform(0.1, pause_s))
        kill()
        time.sleep(chances.uniform(0.0, 0.3))
        start()


def _kill_all_of_them(stage: Stage) -> None:
    """Each victim on a schedule of its own, so that they also die together."""

    def start(ingest: Child) -> None:
        before = stage.stored()
        ingest.start()
        until(lambda: stage.stored() > before, STORED_AGAIN_S)

    plans = [
        (stage.agent.kill, stage.agent.start, 9.0),
        (stage.broker.kill, stage.broker.start, 9.0),
        *((ingest.kill, partial(start, ingest), 2.0) for ingest in stage.ingests),
    ]
    with ThreadPoolExecutor(len(plans)) as pool:
        ends = [
            pool.submit(_again_and_again, kill, start, _chances(stage.seed + number), pause_s)
            for number, (kill, start, pause_s) in enumerate(plans)
        ]
    for end in ends:
        end.result()


def _drained_s(stage: Stage) -> float:
    """How long until everything spooled is stored, now that no device is read any more."""
    started_s = time.monotonic()
    stage.agent.kill()
    path = stage.work / "agent.toml"
    path.write_text(path.read_text().partition("[[devices]]")[0])
    stage.agent.start()
    until(lambda: stage.spooled()[1] == 0, DRAIN_S)
    return time.monotonic() - started_s


@pytest.mark.slow
def test_killed_again_and_again_they_lose_nothing_and_double_nothing(stage, record_property):
    watcher = Watcher()
    bus = PahoBus("cloud-web", "127.0.0.1", stage.broker.port, "cloud-web", PASSWORD)
    bus.start([Subscription(topics.every_up(Up.READINGS))], watcher.on_message, lambda: None)
    try:
        _trusted(stage)
        _kill_all_of_them(stage)
        drain_s = _drained_s(stage)
    finally:
        bus.stop()
    _wait_for_orders(stage)

    spooled, _ = stage.spooled()
    seqs, rows = stage.messages(), stage.readings()
    lost, doubled = set(range(1, spooled + 1)) - set(seqs), [seq for seq, times in rows.items() if times != 1]
    orders, parcels = stage.orders(), stage.parcels()
    told = {
        "seed": stage.seed, "kills": KILLS * (2 + len(stage.ingests)), "spooled": spooled, "lost": len(lost),
        "doubled": len(doubled), "drain_s": round(drain_s, 1), "orders": len(orders), "parcels": len(parcels),
        "sent_again_at_least": sum(watcher.heard.values()) - len(watcher.heard),
    }  # fmt: skip
    for name, value in told.items():
        record_property(name, value)
    sys.stdout.write(f"{told}\n")
    assert (lost, doubled) == (set(), []), told
    assert sorted(seqs) == sorted(rows) == list(range(1, spooled + 1)), told
    assert stage.set_aside_or_given_up() == 0, told
    assert parcels, told
    assert set(parcels) <= {order.reference for order in orders}, told
    assert len({order.slot_id for order in orders}) == len(orders), told


def _wait_for_orders(stage: Stage) -> None:
    """Jobs that were killed left a lease, which must run out first; the orders come after it, and no second time.

    One that was being sent at that moment has a lease of its own, of minutes: it is not waited for.
    """
    end = time.monotonic() + ORDERS_S
    while len(stage.parcels()) < ORDERING and time.monotonic() < end:
        time.sleep(0.5)
