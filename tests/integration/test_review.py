"""From readings to an order, or to the reason why there is none."""

from datetime import date, timedelta

from sqlmodel import Session, col, select

from cloud import db, outbox
from cloud.consumption import service as consumption
from cloud.consumption.tables import ForecastRow
from cloud.devices.tables import Slot
from cloud.flows import ordering, permissions
from cloud.flows.ordering import Tap
from cloud.notifications.tables import Notification
from cloud.orders.rules import Refusal, State
from cloud.orders.tables import Order
from cloud.replenishment import ledger
from cloud.replenishment.tables import DecisionRow, MandateUse
from tests.reviewing import DAY, START, Home

MONDAY = date(2026, 3, 30)  # a month after the start


def rows(home: Home, table):
    with Session(home.engine) as session:
        return list(session.exec(select(table)))


def decisions(home: Home) -> list[DecisionRow]:
    with Session(home.engine) as session:
        return list(session.exec(select(DecisionRow).order_by(col(DecisionRow.decided_at), col(DecisionRow.id))))


def test_ink_that_is_about_to_run_out_is_ordered_inside_the_mandate(home):
    home.trust()
    home.passes(18)

    [order] = rows(home, Order)
    [use] = rows(home, MandateUse)
    assert order.state is State.SCHEDULED
    assert use.amount_minor == order.total_minor
    assert use.order_id == order.id
    assert order.send_at - order.scheduled_at == timedelta(hours=24)


def test_a_full_cartridge_is_left_alone(home):
    home.trust()
    home.passes(5)

    assert rows(home, Order) == []
    assert decisions(home)[-1].reasons == ["enough_left"]


def test_without_a_mandate_it_is_proposed_and_the_reason_is_written_down(home):
    home.trust()
    mandate_id = home.sign()
    with db.transaction(home.engine) as session:
        permissions.cancel_mandate(session, home.new_id, home.household_id, mandate_id, home.now)
    home.passes(18)

    assert rows(home, Order) == []
    assert decisions(home)[-1].outcome == "proposed"
    assert "no_mandate" in decisions(home)[-1].reasons


def test_a_price_above_the_ceiling_is_proposed_and_a_lower_price_would_flip_it(home):
    home.trust()
    home.sign(ceiling=1)
    home.passes(18)

    assert rows(home, Order) == []
    assert "price_above_ceiling" in decisions(home)[-1].reasons
    assert decisions(home)[-1].flips == ["lower_price"]


def test_a_slot_that_has_not_earned_it_is_proposed(home):
    home.allow("order")
    home.sign()
    with db.transaction(home.engine) as session:
        slot = session.exec(select(Slot)).one()
        slot.mode = "automatic"
        session.add(slot)
    home.passes(18)

    assert rows(home, Order) == []
    assert "not_earned" in decisions(home)[-1].reasons


def test_withdrawn_consent_stops_what_has_not_left_and_gives_the_money_back(home):
    home.trust()
    home.passes(18)
    home.allow("order", given=False)

    assert [o.state for o in rows(home, Order)] == [State.CANCELLED]
    assert rows(home, MandateUse)[0].released_at is not None


def test_what_would_arrive_in_the_holiday_comes_on_the_day_of_return(home):
    home.trust()
    home.passes(15)
    first = home.now.date() + timedelta(days=1)
    home.away(first, first + timedelta(days=9))
    home.passes(1)
    home.review()

    orders = rows(home, Order)
    assert [o.deliver_on for o in orders] == [first + timedelta(days=10)]
    assert orders[0].hold_reason == "away_on_arrival"


def test_a_holiday_that_appears_later_puts_off_an_order_that_has_not_left(home):
    home.trust()
    while not rows(home, Order):
        home.passes(1)
    home.away(home.now.date(), MONDAY - timedelta(days=1))
    home.review()

    [order] = rows(home, Order)
    assert order.state is State.HELD
    assert order.deliver_on == MONDAY


