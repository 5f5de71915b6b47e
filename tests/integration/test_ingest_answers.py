"""What the ingest answers leaves, whichever of its connections stands."""

from tests.integration.test_ingest import FakeBus, bus, delivery, engine, ingest  # noqa: F401 - fixtures


def test_an_answer_leaves_by_the_connection_that_stands(ingest, bus):  # noqa: F811
    ingest.out = FakeBus()
    ingest.out.down = True
    bus.deliver(delivery(1, []))
    ingest.step()
    ingest.out.down = False
    bus.deliver(delivery(2, []))
    ingest.step()

    assert [len(bus.published), len(ingest.out.published)] == [1, 1]
