"""Who is looked after, by whom; alarms, what happened to each, and the links that answer them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from cloud.db import UtcDateTime

_IS_ACTIVE = sa.text("state IN ('suspected', 'raised', 'acknowledged')")  # rules.ACTIVE


class Wearer(SQLModel, table=True):
    """A wristband, who wears it, and the plan by which help is called. Whoever changes an alarm locks this row."""

    __tablename__ = "wearers"

    id: str = Field(primary_key=True, max_length=32)
    household_id: str = Field(foreign_key="households.id", index=True, max_length=32)
    person_id: str | None = Field(default=None, foreign_key="persons.id", unique=True, max_length=32)  # None: unnamed
    device_id: str | None = Field(default=None, foreign_key="devices.id", unique=True, max_length=32)
    step_s: int = 180  # how long one contact has to answer
    rounds: int = 2  # through all contacts, before the service's own staff
    lease_s: int = 1800  # how long an acknowledgement holds
    silent_after_s: int = 2700  # how long the band may say nothing: three of its agent's reports
    inactivity_h: int = 0  # an alarm after so many hours worn without movement; 0: none
    point: str = Field(default="balanced", max_length=16)  # how readily the band takes something for a fall
    chosen_point: str = Field(default="balanced", max_length=16)  # by a person; their own false alarms may shift it
    point_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    notes: str = Field(default="", max_length=2000)  # for who answers: key, illness, language
    told_standing: str | None = Field(default=None, max_length=20)  # what the circle was told last
    standing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Contact(SQLModel, table=True):
    """Somebody to reach. Removed contacts keep their row: an alarm's history names them."""

    __tablename__ = "contacts"

    id: str = Field(primary_key=True, max_length=32)
    wearer_id: str = Field(foreign_key="wearers.id", index=True, max_length=32)
    person_id: str | None = Field(default=None, foreign_key="persons.id", index=True, max_length=32)  # an account
    position: int  # the order in which they are called
    name: str = Field(max_length=100)
    language: str = Field(default="en", max_length=8)
    in_circle: bool = False  # sees how the wearer is, as far as the consent `circle` goes
    agreed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    declined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    drills_agreed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Reach(SQLModel, table=True):
    """One way to reach a contact; all of them are used at once."""

    __tablename__ = "reaches"

    id: str = Field(primary_key=True, max_length=32)
    contact_id: str = Field(foreign_key="contacts.id", index=True, max_length=32)
    channel: str = Field(max_length=16)  # email, webhook, apprise
    address: str = Field(max_length=500)


class AlarmNumber(SQLModel, table=True):
    """Gives each alarm the number by which people speak of it."""

    __tablename__ = "alarm_numbers"

    number: int | None = Field(default=None, primary_key=True)
    alarm_id: str = Field(unique=True, max_length=32)


class Alarm(SQLModel, table=True):
    """Something that a person must answer. One timer: `next_at`, set at `timer_set_at`."""

    __tablename__ = "alarms"
    __table_args__ = (
        sa.Index(
            "ix_alarms_one_active", "wearer_id", "kind", "is_drill", unique=True,
            sqlite_where=_IS_ACTIVE, postgresql_where=_IS_ACTIVE,
        ),
    )  # fmt: skip

    id: str = Field(primary_key=True, max_length=32)
    number: int = Field(unique=True)
    wearer_id: str = Field(foreign_key="wearers.id", index=True, max_length=32)
    kind: str = Field(max_length=16)  # fall, sos, inactivity
    is_drill: bool = False
    is_late: bool = False  # it happened long before we heard of it
    state: str = Field(index=True, max_length=16)
    happened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # None: the device did not know the time
    received_at: datetime = Field(sa_type=UtcDateTime)
    raised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    raised_by: str | None = Field(default=None, max_length=16)  # wearer, detector, silence
    first_sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    round: int = 0
    called_contact: str | None = Field(default=None, max_length=32)  # the one called last; None: staff, or nobody yet
    is_with_staff: bool = False  # the contacts are used up
    round_call: int = 1  # the number of this round's first call
    calls: int = 0  # how often somebody was called so far: the attempts of one call share its number
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    timer_set_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: str | None = Field(default=None, max_length=100)  # a name, as it was then
    acknowledged_contact: str | None = Field(default=None, max_length=32)
    acknowledged_person: str | None = Field(default=None, max_length=32)  # where it was no contact
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = Field(default=None, max_length=100)
    disposition: str | None = Field(default=None, max_length=16)


