"""What was decided, and why, can be looked up and decided again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from cloud import db
from cloud.devices.tables import Slot
from cloud.replenishment import ledger
from cloud.replenishment.inputs import Inputs, MandateTerms
from cloud.replenishment.ledger import Decided
from cloud.replenishment.reasons import Outcome
from cloud.replenishment.rules import decide
from cloud.replenishment.tables import DecisionRow
from kit import ids
from tests.reviewing import DAY, START, Home

HOUR = timedelta(hours=1)
WANTED = Inputs(
    supply="consumable", has_product=True, consent_supply=True, consent_order=True, mode_chosen="automatic",
    mode_earned=True, forecast_days=(1.25, 2.0, 3.0, 4.0, 5.5, None, None), no_forecast_reason="",
    empty_if_later=0.6, accepted_risk=0.05, reading_age_hours=1.0, reads_since_event=20,
    in_device=0.05, on_shelf=0.0, in_transit=0.0, lead_days=(2.0, 3.0, 4.0), today="2026-03-02",
    earliest_delivery="2026-03-05", delivery_day="2026-03-05", delivery_moved_by="", home_from=None, presence="home",
    price_minor=2000, currency="EUR", quantity=1, mandate=MandateTerms(3000, 6000, 0, 2, "EUR"), snoozed_until=None,
    snoozed=False, cancel_window_hours=24,
)  # fmt: skip
ENOUGH = replace(WANTED, empty_if_later=0.0)
AWAY = replace(WANTED, delivery_moved_by="away", delivery_day="2026-03-20", home_from="2026-03-20")


class Book:
    """The ledger of one slot."""

    def __init__(self, engine) -> None:
        self.engine = engine
        home = Home(engine)
        home.move_in()
        with Session(engine) as session:
            self.slot = session.exec(select(Slot)).one()

    def notes(self, inputs: Inputs, now, order_id: str | None = None) -> DecisionRow | None:
        made = Decided(self.slot.id, self.slot.household_id, inputs, decide(inputs), order_id)
        with db.transaction(self.engine) as session:
            return ledger.record(session, ids.system, made, now)

    def read(self, question, *arguments):
        with Session(self.engine) as session:
            return question(session, self.slot.id, *arguments)


@pytest.fixture
def book(database_url: str):
    engine = db.engine(database_url)
    yield Book(engine)
    engine.dispose()


def test_the_same_answer_is_written_down_once_a_day(book):
    written = [book.notes(ENOUGH, START + n * HOUR) is not None for n in (0, 1, 15, 16, 17, 40)]

    assert written == [True, False, False, True, False, True]  # START is eight in the morning, UTC


def test_another_answer_is_written_down_at_once(book):
    assert book.notes(ENOUGH, START)
    assert book.notes(AWAY, START + HOUR).outcome == "held"
    assert book.notes(replace(AWAY, delivery_moved_by="paused"), START + 2 * HOUR).reasons == ["paused"]


def test_an_order_is_always_written_down(book):
    book.notes(WANTED, START)

    assert book.notes(WANTED, START + HOUR, "f" * 32).order_id == "f" * 32


def test_what_stood_at_a_moment_can_be_asked(book):
    book.notes(ENOUGH, START)
    book.notes(WANTED, START + DAY)

    assert book.read(ledger.at, START - HOUR) is None
    assert book.read(ledger.at, START).outcome == Outcome.WAITING
    assert book.read(ledger.at, START + DAY - HOUR).outcome == Outcome.WAITING
    assert book.read(ledger.at, START + 5 * DAY).outcome == Outcome.ORDERED
    assert book.read(ledger.latest).outcome == Outcome.ORDERED


def test_the_newest_come_first_and_no_more_than_asked(book):
    for n in range(4):
        book.notes(ENOUGH, START + n * DAY)

    assert [row.decided_at for row in book.read(ledger.history, 2)] == [START + 3 * DAY, START + 2 * DAY]


@pytest.mark.parametrize("inputs", [WANTED, ENOUGH, AWAY, replace(WANTED, mandate=None, price_minor=None)])
def test_what_the_database_gives_back_decides_the_same_again(book, inputs):
    book.notes(inputs, START)
    row = book.read(ledger.latest)

    assert Inputs.from_json(row.inputs) == inputs
    assert ledger.replays(row)


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "waiting"}, {"reasons": ["stale"]}, {"quantity": 2}, {"deliver_on": "2026-03-01"},
        {"send_on": "2026-03-01"},
    ],
)  # fmt: skip
def test_a_line_that_was_tampered_with_does_not_replay(book, change):
    book.notes(AWAY, START)
    row = book.read(ledger.latest)
    for name, value in change.items():
        setattr(row, name, value)

    assert not ledger.replays(row)
