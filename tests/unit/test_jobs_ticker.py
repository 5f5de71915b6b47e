from cloud.jobs.ticker import Ticker
from kit.clock import SystemClock
from tests.support.processes import until


class Counting:
    """Jobs whose first tick breaks."""

    clock = SystemClock()
    ticks = 0

    def tick(self, _now):
        self.ticks += 1
        if self.ticks == 1:
            raise RuntimeError


def test_a_tick_that_breaks_is_followed_by_the_next():
    jobs = Counting()
    ticker = Ticker(jobs, every_s=0.01)
    ticker.start()
    until(lambda: jobs.ticks > 2, 10)
    ticker.stop()
    ended_with = jobs.ticks

    assert jobs.ticks == ended_with


def test_a_ticker_that_never_started_stops():
    Ticker(Counting(), every_s=1).stop()
