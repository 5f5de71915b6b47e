"""One process at a time, by a row and its expiry."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from cloud.jobs.tables import Lease

CLOCKS_DIFFER = timedelta(minutes=1)  # at most, between machines


def take(session: Session, name: str, holder: str, now: datetime, lasts: timedelta) -> int | None:
    """Take or renew the lease; returns its fencing token. None: another process holds it.

    One that would last longer than leases do was given before the clock stepped back, and holds nothing.
    """
    row = session.get(Lease, name, with_for_update={"key_share": True})
    if row is None:
        return _first(session, name, holder, now + lasts)
    if row.holder != holder:
        if now < row.until <= now + lasts + CLOCKS_DIFFER:
            return None
        row.holder, row.token = holder, row.token + 1
    row.until, row.ticked_at = now + lasts, now
    session.add(row)
    return row.token


def still_holds(session: Session, name: str, token: int) -> bool:
    """Inside a task's own transaction: nobody has taken over since. The row stays locked until the commit."""
    row = session.get(Lease, name, with_for_update={"key_share": True}, populate_existing=True)
    return row is not None and row.token == token


def give_back(session: Session, name: str, holder: str, now: datetime) -> None:
    session.execute(sa.update(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder).values(until=now))


def _first(session: Session, name: str, holder: str, until: datetime) -> int | None:
    try:
        with session.begin_nested():
            session.add(Lease(name=name, holder=holder, token=1, until=until))
    except sa.exc.IntegrityError:
        return None  # another process was first
    return 1
