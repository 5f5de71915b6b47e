"""A person gives or takes back what Forehand may do: the ledger first, then orders and devices follow."""

from datetime import datetime

from sqlmodel import Session

from cloud.consent import rules
from cloud.consent import service as consent
from cloud.devices import due
from cloud.flows import desired, ordering, standing
from cloud.people import service as people
from cloud.replenishment import mandates
from cloud.replenishment.tables import Mandate
from contract.fields import Purpose
from kit.ids import Ids

_ORDERS_REST_ON = ("order", "supply")


def answer(session: Session, ids: Ids, household_id: str, said: consent.Answer, now: datetime) -> rules.Standing:
    """What stands afterwards. Nothing is sent when nothing changed."""
    before = consent.standing(session, household_id).version
    after = consent.answer(session, ids, household_id, said, now)
    if after.version == before:
        return after
    desired.send(session, ids, household_id, now)
    if not said.given and said.purpose in _ORDERS_REST_ON:
        ordering.cancel_automatic(session, ids, household_id, now)
    look_again(session, household_id, now)
    if said.purpose == Purpose.SAFETY:
        standing.tell_household(session, ids, household_id, now)  # last: it takes the locks that alarms take
    return after


def sign(
    session: Session, ids: Ids, household_id: str, terms: mandates.Terms, person_id: str, now: datetime
) -> Mandate:
    """The customer signs. What an agreement that this one ends has ordered, and has not left, does not leave."""
    people.lock(session, household_id)
    before = mandates.active(session, household_id, now)
    mandate = mandates.sign(session, ids, household_id, terms, person_id, now)
    for ended in before:
        if ended.cancelled_at is not None:
            ordering.cancel_automatic(session, ids, household_id, now, mandate_id=ended.id)
    look_again(session, household_id, now)
    return mandate


def cancel_mandate(session: Session, ids: Ids, household_id: str, mandate_id: str, now: datetime) -> Mandate | None:
    """What was ordered under it and has not left does not leave. None: no such mandate."""
    people.lock(session, household_id)
    mandate = mandates.cancel(session, household_id, mandate_id, now)
    if mandate is not None:
        ordering.cancel_automatic(session, ids, household_id, now, mandate_id=mandate_id)
        look_again(session, household_id, now)
    return mandate


def look_again(session: Session, household_id: str, now: datetime) -> None:
    """Every slot of the household is due. What it allows or where it is has changed: a review under way comes first."""
    people.lock(session, household_id)
    due.mark_household(session, household_id, now)
