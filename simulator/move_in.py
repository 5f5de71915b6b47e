"""A household of a scenario becomes one of the cloud's: people, agent, consents, calendar, supplier."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from cloud.calendars import service as calendars
from cloud.calendars.feeds import Fetched
from cloud.calendars.ics import Refused, read
from cloud.calendars.service import NewCalendar
from cloud.catalogue import loading
from cloud.catalogue import service as catalogue
from cloud.catalogue.rules import id_of
from cloud.catalogue.tables import Pack, Product
from cloud.consent.service import Answer
from cloud.consumption import service as consumption
from cloud.consumption.scoring import Outcome
from cloud.devices import registry
from cloud.devices.tables import Device, Mode
from cloud.flows import permissions, products
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Household, Person
from cloud.replenishment import mandates
from kit.ids import Ids
from simulator.scenario import HouseholdPart, Mandate, Scenario, WeekPart
from simulator.trade import API_TOKEN, SLUG, WEBHOOK_SECRET

AGENT = "home-1"
_TEXT_VERSION = "1"
_MANDATE_LASTS = timedelta(days=3650)


@dataclass(frozen=True)
class Lodging:
    """Who has moved in. `agent_password`: for the broker; kept nowhere else."""

    household_id: str
    persons: list[Person]
    agent_password: str


def furnish(session: Session, supplier_url: str, now: datetime, week: WeekPart | None = None) -> None:
    """The catalogue to begin with, and a supplier who listens and has said when it works."""
    loading.load(session, loading.starter(), now)
    catalogue.connect_supplier(session, SLUG, base_url=supplier_url, api_token=API_TOKEN, webhook_secret=WEBHOOK_SECRET)
    supplier = catalogue.supplier_by_slug(session, SLUG)
    if supplier is not None and week is not None:
        supplier.time_zone, supplier.cut_off_hour, supplier.country = week.time_zone, week.cut_off_hour, week.country
        supplier.delivers_on_saturday = week.on_saturday
        session.add(supplier)


def move_in(session: Session, ids: Ids, scenario: Scenario, now: datetime) -> Lodging:
    household = _household(session, ids, scenario.household, now)
    persons = [
        people.add_person(
            session, ids, NewPerson(p.name, p.email, household_id=household.id, language=p.language), now
        )[0]
        for p in scenario.household.people
    ]
    new = registry.NewAgent(AGENT, household.id, "Home")
    password = registry.add_agent(session, new, now)
    agent = registry.agent(session, AGENT)
    agent.poll_s = scenario.poll_s
    if scenario.wristband is not None:
        agent.prealarm_s = scenario.wristband.prealarm_s
    session.add(agent)
    for purpose in scenario.consents:
        said = Answer(purpose, True, f"Use: {purpose}", _TEXT_VERSION, "en", persons[0].id, "simulator")  # noqa: FBT003
        permissions.answer(session, ids, household.id, said, now)
    return Lodging(household.id, persons, password)


def settle(session: Session, ids: Ids, scenario: Scenario, now: datetime) -> bool:
    """Once the agent has named all slots: they may order by themselves, from the evidence and under the mandates
    that the household brings along. False: not all are named yet."""
    slots = registry.device_slots(session, AGENT)
    if len(slots) < len(scenario.printer.inks) + 1:
        return False
    for _, slot in sorted(slots.items()):
        product = products.product_of(session, slot, session.get_one(Device, slot.device_id))
        if product is None:
            return False
        slot.mode, slot.due_at = Mode.AUTOMATIC, now
        session.add(slot)
        consumption.seed_outcomes(
            session, ids, slot.id, _past(scenario.past_cycles, product.typical_pack_days, now), now
        )
    agent = registry.agent(session, AGENT)
    for mandate in scenario.mandates:
        mandates.sign(session, ids, agent.household_id, _terms(scenario, mandate, now), None, now)
    return True


def _past(count: int, pack_days: float, now: datetime) -> list[Outcome]:
    """Packs that ended within what was foretold of them, the last of them one pack ago."""
    spread = timedelta(days=pack_days / 4)
    ends = [now - timedelta(days=pack_days * (number + 1)) for number in range(count)]
    return [Outcome(end, end - spread, end, end + spread, actual_at=end) for end in ends]


def _terms(scenario: Scenario, mandate: Mandate, now: datetime) -> mandates.Terms:
    return mandates.Terms(
        product_ids=(id_of(mandate.product),),
        max_unit_price_minor=mandate.price_ceiling_minor,
        monthly_cap_minor=mandate.monthly_cap_minor,
        currency=scenario.household.currency,
        max_quantity=mandate.max_quantity,
        cancel_window_hours=mandate.cancel_window_hours,
        expires_at=now + _MANDATE_LASTS,
        text=f"Order {mandate.product} by yourself.",
        text_version=_TEXT_VERSION,
        language="en",
    )


def add_calendar(session: Session, ids: Ids, household_id: str, address: str, body: bytes, now: datetime) -> None:
    """The family's calendar, as one of them would add it. Raises ValueError when it cannot be read."""
    zone = people.household(session, household_id).time_zone
    examined = calendars.examine(NewCalendar("Family", url=address), Fetched(body), zone, read, now)
    if isinstance(examined, Refused) or isinstance(
        added := calendars.add_calendar(session, ids, household_id, examined, now), Refused
    ):
        raise ValueError("the family's calendar cannot be read")  # noqa: TRY004 - it is the file that is wrong
    added.next_fetch_at = now
    session.add(added)


def goods(session: Session) -> dict[str, tuple[str, int]]:
    """From the supplier's number to the product and how many packs of it come under that number."""
    rows = session.exec(select(Pack.sku, Product.slug, Pack.count).join(Product))
    return {sku: (slug, count) for sku, slug, count in rows}


def _household(session: Session, ids: Ids, part: HouseholdPart, now: datetime) -> Household:
    household = people.add_household(session, ids, part.name, part.time_zone, now)
    household.currency = part.currency
    household.address = dict(part.address)
    household.accepted_risk = part.accepted_risk
    session.add(household)
    session.flush()
    return household
