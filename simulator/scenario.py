"""A household as data: who lives there, what they use, when they are away, what goes wrong."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contract.fields import Name, Purpose, Text

Share = Annotated[float, Meta(ge=0, le=1)]
Amount = Annotated[float, Meta(ge=0, le=1e6)]
Spread = Annotated[float, Meta(ge=0, le=3)]
Week = Annotated[list[Amount], Meta(min_length=7, max_length=7, description="Monday first")]
Count = Annotated[int, Meta(ge=0, le=1000)]
Minor = Annotated[int, Meta(ge=1, le=10_000_000)]


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Resident(_Part, frozen=True, kw_only=True):
    """Someone who lives there and is told about orders."""

    name: Text
    email: Text
    language: Literal["en", "zh"] = "en"


class HouseholdPart(_Part, frozen=True, kw_only=True):
    """Who lives where. `accepted_risk`: of running out."""

    name: Text
    time_zone: Text
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "EUR"
    accepted_risk: Annotated[float, Meta(gt=0, lt=0.5)] = 0.05
    people: Annotated[list[Resident], Meta(min_length=1)]
    answers_proposals: bool = False  # in the evening somebody orders with one tap what was proposed
    address: dict[str, str] = {}


class Ink(_Part, frozen=True, kw_only=True):
    """One cartridge's place. `per_page` is the share of a full cartridge that a page takes."""

    colour: Literal["black", "cyan", "magenta", "yellow"]
    product: Name
    per_page: Annotated[float, Meta(gt=0, le=1)]
    level: Share = 1.0
    spare: Count = 0


class PrinterPart(_Part, frozen=True, kw_only=True):
    """A printer and how much it prints."""

    name: Name = "printer-1"
    model: Text
    serial: Text
    pages: Week
    spread: Spread = 0.5
    inks: Annotated[list[Ink], Meta(min_length=1)]


class ScalePart(_Part, frozen=True, kw_only=True):
    """A scale below what stands in the fridge. `blind_share`: looks that give nothing because the door is open."""

    name: Name = "fridge-1"
    description: Text
    serial: Text
    product: Name
    pack_g: Annotated[float, Meta(gt=0, le=1e5)]
    grams: Amount
    use_g: Week
    spread: Spread = 0.3
    container_g: Amount = 0.0
    noise_g: Annotated[float, Meta(ge=0, le=100)] = 4.0
    blind_share: Share = 0.0
    left_when_leaving_g: Amount = 1e6  # what would spoil is used up or poured away before a holiday


class Helper(_Part, frozen=True, kw_only=True):
    """Somebody outside of the household who has agreed to be called."""

    name: Text
    email: Text
    language: Literal["en", "zh"] = "en"


class WristbandPart(_Part, frozen=True, kw_only=True):
    """A wristband for the first of the household. Only a demo plays one: on a year's clock nobody answers in time."""

    name: Name = "wristband-1"
    serial: Text
    prealarm_s: Annotated[int, Meta(ge=5, le=120)] = 30
    step_s: Annotated[int, Meta(ge=30, le=3600)] = 180
    contacts: list[Helper] = []


class Holiday(_Part, frozen=True, kw_only=True):
    """An entry of the family's calendar; both days are away. `known_days`: how long before they enter it."""

    title: Text
    starts: date
    ends: date
    known_days: Count = 90


class Mandate(_Part, frozen=True, kw_only=True):
    """What the household signs at the start. Money in minor units."""

    product: Name
    price_ceiling_minor: Minor
    monthly_cap_minor: Minor
    max_quantity: Annotated[int, Meta(ge=1, le=100)] = 1
    cancel_window_hours: Annotated[int, Meta(ge=1, le=168)] = 24


class WeekPart(_Part, frozen=True, kw_only=True):
    """The supplier's working days, by its own clock. `carriers`: by how many working days each is slower than usual."""

    time_zone: Text
    cut_off_hour: Annotated[int, Meta(ge=0, le=24)] = 15
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None  # whose public holidays it keeps
    on_saturday: bool = True  # parcels come
    carriers: dict[str, Annotated[int, Meta(ge=0, le=30)]] = {}


class SupplierPart(_Part, frozen=True, kw_only=True):
    """How the supplier behaves: shares of all orders, and days from order to doorstep (low, usual, high).

    Where it has a week, these are working days from the day on which it packs; otherwise every day is one.
    """

    lead_days: Annotated[list[Annotated[float, Meta(gt=0, le=60)]], Meta(min_length=3, max_length=3)]
    refuse: Share = 0.0
    time_out_after_accepting: Share = 0.0
    time_out_before_accepting: Share = 0.0
    fail: Share = 0.0
    partial: Share = 0.0
    webhook_lost: Share = 0.0
    webhook_twice: Share = 0.0
    week: WeekPart | None = None


class FaultKind(StrEnum):
    """What can go wrong."""

    AGENT_POWER = "agent_power"  # cut without a goodbye; a new boot afterwards
    BROKER = "broker"  # nobody reaches it
    WIFI = "wifi"  # this home does not reach it
    PRINTER_OFF = "printer_off"  # no answer
    PRINTER_ASLEEP = "printer_asleep"  # answers without levels
    CARTRIDGE_SHAKEN = "cartridge_shaken"  # reports more than there is, once


class Fault(_Part, frozen=True, kw_only=True):
    """From `day` (0 is the first) at `hour`, for `lasts_h`; again every `every_days` when that is above 0."""

    kind: FaultKind
    day: Count
    hour: Annotated[float, Meta(ge=0, lt=24)] = 3.0
    lasts_h: Annotated[float, Meta(ge=0, le=2400)] = 1.0
    every_days: Count = 0


class Scenario(_Part, frozen=True, kw_only=True):
    """Everything about one household. `past_cycles`: cycles inside their range, with which it begins."""

    title: Text
    start: date
    poll_s: Annotated[int, Meta(ge=60, le=86_400)] = 21_600
    past_cycles: Count = 3
    consents: list[Purpose]
    household: HouseholdPart
    printer: PrinterPart
    scale: ScalePart
    wristband: WristbandPart | None = None
    mandates: list[Mandate] = []
    holidays: list[Holiday] = []
    supplier: SupplierPart
    faults: list[Fault] = []