class AlarmSignal(SQLModel, table=True):
    """One occurrence at a device, under the device's own `alarm_id`; several can join one alarm."""

    __tablename__ = "alarm_signals"

    agent_id: str = Field(primary_key=True, max_length=63)
    wire_id: str = Field(primary_key=True, max_length=32)
    alarm_id: str = Field(foreign_key="alarms.id", index=True, max_length=32)
    state: str = Field(max_length=16)  # suspected, confirmed, cancelled
    confirm_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    at: datetime = Field(sa_type=UtcDateTime)


class AlarmLogEntry(SQLModel, table=True):
    """One thing that happened to an alarm; added, never changed."""

    __tablename__ = "alarm_log"

    id: int | None = Field(default=None, primary_key=True)
    alarm_id: str = Field(foreign_key="alarms.id", index=True, max_length=32)
    at: datetime = Field(sa_type=UtcDateTime)
    event: str = Field(max_length=24)
    actor: str | None = Field(default=None, max_length=100)
    how: str | None = Field(default=None, max_length=24)  # page, link, device, timer
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)


class AlarmAttempt(SQLModel, table=True):
    """One try to reach one person on one channel, and what became of it."""

    __tablename__ = "alarm_attempts"

    id: str = Field(primary_key=True, max_length=32)
    alarm_id: str = Field(foreign_key="alarms.id", index=True, max_length=32)
    contact_id: str | None = Field(default=None, foreign_key="contacts.id", max_length=32)  # None: staff
    person_id: str | None = Field(default=None, max_length=32)  # of staff
    name: str = Field(max_length=100)
    language: str = Field(default="en", max_length=8)
    channel: str = Field(max_length=16)
    address: str = Field(max_length=500)
    call: int  # the how-many-eth of this alarm, from 1; 0: not a call but news of it
    template: str = Field(max_length=40)
    outcome: str = Field(max_length=16)  # queued, sent, failed, delivered, answered
    code: str | None = Field(default=None, max_length=80)
    queued_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AlarmMovement(SQLModel, table=True):
    """The movement around an alarm: x, y, z of each sample in turn, milli-g."""

    __tablename__ = "alarm_movements"

    agent_id: str = Field(primary_key=True, max_length=63)
    wire_id: str = Field(primary_key=True, max_length=32)
    alarm_id: str = Field(foreign_key="alarms.id", index=True, max_length=32)
    fs_hz: float
    impact: int | None = None
    acc_mg: list[int] = Field(sa_type=sa.JSON)
    marks: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)  # kind, from_ms, to_ms from the impact
    at: datetime = Field(sa_type=UtcDateTime)


class Drill(SQLModel, table=True):
    """A rehearsal through device, broker, cloud and channel; `id` is the command's. Each hop leaves its moment."""

    __tablename__ = "drills"

    id: str = Field(primary_key=True, max_length=32)
    wearer_id: str = Field(foreign_key="wearers.id", index=True, max_length=32)
    asked_by: str = Field(max_length=100)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    commanded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # handed to the broker
    device_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # on the device's clock
    received_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    alarm_id: str | None = Field(default=None, foreign_key="alarms.id", max_length=32)


class Band(SQLModel, table=True):
    """What a wristband said of itself last."""

    __tablename__ = "bands"

    device_id: str = Field(primary_key=True, foreign_key="devices.id", max_length=32)
    is_worn: bool | None = None
    battery_fraction: float | None = None
    is_battery_low: bool | None = None  # by its agent's own rule; None: it has none
    point: str | None = Field(default=None, max_length=40)  # in force there
    heard_at: datetime = Field(sa_type=UtcDateTime)


class LinkKey(SQLModel, table=True):
    """What signs the links in messages. The newest signs, all verify; who reads this table can answer for anybody."""

    __tablename__ = "link_keys"

    id: int | None = Field(default=None, primary_key=True)
    secret: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
