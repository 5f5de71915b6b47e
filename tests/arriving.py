"""Messages arrive at the cloud, and what it answers: for tests without a broker."""

from datetime import UTC, datetime

from msgspec import Struct
from sqlmodel import Session, select

from cloud import db
from cloud.consent import service as consent
from cloud.devices import registry
from cloud.devices.tables import Agent
from cloud.flows import intake
from cloud.people import service as people
from contract import decoding, topics
from contract.fields import Kind, Purpose, Quality
from contract.messages import Desired, DeviceReport, Reading, Readings, Reported, SlotReport, Stored, encode
from contract.topics import Down, Up
from kit import ids
from kit.bus import Delivery

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
STREAM = "ab" * 16
NEW_ID = ids.seeded(1)


def home_with_an_agent(engine) -> None:
    with db.transaction(engine) as session:
        household = people.add_household(session, NEW_ID, "Ada", "Europe/Berlin", NOW)
        registry.add_agent(session, registry.NewAgent("pi-1", household.id, "Kitchen"), NOW)


def allow(engine, purpose: str = "supply", *, given: bool = True) -> None:
    said = consent.Answer(purpose, given, "text", "1", "en", None, "page")
    with db.transaction(engine) as session:
        household = session.exec(select(Agent)).first().household_id
        consent.answer(session, NEW_ID, household, said, NOW)


def batch(seq: int, value: float | None = 0.5, *, consent_version: int = 1, **more) -> Readings:
    quality = Quality.UNKNOWN if value is None else Quality.GOOD
    at_ms = more.pop("at_ms", int(NOW.timestamp() * 1000) + seq)
    reading = Reading(
        device="printer", slot="1.1", up_ms=1000 + seq, at_ms=at_ms, kind=Kind.LEVEL_FRACTION, value=value,
        quality=quality, basis="ratio", serial=more.pop("serial", None),
    )  # fmt: skip
    fields = {"boot": 1, "purpose": Purpose.SUPPLY, "stream": STREAM} | more
    return Readings(seq=seq, consent=consent_version, readings=[reading], **fields)


def send(
    engine, *messages: Struct | bytes, name: Up = Up.READINGS, agent: str = "pi-1", retained: bool = False
) -> list[Struct]:
    bodies = [m if isinstance(m, bytes) else encode(m) for m in messages]
    arrived = [Delivery(topics.up(agent, name), body, retained) for body in bodies]
    with db.transaction(engine) as session:
        replies = intake.on_messages(session, NEW_ID, arrived, NOW)
    types = {Down.STORED: Stored, Down.DESIRED: Desired}
    return [decoding.decode(r.payload, types[topics.parse(r.topic).name]) for r in replies]


def add_agent(engine, name: str) -> None:
    """Another one in the same home."""
    with db.transaction(engine) as session:
        registry.add_agent(session, registry.NewAgent(name, session.get_one(Agent, "pi-1").household_id, name), NOW)


def revoke(engine, name: str) -> None:
    with db.transaction(engine) as session:
        registry.revoke(session, name, NOW)


def printer(uuid: str | None = "u-1", *slots: str) -> DeviceReport:
    named = [SlotReport(slot=slot, kind=Kind.LEVEL_FRACTION) for slot in slots or ("1.1",)]
    return DeviceReport(device="printer", type="printer", uuid=uuid, slots=named)


def reported(*devices: DeviceReport, **more) -> Reported:
    fields = {"stream": STREAM, "boot": 1, "agent_version": "1", "config": 1, "consent": 0} | more
    return Reported(devices=list(devices), **fields)


def report(engine, *devices: DeviceReport, agent: str = "pi-1", retained: bool = False, **more) -> list[Struct]:
    return send(engine, reported(*devices, **more), name=Up.REPORTED, agent=agent, retained=retained)


def rows(engine, table):
    with Session(engine) as session:
        return list(session.exec(select(table)))
