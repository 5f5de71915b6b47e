"""What homes teach the first forecasts of others: only those that allow it, and only when they are many."""

import pytest
from sqlmodel import Session, select

from cloud import db
from cloud.catalogue.rules import id_of
from cloud.consent.service import Answer
from cloud.consumption import service as consumption
from cloud.consumption import smoothing
from cloud.consumption.tables import ProductPrior, SlotStateRow
from cloud.consumption.values import Learned, ProductUse, SlotState
from cloud.devices import registry
from cloud.devices.tables import Device, Slot
from cloud.flows import permissions
from cloud.learning import rules
from cloud.learning import service as learning
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.views import taught_by_homes
from kit import ids
from tests.reviewing import DAY, START
from tests.support import stock

INK = id_of("ink-black")
TYPICAL = ProductUse(60.0, 0.5, 0.0)
MANY = rules.FEWEST_HOMES + 5


class Town:
    """Homes with a printer each; the n-th uses a pack in 20 + n days."""

    def __init__(self, engine) -> None:
        self.engine = engine
        self.new_id = ids.seeded(5)
        with db.transaction(engine) as session:
            stock.load(session, START)

    def moves_in(self, number: int, days: int = 40) -> str:
        with db.transaction(self.engine) as session:
            home = people.add_household(session, self.new_id, f"Home {number}", "Europe/Berlin", START)
            new = NewPerson("Ada", f"ada{number}@example.org", household_id=home.id)
            person = people.add_person(session, self.new_id, new, START)[0]
            registry.add_agent(session, registry.NewAgent(f"pi-{number}", home.id, "Kitchen"), START)
            device = Device(
                id=self.new_id(), household_id=home.id, agent_id=f"pi-{number}",
                local_name="printer", identity=f"serial:{number}", type="printer", created_at=START,
            )  # fmt: skip
            session.add(device)
            session.flush()
            slot = Slot(
                id=self.new_id(), device_id=device.id, household_id=home.id, name="1.1", kind="level_fraction",
                product_id=INK,
            )  # fmt: skip
            session.add(slot)
            session.flush()
            learned = Learned()
            for _ in range(days):
                learned = smoothing.learn(learned, 1.0 / (20 + number), 1.0, TYPICAL)
            state = SlotState(level_packs=0.5, level_at=START, learned=learned)
            session.add(SlotStateRow(slot_id=slot.id, json_=state.to_json(), rules_version=1, updated_at=START))
            said = Answer("learn", True, "text", "1", "en", person.id, "page")
            permissions.answer(session, self.new_id, home.id, said, START)
            return home.id

    def withdraws(self, home_id: str) -> None:
        with db.transaction(self.engine) as session:
            said = Answer("learn", False, "text", "1", "en", None, "page")
            permissions.answer(session, self.new_id, home_id, said, START + DAY)

    def refits(self, days: int = 1) -> list[tuple[object, ...]]:
        with db.transaction(self.engine) as session:
            learning.refit(session, START + days * DAY)
        with Session(self.engine) as session:
            return [(r.product_id, r.pack_days, r.spread, r.homes) for r in session.exec(select(ProductPrior))]


@pytest.fixture
def town(database_url: str):
    engine = db.engine(database_url)
    yield Town(engine)
    engine.dispose()


def test_few_homes_teach_nothing_and_many_do(town):
    for number in range(rules.FEWEST_HOMES - 1):
        town.moves_in(number)
    assert town.refits() == []

    town.moves_in(99)

    [(product, pack_days, _, homes)] = town.refits()
    assert (product, homes) == (INK, rules.FEWEST_HOMES)
    assert 25 < pack_days < 45  # between theirs, about 30, and the catalogue's


def test_who_takes_it_back_leaves_no_trace_in_the_last_bit(town, tmp_path):
    homes = [town.moves_in(number) for number in range(MANY)]
    with_all = town.refits()
    town.withdraws(homes[3])
    without = town.refits(2)

    other_engine = db.engine(f"sqlite:///{tmp_path / 'other.db'}")
    db.upgrade(f"sqlite:///{tmp_path / 'other.db'}")
    other = Town(other_engine)
    for number in reversed(range(MANY)):
        if number != 3:
            other.moves_in(number)
    never_saw_it = other.refits(2)
    other_engine.dispose()

    assert without == never_saw_it != with_all


def test_when_too_few_are_left_the_catalogue_holds_again(town):
    homes = [town.moves_in(number) for number in range(rules.FEWEST_HOMES)]
    assert len(town.refits()) == 1

    town.withdraws(homes[0])

    assert town.refits(2) == []
    with Session(town.engine) as session:
        assert consumption.product_use(session, INK, TYPICAL) == TYPICAL


def test_a_home_that_has_shown_little_teaches_nothing(town):
    for number in range(rules.FEWEST_HOMES):
        town.moves_in(number, days=int(rules.LEAST_DAYS) - 1)

    assert town.refits() == []


def test_a_new_home_begins_with_what_others_have_shown_and_the_card_says_how_many(town):
    for number in range(MANY):
        town.moves_in(number)
    town.refits()

    with Session(town.engine) as session:
        use, card = consumption.product_use(session, INK, TYPICAL), taught_by_homes.card(session)

    assert use.typical_pack_days < TYPICAL.typical_pack_days
    assert use.absence_factor == TYPICAL.absence_factor
    assert (card.products, card.homes, card.fitted_at) == (1, MANY, START + DAY)
