"""How an alarm lives: who is called next, when a timer is due, what stands. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class AlarmState(StrEnum):
    """Where an alarm is. The first three are active: of them a wearer has one at most for each kind."""

    SUSPECTED = "suspected"  # it will be raised, unless the device cancels
    RAISED = "raised"  # people are being called
    ACKNOWLEDGED = "acknowledged"  # somebody has taken it, until a moment
    CLOSED = "closed"
    CANCELLED = "cancelled"  # before it was raised: nobody was called


ACTIVE = frozenset({AlarmState.SUSPECTED, AlarmState.RAISED, AlarmState.ACKNOWLEDGED})


class Disposition(StrEnum):
    """How an alarm ended, by the word of a person."""

    WITH_PERSON = "with_person"  # somebody is there
    HELPED = "helped"  # help was needed and given
    FALSE_ALARM = "false_alarm"
    NO_ANSWER = "no_answer"  # nobody answered, the emergency service was asked by a person
    DRILL = "drill"
    OTHER = "other"


class Log(StrEnum):
    """What can happen to an alarm."""

    SUSPECTED = "suspected"
    RAISED = "raised"
    REPEATED = "repeated"
    CANCELLED = "cancelled"
    CANCEL_CAME_LATE = "cancel_came_late"
    EVIDENCE = "evidence"
    GOT_UP = "got_up"
    LONG_LIE = "long_lie"  # still on the floor
    POINT = "point"  # how readily the band takes something for a fall has changed by how this alarm ended
    CALLED = "called"
    SENT = "sent"
    FAILED = "failed"
    NOBODY_REACHED = "nobody_reached"
    STAFF_CALLED = "staff_called"
    ACKNOWLEDGED = "acknowledged"
    RENEWED = "renewed"
    ACK_EXPIRED = "ack_expired"
    PASSED_ON = "passed_on"  # a contact cannot come
    CALLED_AGAIN = "called_again"
    NOTE = "note"
    CLOSED = "closed"
    CONTACT_REMOVED = "contact_removed"
    JOINED = "joined"  # its band turned out to be another wearer's, whose alarm goes on


class Outcome(StrEnum):
    """What became of one try to reach somebody."""

    QUEUED = "queued"
    SENT = "sent"  # the next server has taken it
    FAILED = "failed"
    DELIVERED = "delivered"  # the other end says so
    ANSWERED = "answered"


REACHED = frozenset({Outcome.SENT, Outcome.DELIVERED, Outcome.ANSWERED})
NOT_NEEDED = "not_needed"  # the code of a try that was not made, because somebody had answered meanwhile

GRACE = timedelta(seconds=5)  # for a confirmation to travel
LATE_AFTER = timedelta(minutes=2)
TRY_AGAIN = timedelta(seconds=30)  # when not even staff could be reached
STEPPED_BACK = timedelta(minutes=1)  # clocks of two machines differ by less
DRILL_LASTS = timedelta(minutes=15)
LONGEST_CONFIRM = timedelta(minutes=5)


@dataclass(frozen=True)
class Plan:
    """How long each contact has to answer, how often all are called before staff, how long an answer holds."""

    step: timedelta
    rounds: int
    lease: timedelta


@dataclass(frozen=True)
class Place:
    """Where the calling stands. `contact_id` None: with the service's own staff."""

    round: int
    contact_id: str | None


def next_place(round_: int, contacts: Sequence[str], called: Collection[str], rounds: int) -> Place:
    """Who is called next. `contacts` in their order, as they are now; both may change at any time.

    Whoever has not been `called` in this round, in turn, and all again in each round; then staff.
    """
    waiting = [contact for contact in contacts if contact not in called]
    if waiting:
        return Place(round_, waiting[0])
    if contacts and round_ < rounds:
        return Place(round_ + 1, contacts[0])
    return Place(round_, None)


def is_due(next_at: datetime | None, set_at: datetime | None, now: datetime) -> bool:
    """A clock that stepped back well behind the moment when the timer was set makes it due: early is safe, late not."""
    if next_at is None:
        return False
    return now >= next_at or (set_at is not None and now < set_at - STEPPED_BACK)


def confirm_by(happened_at: datetime | None, received_at: datetime, confirm_in: timedelta) -> datetime:
    """When silence counts as a confirmation. A confirmation that waited with its suspicion comes right behind it."""
    begun = received_at if happened_at is None else min(happened_at, received_at)
    return max(begun + min(confirm_in, LONGEST_CONFIRM), received_at) + GRACE


def is_late(happened_at: datetime | None, received_at: datetime) -> bool:
    return happened_at is not None and received_at - happened_at > LATE_AFTER


def happened(at: datetime | None, received_at: datetime) -> datetime | None:
    """A device whose clock runs ahead did not know the time: nothing happened after we heard of it."""
    return None if at is None or at > received_at + LATE_AFTER else min(at, received_at)


class Standing(StrEnum):
    """Whether a fall would be noticed now, as the wearer and the circle are told."""

    ON = "on"
    LOW_BATTERY = "low_battery"  # still on
    NOT_WORN = "not_worn"
    SILENT = "silent"  # not heard for too long
    WAITING = "waiting"  # the device has not yet said that it knows
    OFF = "off"  # no permission, no device, or it was taken away


WATCHING = frozenset({Standing.ON, Standing.LOW_BATTERY})
SILENT_AFTER = timedelta(minutes=45)  # unless the wearer's row says otherwise
LOW_BATTERY = 0.2


@dataclass(frozen=True)
class BandSeen:
    """What is known of a wristband and of what stands behind it."""

    is_allowed: bool  # the consent `safety` stands, and the device's agent is not revoked
    is_confirmed: bool  # the agent obeys a consent in which it stands
    heard_at: datetime | None
    is_reachable: bool
    is_worn: bool | None
    battery_fraction: float | None
    is_battery_low: bool | None = None  # its agent's own word, which does not waver at a threshold
    point: str | None = None  # in force there; None: it does not say


def standing(band: BandSeen | None, now: datetime, silent_after: timedelta = SILENT_AFTER) -> Standing:
    """None: there is no wristband."""
    if band is None or not band.is_allowed:
        return Standing.OFF
    if not band.is_confirmed or band.heard_at is None:
        return Standing.WAITING
    if now - band.heard_at > silent_after or not band.is_reachable:
        return Standing.SILENT
    if band.is_worn is False:
        return Standing.NOT_WORN
    return Standing.LOW_BATTERY if _is_low(band) else Standing.ON


def _is_low(band: BandSeen) -> bool:
    if band.is_battery_low is not None:
        return band.is_battery_low
    return band.battery_fraction is not None and band.battery_fraction < LOW_BATTERY


TECHNICAL = frozenset({Standing.ON, Standing.LOW_BATTERY, Standing.NOT_WORN})
"""What somebody in the home mends in the morning: nobody is woken for a change between these."""
NIGHT_FROM_H, NIGHT_UNTIL_H = 22, 7


def is_told_now(before: Standing | None, after: Standing, local: datetime) -> bool:
    """`local`: at the wearer's home."""
    is_night = local.hour >= NIGHT_FROM_H or local.hour < NIGHT_UNTIL_H
    return not (is_night and {before, after} <= TECHNICAL)
