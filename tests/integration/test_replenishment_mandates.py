"""No sequence of anything takes a month above what was signed."""

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
from tests.support.at_once import at_once

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


def sign_again(engine, first: str, now: datetime = NOW) -> str:
    with db.transaction(engine) as session:
        older = session.get_one(mandates.Mandate, first)
        terms = Terms((PRODUCT,), 2000, CAP, "EUR", 2, 24, NOW + timedelta(days=365), "again", "1", "en")
        return mandates.sign(session, ids.system, older.household_id, terms, None, now).id


def test_signing_again_ends_the_one_before(engine):
    first = sign(engine)

    second = sign_again(engine, first)

    assert use(engine, first, buy()) == (Reason.MANDATE_EXPIRED,)
    assert use(engine, second, buy()) == ()


def test_signing_again_does_not_begin_a_new_month(engine):
    first = sign(engine)
    use(engine, first, buy(2000, quantity=2))

    second = sign_again(engine, first)

    assert spent(engine, second) == 4000
    assert use(engine, second, buy(1001)) == (Reason.ABOVE_MONTHLY_CAP,)
    assert use(engine, second, buy(1000)) == ()


def test_another_home_has_its_own_month(engine):
    use(engine, sign(engine), buy(2000, quantity=2))

    assert use(engine, sign(engine), buy(2000, quantity=2)) == ()


def test_trying_again_takes_the_money_once(engine):
    mandate = sign(engine)
    purchase = buy()

    assert [use(engine, mandate, purchase) for _ in range(3)] == [(), (), ()]
    assert spent(engine, mandate) == 1000


def test_an_order_that_came_to_nothing_is_not_tried_again(engine):
    mandate = sign(engine)
    purchase = buy()
    use(engine, mandate, purchase)
    with db.transaction(engine) as session:
        mandates.release(session, purchase.order_id, NOW)

    assert use(engine, mandate, purchase) == (Reason.NOT_IN_MANDATE,)
    assert spent(engine, mandate) == 0


def test_what_costs_nothing_is_a_mistake_and_is_not_ordered(engine):
    assert use(engine, sign(engine), buy(0)) == (Reason.NO_PRICE,)


def test_many_at_once_stay_inside(engine):
    mandate = sign(engine)

    answers = at_once(*[lambda: use(engine, mandate, buy(1500))] * 8)

    assert answers.count(()) == 3
    assert spent(engine, mandate) == 4500


def test_of_signatures_at_once_one_stands(engine):
    first = sign(engine)

    signed = at_once(*[lambda: sign_again(engine, first)] * 4)

    with Session(engine) as session:
        home = session.get_one(mandates.Mandate, first).household_id
        standing = [mandate.id for mandate in mandates.active(session, home, NOW)]
    assert len(standing) == 1
    assert standing[0] in signed


def test_buying_while_signing_anew_and_giving_back_stays_inside(engine):
    first = sign(engine)
    early = buy(2000)
    use(engine, first, early)

    def give_back() -> None:
        with db.transaction(engine) as session:
            mandates.release(session, early.order_id, NOW)

    def sign_and_buy() -> None:
        use(engine, sign_again(engine, first), buy(2000, quantity=2))

    at_once(give_back, *[sign_and_buy] * 3, *[lambda: use(engine, first, buy(1500))] * 3)

    assert spent(engine, first) <= CAP


step = st.one_of(
    st.tuples(st.just("buy"), st.integers(0, 4000), st.integers(0, 3)),
    st.tuples(st.sampled_from(["release", "retry", "sign"]), st.integers(0, 20), st.just(0)),
    st.tuples(st.just("clock"), st.integers(-400, 400), st.just(0)),
)


class Months:
    """A household that shops: what it holds is what the database must never pass."""

    def __init__(self, engine) -> None:
        self.engine, self.now, self.mandate = engine, NOW, sign(engine)
        self.live: dict[str, Purchase] = {}
        self.over: list[Purchase] = []

    def does(self, what: str, number: int, quantity: int) -> None:
        if what == "clock":
            self.now += timedelta(days=number)
        elif what == "sign":
            self.mandate = sign_again(self.engine, self.mandate, self.now)
        elif what == "buy":
            self._buys(buy(number, quantity, f"{self.now:%Y-%m}"))
        elif what == "retry":
            self._tries_again(number)
        else:
            self._gives_back(number)

    def _buys(self, purchase: Purchase) -> None:
        if use(self.engine, self.mandate, purchase, self.now):
            return
        assert 0 < purchase.unit_price_minor <= 2000
        assert 0 < purchase.quantity <= 2
        assert self.now < NOW + timedelta(days=365)
        self.live[purchase.order_id] = purchase

    def _tries_again(self, number: int) -> None:
        for purchase in [*self.live.values()][number : number + 1]:
            use(self.engine, self.mandate, purchase, self.now)
        for purchase in self.over[number : number + 1]:
            assert use(self.engine, self.mandate, purchase, self.now) != ()

    def _gives_back(self, number: int) -> None:
        for order_id in [*self.live][number : number + 1]:
            with db.transaction(self.engine) as session:
                mandates.release(session, order_id, self.now)
            self.over.append(self.live.pop(order_id))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=25))
def test_no_sequence_of_prices_retries_signatures_returns_and_clock_jumps_passes_the_cap(engine, steps):
    home = Months(engine)
    for each in steps:
        home.does(*each)

        by_month = {purchase.month: 0 for purchase in home.live.values()}
        for purchase in home.live.values():
            by_month[purchase.month] += purchase.unit_price_minor * purchase.quantity
        for month, total in by_month.items():
            assert total == spent(engine, home.mandate, month) <= CAP
