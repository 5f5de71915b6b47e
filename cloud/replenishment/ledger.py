"""The ledger of decisions: a line when outcome or reasons change, and one a day."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from cloud.replenishment import flips, rules
from cloud.replenishment.inputs import Inputs
from cloud.replenishment.rules import Decision
from cloud.replenishment.tables import DecisionRow
from kit.ids import Ids


@dataclass(frozen=True)
class Decided:
    """One evaluation, to be written down."""

    slot_id: str
    household_id: str
    inputs: Inputs
    decision: Decision
    order_id: str | None = None


def record(session: Session, ids: Ids, made: Decided, now: datetime) -> DecisionRow | None:
    """None: the last line of today says the same."""
    last = latest(session, made.slot_id)
    decision = made.decision
    reasons = [reason.value for reason in decision.reasons]
    if last is not None and made.order_id is None and _says_the_same(last, decision, reasons, now):
        return None
    row = DecisionRow(
        id=ids(),
        slot_id=made.slot_id,
        household_id=made.household_id,
        decided_at=now,
        rules_version=rules.RULES_VERSION,
        inputs=made.inputs.to_json(),
        outcome=decision.outcome,
        reasons=reasons,
        flips=list(flips.flips(made.inputs)),
        quantity=decision.quantity,
        deliver_on=decision.deliver_on,
        send_on=decision.send_on,
        order_id=made.order_id,
    )
    session.add(row)
    session.flush()
    return row


def _says_the_same(last: DecisionRow, decision: Decision, reasons: list[str], now: datetime) -> bool:
    return (last.outcome, last.reasons, _day(last.decided_at)) == (decision.outcome, reasons, _day(now))


def latest(session: Session, slot_id: str) -> DecisionRow | None:
    """None: the slot was never decided about."""
    return next(iter(history(session, slot_id, limit=1)), None)


def at(session: Session, slot_id: str, moment: datetime) -> DecisionRow | None:
    """What stood then. None: nothing had been decided yet."""
    rows = select(DecisionRow).where(DecisionRow.slot_id == slot_id, col(DecisionRow.decided_at) <= moment)
    return session.exec(rows.order_by(col(DecisionRow.decided_at).desc(), col(DecisionRow.id)).limit(1)).first()


def history(session: Session, slot_id: str, limit: int = 50) -> list[DecisionRow]:
    """Newest first."""
    rows = select(DecisionRow).where(DecisionRow.slot_id == slot_id)
    return list(session.exec(rows.order_by(col(DecisionRow.decided_at).desc(), col(DecisionRow.id)).limit(limit)))


RULES = {rules.RULES_VERSION: rules.decide}
"""Every version of the rules that rows were decided by."""


def replays(row: DecisionRow) -> bool:
    """Deciding again, by that time's rules, on the stored inputs gives the same: outcome, reasons, amount, days."""
    again = RULES[row.rules_version](Inputs.from_json(row.inputs))
    now = (again.outcome.value, [r.value for r in again.reasons], again.quantity, again.deliver_on, again.send_on)
    return now == (row.outcome, row.reasons, row.quantity, row.deliver_on, row.send_on)


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
