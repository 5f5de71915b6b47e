"""A person gives or takes back consent: the ledger first, then the devices are told."""

from datetime import datetime

from sqlmodel import Session

from cloud.consent import rules
from cloud.consent import service as consent
from cloud.flows import desired
from kit.ids import Ids


def answer(session: Session, ids: Ids, household_id: str, said: consent.Answer, now: datetime) -> rules.Standing:
    """What stands afterwards. Nothing is sent when nothing changed."""
    before = consent.standing(session, household_id).version
    after = consent.answer(session, ids, household_id, said, now)
    if after.version != before:
        desired.send(session, ids, household_id, now)
    return after
