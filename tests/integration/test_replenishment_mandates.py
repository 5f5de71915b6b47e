"""No sequence of anything takes a month above what was signed."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from cloud import db
from cloud.people import service as people
from cloud.replenishment import mandates
from cloud.replenishment.mandates import Purchase, Terms
from cloud.replenishment.reasons import Reason
from kit import ids

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
PRODUCT = "a" * 32
CAP = 5000


@pytest.fixture
def engine(database_url: str):
    made = db.engine(database_url)
    yield made
    made.dispose()


def sign(engine, **changes) -> str:
    values = {
        "product_ids": (PRODUCT,), "max_unit_price_minor": 2000, "monthly_cap_minor": CAP, "currency": "EUR",
        "max_quantity": 2, "cancel_window_hours": 24, "expires_at": NOW + timedelta(days=365), "text": "I allow it",
        "text_version": "1", "language": "en",
    } | changes  # fmt: skip
    with db.transaction(engine) as session:
        home = people.add_household(session, ids.system, "Ada", "UTC", NOW)
        return mandates.sign(session, ids.system, home.id, Terms(**values), None, NOW).id


def buy(price: int = 1000, quantity: int = 1, month: str = "2026-03", **changes) -> Purchase:
    values = {"product_id": PRODUCT, "currency": "EUR"} | changes
    return Purchase(ids.system(), unit_price_minor=price, quantity=quantity, month=month, **values)


def use(engine, mandate_id: str, purchase: Purchase, now: datetime = NOW) -> tuple[Reason, ...]:
    with db.transaction(engine) as session:
        return mandates.use(session, ids.system, mandate_id, purchase, now)


def spent(engine, mandate_id: str, month: str = "2026-03") -> int:
    with Session(engine) as session:
        return mandates.spent(session, mandate_id, month)


def test_the_cap_is_reached_and_not_passed(engine):
    mandate = sign(engine)

    answers = [use(engine, mandate, buy(2000)) for _ in range(4)]

    assert answers == [(), (), (Reason.ABOVE_MONTHLY_CAP,), (Reason.ABOVE_MONTHLY_CAP,)]
    assert spent(engine, mandate) == 4000


def test_a_new_month_begins_at_nothing(engine):
    mandate = sign(engine)
    for _ in range(5):
        use(engine, mandate, buy())

    assert use(engine, mandate, buy(month="2026-04")) == ()


def test_money_for_an_order_that_came_to_nothing_is_given_back(engine):
    mandate = sign(engine)
    purchase = buy(2000, quantity=2)
    use(engine, mandate, purchase)
    with db.transaction(engine) as session:
        mandates.release(session, purchase.order_id, NOW)

    assert spent(engine, mandate) == 0


@pytest.mark.parametrize(
    ("purchase", "reason"),
    [
        (buy(2001), Reason.PRICE_ABOVE_CEILING),
        (buy(1, quantity=3), Reason.ABOVE_QUANTITY),
        (buy(product_id="b" * 32), Reason.NOT_IN_MANDATE),
        (buy(currency="USD"), Reason.NOT_IN_MANDATE),
    ],
)
def test_what_was_not_signed_is_not_spent(engine, purchase, reason):
    mandate = sign(engine)

    assert use(engine, mandate, purchase) == (reason,)
    assert spent(engine, mandate) == 0


def test_a_mandate_ends_on_its_day(engine):
    mandate = sign(engine, expires_at=NOW + timedelta(days=1))

    assert use(engine, mandate, buy(), NOW + timedelta(days=1)) == (Reason.MANDATE_EXPIRED,)


def test_signing_again_ends_the_one_before(engine):
    first = sign(engine)
    with db.transaction(engine) as session:
        home = session.get_one(mandates.Mandate, first).household_id
        terms = Terms((PRODUCT,), 1, 1, "EUR", 1, 24, NOW + timedelta(days=1), "less", "1", "en")
        mandates.sign(session, ids.system, home, terms, None, NOW)

    assert use(engine, first, buy(), NOW) == (Reason.MANDATE_EXPIRED,)


def test_many_at_once_stay_inside(engine):
    mandate = sign(engine)
    together = threading.Barrier(8)
    answers: list[tuple[Reason, ...]] = []

    def run() -> None:
        together.wait()
        answers.append(use(engine, mandate, buy(1500)))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers.count(()) == 3
    assert spent(engine, mandate) == 4500


step = st.one_of(
    st.tuples(st.just("buy"), st.integers(1, 4000), st.integers(1, 3)),
    st.tuples(st.just("release"), st.integers(0, 20), st.just(0)),
    st.tuples(st.just("retry"), st.integers(0, 20), st.just(0)),
    st.tuples(st.just("clock"), st.integers(-400, 400), st.just(0)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=25))
def test_no_sequence_of_prices_retries_returns_and_clock_jumps_passes_the_cap(engine, steps):
    mandate = sign(engine)
    bought: list[Purchase] = []
    now = NOW
    for what, number, quantity in steps:
        if what == "clock":
            now += timedelta(days=number)
        elif what == "buy":
            purchase = buy(number, quantity, f"{now:%Y-%m}")
            if use(engine, mandate, purchase, now) == ():
                assert number <= 2000
                assert quantity <= 2
                assert NOW <= now < NOW + timedelta(days=365)
                bought.append(purchase)
        elif bought and what == "release":
            with db.transaction(engine) as session:
                mandates.release(session, bought[number % len(bought)].order_id, now)
        for month in {p.month for p in bought}:
            assert spent(engine, mandate, month) <= CAP
