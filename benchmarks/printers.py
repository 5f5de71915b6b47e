"""Every recorded printer, read through a real SNMP agent or a real HTTP server, beside what others make of it."""

import importlib.util
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import printers_judged as judging
from benchmarks.falls import MissingError
from benchmarks.printers_judged import Verdict
from benchmarks.printers_simulated import ipp_printer, snmp_printers
from edge import read_command, read_lines
from edge.reporting import Moment
from edge.sensors.base import SensorError
from edge.sensors.snmp import SnmpPrinter
from edge.sensors.snmp_address import SnmpAddress
from edge.sensors.snmp_gufo import GufoWalk
from edge.sensors.snmp_pysnmp import PysnmpWalk
from edge.sensors.snmp_walk import Opened
from kit.clock import SystemClock

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data" / "printers"
HEAD = ("supplies", "ink/part/waste", "with a value", "coloured", "part no.", "serial", "as proposed", "as others")
TIMES = 2


def table() -> tuple[str, list[tuple[str, ...]]]:
    with served() as port:
        snmp = snmp_verdicts(port)
        brother = brother_verdicts(port)
        times = [("one look, mean of all SNMP records", "wall ms", "processor ms"), *_times(port)]
    ipp = ipp_verdicts()
    rows = [("SNMP records", *HEAD), *map(_row, snmp), _total(snmp)]
    rows += [("Brother's private records", *HEAD), *map(_row, brother), _total(brother)]
    rows += [("IPP answers", *HEAD), *map(_row, ipp), _total(ipp)]
    rows += [(f"{count} times: {rule}",) for rule, count in _rules([*snmp, *brother]).items()]
    return "Recorded printers, read (others: LibreNMS' and the library brother's expected values)", [*rows, *times]


@contextmanager
def served() -> Iterator[int]:
    """All SNMP records at one port. Raises MissingError."""
    if not RECORDINGS.is_dir():
        raise MissingError(str(RECORDINGS))
    if importlib.util.find_spec("snmpsim") is None:
        raise MissingError("snmpsim")
    with tempfile.TemporaryDirectory() as folder:
        records, work = Path(folder, "records"), Path(folder, "work")
        records.mkdir()
        work.mkdir()
        for path in (RECORDINGS / "brother").glob("*.json"):
            (records / f"brother-{path.stem}.snmprec").write_text(judging.brother_record(path), encoding="utf-8")
        with snmp_printers([RECORDINGS / "snmp", records], work) as port:
            yield port


def snmp_verdicts(port: int) -> list[Verdict]:
    proposed = judging.proposals(RECORDINGS / "snmp")
    names = sorted(path.name.removesuffix(".snmprec") for path in (RECORDINGS / "snmp").glob("*.snmprec"))
    return [judging.judged(name, snmp_lines(port, name), proposed.get(_row_name(name, proposed), [])) for name in names]


def _row_name(name: str, proposed: dict[str, Any]) -> str:
    """A record whose supplies are in a context is listed under the context's."""
    return name if name in proposed else f"{name}@Jetdirect"


def brother_verdicts(port: int) -> list[Verdict]:
    expected = judging.expected_of_brother(RECORDINGS / "brother")
    models = sorted(path.stem for path in (RECORDINGS / "brother").glob("*.json"))
    found = []
    for model in models:
        try:
            lines = snmp_lines(port, f"brother-{model}")
        except SensorError:
            lines = []  # the bad record that tells nothing at all
        wanted = expected.get(model) if model not in {"incomplete", "invalid"} else None
        verdict = judging.judged_brother(model, lines, wanted) if wanted is not None else Verdict(model, lines)
        found.append(verdict)
    return found


def ipp_verdicts() -> list[Verdict]:
    found = []
    for path in sorted((RECORDINGS / "ipp").glob("*.bin")):
        with ipp_printer(path.read_bytes()) as port:
            try:
                lines = lines_at(f"ipp://127.0.0.1:{port}/ipp/print")
            except SensorError:
                lines = []  # what is no printer's answer, and says so
        found.append(Verdict(path.stem, lines))
    return found


def snmp_lines(port: int, community: str) -> list[dict[str, Any]]:
    return lines_at(f"snmp://127.0.0.1:{port}/?community={community}&version=2c")


def lines_at(url: str) -> list[dict[str, Any]]:
    """As `read` prints them. Raises SensorError."""
    return [json.loads(line) for line in read_command.lines_of(url, None, SystemClock())()]


def _row(verdict: Verdict) -> tuple[str, ...]:
    lines = verdict.lines
    kinds = Counter(line["supply"] for line in lines)
    wrong = f"  ! {'; '.join(verdict.unexplained)}" if verdict.unexplained else ""
    return (
        verdict.name + wrong,
        str(len(lines)),
        "/".join(str(kinds[kind]) for kind in ("consumable", "part", "receptacle")),
        *(str(sum(line[key] is not None for line in lines)) for key in ("value", "colour", "part_number", "serial")),
        _of(verdict.proposed),
        _of(verdict.monitoring),
    )


def _of(counted: tuple[int, int]) -> str:
    return f"{counted[0]} of {counted[1]}" if counted[1] else "-"


def _total(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    lines = [line for verdict in verdicts for line in verdict.lines]
    invented = [each for verdict in verdicts for each in judging.invented(verdict.lines)]
    proposed, monitoring = (
        tuple(map(sum, zip(*pairs, strict=True)))
        for pairs in ([each.proposed for each in verdicts], [each.monitoring for each in verdicts])
    )
    name = f"all {len(verdicts)}; numbers invented: {len(invented)}"
    return _row(Verdict(name, lines, (proposed[0], proposed[1]), (monitoring[0], monitoring[1])))


def _rules(verdicts: Sequence[Verdict]) -> Counter[str]:
    return Counter(rule for verdict in verdicts for rule in verdict.rules)


def _times(port: int) -> list[tuple[str, ...]]:
    """The same records through both libraries; the simulator's own processor time is not in it."""
    names = sorted(path.name.removesuffix(".snmprec") for path in (RECORDINGS / "snmp").glob("*.snmprec"))
    libraries: dict[str, Opened] = {"gufo-snmp": GufoWalk.session, "pysnmp": PysnmpWalk.session}
    rows = []
    for library, opened in libraries.items():
        _all(port, names[:1], opened)
        wall_s, processor_s = _timed(lambda opened=opened: _all(port, names, opened))  # type: ignore[misc]
        per = 1000 / (TIMES * len(names))
        rows.append((f"one look through {library}", f"{wall_s * per:.1f}", f"{processor_s * per:.1f}"))
    return rows


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall_s, processor_s = time.perf_counter(), time.process_time()
    for _ in range(TIMES):
        work()
    return time.perf_counter() - wall_s, time.process_time() - processor_s


def _all(port: int, names: Sequence[str], opened: Opened) -> None:
    for name in names:
        address = SnmpAddress("127.0.0.1", port, name, "2c")
        read_lines.of_poll(SnmpPrinter("printer-1", address, opened).poll(), Moment(0, 0, None))