def test_every_decision_replays_to_the_same_outcome(home):
    home.trust()
    home.passes(19)

    made = decisions(home)
    assert len(made) >= 19
    assert all(ledger.replays(row) for row in made)


def test_there_is_a_line_each_day_and_one_for_each_change_but_no_more(home):
    home.passes(5)

    per_day = {}
    for row in decisions(home):
        per_day.setdefault(row.decided_at.date(), []).append((row.outcome, tuple(row.reasons)))
    assert set(per_day) == {(START + n * DAY).date() for n in range(6)}
    assert all(len(lines) == len(set(lines)) for lines in per_day.values())


def test_one_tap_orders_at_the_price_that_was_shown_and_at_no_other(home):
    home.passes(2)
    [slot] = rows(home, Slot)
    with db.transaction(home.engine) as session:
        offer = ordering.offer_for(session, home.household_id, slot.id, home.now)
        refused = ordering.order_now(
            session, home.new_id, Tap(home.household_id, slot.id, shown_minor=offer.price_minor - 1), home.now
        )
        made = ordering.order_now(
            session, home.new_id, Tap(home.household_id, slot.id, shown_minor=offer.price_minor), home.now
        )

    assert refused is Refusal.NO_ORDER
    assert made.state is State.SCHEDULED


def test_nobody_orders_for_another_household(home):
    home.passes(2)
    [slot] = rows(home, Slot)
    with db.transaction(home.engine) as session:
        refused = ordering.order_now(session, home.new_id, Tap("f" * 32, slot.id), home.now)

    assert refused is Refusal.NO_ORDER


def test_the_range_is_on_record_and_narrows(home):
    home.passes(12)

    made = [r for r in rows(home, ForecastRow) if r.reason is None and r.exposure_days[1] and r.exposure_days[5]]
    first, last = made[0], made[-1]
    assert last.exposure_days[5] - last.exposure_days[1] < first.exposure_days[5] - first.exposure_days[1]


def test_the_household_is_told_before_an_order_leaves(home):
    home.trust()
    home.passes(18)

    [order] = rows(home, Order)
    mails = [r for r in rows(home, outbox.OutboxRow) if r.topic == "mail.send"]
    assert any(mail.not_before < order.send_at for mail in mails)


def test_a_level_told_by_hand_can_be_taken_back(home):
    home.passes(2)
    [slot] = rows(home, Slot)
    with db.transaction(home.engine) as session:
        before = consumption.state(session, slot.id).level_packs
        assert ordering.correct_level(session, home.household_id, slot.id, 0.3, home.now)
        told = consumption.state(session, slot.id).level_packs
        assert ordering.undo_level(session, home.household_id, slot.id, home.now)
        after = consumption.state(session, slot.id).level_packs

    assert 0.3 <= told < before  # believed with its weight
    assert after == before


def test_more_or_less_of_a_tap_is_told_again_and_what_an_agreement_ordered_stays(home):
    home.trust()
    home.passes(18)
    [automatic] = rows(home, Order)
    with db.transaction(home.engine) as session:
        refused = ordering.change_quantity(session, home.new_id, home.household_id, automatic.id, 2, home.now)
        ordering.cancel(session, home.new_id, home.household_id, automatic.id, home.now)
        tap = ordering.order_now(session, home.new_id, Tap(home.household_id, automatic.slot_id), home.now)
        told = len(session.exec(select(Notification)).all())
        more = ordering.change_quantity(session, home.new_id, home.household_id, tap.id, 2, home.now)
        again = len(session.exec(select(Notification)).all())

    assert refused is Refusal.TOO_LATE
    assert more.quantity == 2
    assert again == told + 1


def test_a_new_pack_is_looked_at_again_before_the_hour(home):
    home.passes(3)

    home.serial = "CRUM-2"
    home.now += DAY / 4
    home.reads(0.99)
    with Session(home.engine) as session:
        soon = home.slot(session).due_at
    assert soon == home.now + timedelta(minutes=15)

    home.now = soon
    home.reads(0.99)
    with Session(home.engine) as session:
        assert home.slot(session).due_at == home.now + timedelta(hours=1)
