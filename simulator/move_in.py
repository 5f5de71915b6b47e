"""A household of a scenario becomes one of the cloud's: people, agent, consents, calendar, supplier."""

from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from sqlmodel import Session, select

from cloud.catalogue import loading
from cloud.catalogue import service as catalogue
from cloud.catalogue.tables import Pack, Product
from cloud.consent.service import Answer
from cloud.devices import registry
from cloud.flows import permissions
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Household, Person
from kit.ids import Ids
from simulator.scenario import HouseholdPart, Scenario
from simulator.trade import API_TOKEN, SLUG, WEBHOOK_SECRET

AGENT = "home-1"
_TEXT_VERSION = "1"


@dataclass(frozen=True)
class Lodging:
    """Who has moved in. `agent_password`: for the broker; kept nowhere else."""

    household_id: str
    persons: list[Person]
    agent_password: str


def furnish(session: Session, supplier_url: str, now: datetime) -> None:
    """The catalogue to begin with, and a supplier who listens."""
    loading.load(session, resources.files("cloud.catalogue").joinpath("starter.toml").read_text("utf-8"), now)
    catalogue.connect_supplier(session, SLUG, base_url=supplier_url, api_token=API_TOKEN, webhook_secret=WEBHOOK_SECRET)


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
    session.add(agent)
    for purpose in scenario.consents:
        said = Answer(purpose, True, f"Use: {purpose}", _TEXT_VERSION, "en", persons[0].id, "simulator")  # noqa: FBT003
        permissions.answer(session, ids, household.id, said, now)
    return Lodging(household.id, persons, password)


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
