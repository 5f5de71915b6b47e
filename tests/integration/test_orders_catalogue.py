from datetime import timedelta

import pytest
import sqlmodel

from cloud import db
from cloud.catalogue import loading
from cloud.catalogue import service as catalogue
from cloud.catalogue.loading import CatalogueError
from cloud.catalogue.rules import SlotTraits, id_of
from cloud.catalogue.tables import Fit, Pack, Price
from tests.orders_world import MILK, START, SUPPLIER, build

INK = SlotTraits("h" * 32, "s" * 32, "printer", model="ENVY 5530", colour="Cyan")


@pytest.fixture
def world(database_url):
    made = build(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def session(world):
    with db.transaction(world.engine) as opened:
        yield opened


def count(session, table):
    return session.exec(sqlmodel.select(sqlmodel.func.count()).select_from(table)).one()


def test_loading_the_starter_again_changes_nothing(session):
    before = [count(session, table) for table in (Price, Pack, Fit)]

    loaded = loading.load(session, loading.STARTER.read_text(), START + timedelta(days=1))

    assert loaded.new_prices == 0
    assert [count(session, table) for table in (Price, Pack, Fit)] == before
    assert catalogue.supplier(session, SUPPLIER).base_url == "http://supplier.test"
    assert catalogue.supplier(session, SUPPLIER).api_token is not None


def test_a_new_price_ends_the_old_one_and_the_past_stays_as_it_was(session):
    pack = id_of("corner-store/MILK-1L")
    later = START + timedelta(days=10)

    assert loading.set_price(session, pack, 199, "EUR", later)

    assert catalogue.price_now(session, pack, "EUR", START) == 149
    assert catalogue.price_now(session, pack, "EUR", later) == 199
    assert catalogue.price_now(session, pack, "XXX", later) is None


def test_of_two_prices_in_one_moment_the_second_stands(session):
    pack = id_of("corner-store/MILK-1L")

    assert loading.set_price(session, pack, 199, "EUR", START)
    assert loading.set_price(session, pack, 189, "EUR", START)
    assert not loading.set_price(session, pack, 189, "EUR", START)

    assert catalogue.price_now(session, pack, "EUR", START) == 189


def test_a_price_set_after_the_clock_was_set_back_stands(session):
    pack, early, late = id_of("corner-store/MILK-1L"), START + timedelta(days=10), START + timedelta(days=20)
    loading.set_price(session, pack, 199, "EUR", late)

    assert loading.set_price(session, pack, 179, "EUR", early)

    assert [catalogue.price_now(session, pack, "EUR", at) for at in (START, early, late)] == [149, 179, 179]


def test_the_cheapest_per_product_pack_is_offered_first(session):
    offers = catalogue.offers(session, MILK, "EUR", START)

    assert [offer.pack.sku for offer in offers] == ["MILK-1L-X4", "MILK-1L"]


def test_the_colour_of_a_slot_finds_its_ink_and_nothing_else(session):
    assert [product.slug for product in catalogue.products_for(session, INK)] == ["ink-cyan"]


def test_the_households_choice_goes_before_what_usually_fits(world, session):
    mine = SlotTraits(world.household_id, world.slot_id, "printer", colour="Cyan")
    catalogue.choose(session, world.household_id, world.slot_id, id_of("ink-yellow"))
    catalogue.choose(session, world.household_id, world.slot_id, id_of("ink-magenta"))

    assert [product.slug for product in catalogue.products_for(session, mine)] == ["ink-magenta", "ink-cyan"]


SHOP = "[[suppliers]]\nslug='s'\nname='S'\nbase_url='http://s'\nlead_days=[1.0, 2.0, 3.0]\n"
WEEK = "country='DE'\nsubdivision='BY'\ndelivers_on_saturday=false\nclosed=['2026-12-24/2027-01-02', '2026-11-16']\n"


def test_a_supplier_says_when_it_works_and_what_a_later_file_leaves_out_of_its_country_stays(session):
    loading.load(session, SHOP + WEEK, START)
    loading.load(session, SHOP, START)

    row = catalogue.supplier_by_slug(session, "s")
    assert (row.country, row.subdivision) == ("DE", "BY")
    assert (row.delivers_on_saturday, row.closed) == (True, [])  # these have a usual value


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("country='Germany'", "no public holidays"),
        ("country='DE'\nsubdivision='Bavaria'", "no public holidays"),
        ("subdivision='BY'", "needs its country"),
        ("closed=['Christmas']", "closed holds"),
        ("closed=['2027-01-02/2026-12-24']", "closed holds"),
        ("time_zone='Berlin'", "time_zone"),
    ],
)
def test_a_week_that_makes_no_sense_is_refused_with_words(session, wrong, says):
    with pytest.raises(CatalogueError, match=says):
        loading.load(session, SHOP + wrong, START)


@pytest.mark.parametrize(
    "text",
    [
        "products = 3",
        "what = 1",
        "[[products]]\nslug = 'x'",
        "not toml",
        "[[suppliers]]\nslug='s'\nname='S'\nbase_url='http://s'\nlead_days=[3.0, 2.0, 1.0]",
    ],
)
def test_a_file_with_a_mistake_is_refused_with_words(session, text):
    with pytest.raises(CatalogueError):
        loading.load(session, text, START)
