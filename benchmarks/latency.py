"""From publishing a reading until its agent hears that it is committed, at a steady rate."""

import time
from collections.abc import Iterator

from benchmarks.alarm_stage import TOPOLOGIES, Stage, Topology, set_up
from benchmarks.alarms import quantiles, readings, warm_up
from contract.topics import Up
from tests.support.processes import until

A_SECOND, SECONDS, SHORT_SECONDS = 1_000, 20, 3
HEAD = ("ms", "messages", "p50", "p95", "p99", "max", "a second")


def table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(SECONDS)


def short_table() -> tuple[str, list[tuple[str, ...]]]:
    return _table(SHORT_SECONDS)


def _table(seconds: int) -> tuple[str, list[tuple[str, ...]]]:
    rows = [HEAD, *(row for topology in TOPOLOGIES for row in _rows(topology, seconds))]
    return f"Latency: publish to hearing `stored`, at {A_SECOND} messages a second, one reading in each", rows


def _rows(topology: Topology, seconds: int) -> Iterator[tuple[str, ...]]:
    with set_up(topology, 0) as stage:
        warm_up(stage)
        taken_ms, rate = _taken_ms(stage, A_SECOND * seconds)
        yield topology.title, *quantiles(taken_ms), f"{rate:.0f}"


def _taken_ms(stage: Stage, count: int) -> tuple[list[float], float]:
    """Each from the moment at which it was due to leave: a publisher that falls behind hides nothing."""
    agents, due_s = stage.agents, {}
    began_s = time.monotonic()
    for n in range(count):
        agent = agents[n % len(agents)]
        leaves_s = began_s + n / A_SECOND
        time.sleep(max(0.0, leaves_s - time.monotonic()))
        body = readings(agent, 1)
        due_s[agent.name, agent.seqs["readings"]] = leaves_s
        agent.publish(Up.READINGS, body)
    rate = count / (time.monotonic() - began_s)
    heard = {agent.name: agent.stored_s for agent in agents}
    until(lambda: all(("readings", seq) in heard[name] for name, seq in due_s))
    return [1000 * (heard[name]["readings", seq] - at_s) for (name, seq), at_s in due_s.items()], rate
