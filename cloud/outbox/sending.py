"""Send what is due: claim in one transaction, send in none, record in another."""

import random
from collections.abc import Mapping
from datetime import timedelta

import structlog
from sqlalchemy.engine import Engine
from sqlmodel import Session

from cloud import db
from cloud.outbox import queue
from cloud.outbox.rules import LEASE_S, pause_after, urgent_pause_after
from cloud.outbox.senders import Fate, Job, Sender, Sent
from kit.clock import Clock

_log = structlog.get_logger()


def send_due(
    engine: Engine,
    senders: Mapping[str, Sender],
    clock: Clock,
    chances: random.Random,
    *,
    limit: int = 100,
    lease_s: float = LEASE_S,
    is_urgent: bool = False,
) -> int:
    """Send up to `limit` due rows of the topics in `senders`, one after the other. Returns how many were tried.

    Any number of these may run at once: a row is sent by one at a time. Whoever must not wait for a slow
    channel runs its own loop with its own topics.
    """
    tried = 0
    while tried < limit:
        with db.transaction(engine) as session:
            jobs = queue.claim(session, list(senders), clock.now(), limit=1, lease_s=lease_s)
        if not jobs:
            break
        send_one(engine, senders, jobs[0], clock, chances.random(), is_urgent=is_urgent)
        tried += 1
    return tried


def send_one(
    engine: Engine, senders: Mapping[str, Sender], job: Job, clock: Clock, chance: float, *, is_urgent: bool = False
) -> None:
    """Send what the caller has claimed, and record what became of it. Raises nothing.

    `is_urgent`: what failed is recorded before others write, because somebody else has to be told; and tried soon.
    """
    sent = _send(senders[job.topic], job, clock)
    pause = (urgent_pause_after if is_urgent else pause_after)(job.attempt, chance)
    try:
        with db.transaction(engine, is_urgent=is_urgent and _has_failed(sent)) as session:
            _settle(session, job, sent, clock, pause)
    except Exception:  # noqa: BLE001 - the row comes back when its lease has run out
        _log.exception("outbox_outcome_not_recorded", topic=job.topic, outbox_id=job.id)


def _has_failed(sent: Sent) -> bool:
    return sent.fate in {Fate.AGAIN, Fate.DEAD}


def _send(sender: Sender, job: Job, clock: Clock) -> Sent:
    try:
        return sender(job, clock.now())
    except Exception:  # noqa: BLE001 - one sender's bug must not stop the others; the row is tried again
        _log.exception("outbox_sender_broke", topic=job.topic, outbox_id=job.id)
        return Sent.again("sender_broke")


def _settle(session: Session, job: Job, sent: Sent, clock: Clock, pause: timedelta) -> None:
    now = clock.now()
    if sent.fate is Fate.LATER:
        queue.release(session, job, now)
        return
    if sent.fate is Fate.DONE:
        if queue.succeed(session, job, now):
            sent.apply(session)
        return
    lives = queue.fail(session, job, sent.code, now, pause=pause, for_good=sent.fate is Fate.DEAD)
    if lives is None:
        return
    _log.warning("outbox_send_failed", topic=job.topic, outbox_id=job.id, attempt=job.attempt, code=sent.code)
    sent.apply(session)
    if lives is False and sent.fate is Fate.AGAIN:
        sent.give_up(session)
