"""A run and what became of it: the ledger's hash, the promises that were broken, how the household fared."""

import json
import logging
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from sqlmodel import Session, col, select

from cloud import db
from cloud.catalogue.rules import id_of
from cloud.orders.tables import Order, OrderEntry
from cloud.replenishment.tables import DecisionRow
from simulator import ledger, promises, scenario_loading
from simulator.progress import Progress
from simulator.run import Run

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own below it


def main(scenario: Path, *, days: int, seed: int, report: Path | None) -> int:
    """0: all promises kept. 1: not all."""
    found = simulate(scenario, days=days, seed=seed)
    text = json.dumps(found, indent=2, sort_keys=True)
    if report is None:
        sys.stdout.write(f"{text}\n")
    else:
        report.write_text(f"{text}\n")
        sys.stdout.write(f"{_in_short(found)}\nThe report: {report}\n")
    return 1 if found["broken_promises"] else 0


def simulate(scenario: Path, *, days: int, seed: int) -> dict[str, Any]:
    """The report of a run. Raises ScenarioError."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    loaded = scenario_loading.load(scenario)
    began_s = time.monotonic()
    progress = Progress(days)
    with _folder() as folder:
        run = Run(loaded, seed, folder)
        try:
            run.live(days, progress.day)
            with db.reading(run.cloud.app.parts.engine) as session:
                found = reported(run, session, days)
        finally:
            progress.end()
            run.close()
    return {**found, "seconds": round(time.monotonic() - began_s, 1)}


def reported(run: Run, session: Session, days: int) -> dict[str, Any]:
    orders = list(session.exec(select(Order).order_by(col(Order.scheduled_at), col(Order.id))))
    slots = {product: _slot(run, product, orders) for product in run.home.products}
    return {
        "scenario": run.scenario.title,
        "seed": run.seed,
        "days": days,
        "ledger_hash": ledger_hash(session),
        "broken_promises": [vars(broken) for broken in promises.broken(session, run)],
        "stockout_days": sum(slot["stockout_days"] for slot in slots.values()),
        "orders": dict(sorted(Counter(order.state.value for order in orders).items())),
        "slots": slots,
        "decisions": dict(sorted(Counter(session.exec(select(DecisionRow.outcome))).items())),
        "mails": run.cloud.mails,
        "boots": run.machine.boots,
    }


def ledger_hash(session: Session) -> str:
    """Over decisions, orders and what happened to them, in order."""
    tables = (
        (DecisionRow, col(DecisionRow.decided_at), col(DecisionRow.id)),
        (Order, col(Order.scheduled_at), col(Order.id)),
        (OrderEntry, col(OrderEntry.id)),
    )
    return ledger.hash_of(*(ledger.canonical(ledger.rows_of(session, *table)) for table in tables))


def _slot(run: Run, product: str, orders: list[Order]) -> dict[str, Any]:
    tally = run.home.tallies[product]
    cover = tally.cover_days(run.home.days_home)
    mine = [order for order in orders if order.product_id == id_of(product)]
    return {
        "stockout_days": len(tally.days_without),
        "cover_days": None if cover is None else round(cover, 1),
        "used_packs": round(tally.used_packs, 3),
        "orders": len(mine),
        "packs_delivered": sum(order.delivered_quantity * order.packs_each for order in mine),
        "held_for_absence": sum(order.deliver_on is not None for order in mine),
    }


def _in_short(found: dict[str, Any]) -> str:
    lines = [f"{found['scenario']}: {found['days']} days in {found['seconds']} s, ledger {found['ledger_hash'][:16]}"]
    for product, slot in found["slots"].items():
        lines.append(
            f"  {product:12} {slot['orders']:3} orders, {slot['stockout_days']} days without, "
            f"{slot['cover_days']} days of cover"
        )
    broken = found["broken_promises"]
    lines.append(f"  broken promises: {len(broken)}")
    lines += [f"    {each['what']}: {each['which']}" for each in broken[:10]]
    return "\n".join(lines)


@contextmanager
def _folder() -> Iterator[Path]:
    """For the run's databases: in memory where there is such a place. The code that writes them is the product's."""
    made = Path(tempfile.mkdtemp(prefix="forehand-run-", dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
