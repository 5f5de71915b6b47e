"""Many rows with one statement, on both databases alike."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cloud import db, many

TABLE = sa.Table(
    "parcels",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("name", sa.String(40), unique=True),
    sa.Column("weight_kg", sa.Float),
    sa.Column("seq", sa.BigInteger),
    sa.Column("at", db.UtcDateTime),
)
NOW = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
WORDS = ["plain", 'quo\'te "and" \\ back', "喵 é", "{1,2}", "NULL", "", "%(name)s"]


@pytest.fixture
def session(database_url):
    engine = db.engine(database_url)
    TABLE.create(engine)
    with db.transaction(engine) as session:
        yield session
    TABLE.drop(engine)
    engine.dispose()


def parcel(name, **more):
    return {"name": name, "weight_kg": 0.1, "seq": 1, "at": NOW, **more}


def kept(session):
    return [dict(row) for row in session.execute(sa.select(TABLE).order_by(TABLE.c.id)).mappings()]


def test_every_value_comes_back_as_it_was_and_numbers_are_given_in_order(session):
    rows = [
        parcel(word, weight_kg=None if n % 2 else 0.1 + n, seq=2**53 + n, at=NOW + timedelta(hours=n))
        for n, word in enumerate(WORDS)
    ]

    session.execute(*many.inserting(session, TABLE, rows))

    assert kept(session) == [{"id": n, **row} for n, row in enumerate(rows, start=1)]


def test_what_is_known_can_be_left_and_what_is_new_is_told(session):
    session.execute(*many.inserting(session, TABLE, [parcel("a"), parcel("b", seq=5)]))

    new = session.execute(*many.inserting(session, TABLE, [parcel("b"), parcel("c"), parcel("d")], names_if_new))

    assert sorted(new.scalars()) == ["c", "d"]
    assert [row["seq"] for row in kept(session) if row["name"] == "b"] == [5]


def names_if_new(statement):
    return statement.on_conflict_do_nothing().returning(TABLE.c.name)


def test_each_row_changes_by_its_id_and_the_others_stay(session):
    session.execute(*many.inserting(session, TABLE, [parcel("a"), parcel("b"), parcel("c")]))
    later = NOW + timedelta(days=1)

    changes = [{"id": 1, "weight_kg": None, "at": later}, {"id": 3, "weight_kg": 2.5, "at": NOW}]
    session.execute(*many.updating(session, TABLE, changes))

    assert kept(session) == [
        {"id": 1, **parcel("a", weight_kg=None, at=later)}, {"id": 2, **parcel("b")},
        {"id": 3, **parcel("c", weight_kg=2.5)},
    ]  # fmt: skip
