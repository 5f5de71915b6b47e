"""What must leave: a row in the transaction that caused it, sent afterwards with its id as idempotency key."""

from cloud.outbox.queue import claim, fail, is_due, move, next_due, oldest_waiting, put, release, succeed, withdraw
from cloud.outbox.senders import Fate, Job, Sender, Sent
from cloud.outbox.sending import send_due, send_one
from cloud.outbox.tables import OutboxRow

__all__ = [
    "Fate",
    "Job",
    "OutboxRow",
    "Sender",
    "Sent",
    "claim",
    "fail",
    "is_due",
    "move",
    "next_due",
    "oldest_waiting",
    "put",
    "release",
    "send_due",
    "send_one",
    "succeed",
    "withdraw",
]
