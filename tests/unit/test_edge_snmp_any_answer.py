"""Whatever a printer answers: no exception, nothing that the wire refuses, no number without a rule.

The long form: FUZZ_EXAMPLES=100000 python -m pytest tests/unit/test_edge_snmp_any_answer.py
"""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.decoding import decode
from contract.fields import WITH_VALUE, Purpose
from contract.messages import Readings, Reported, encode
from edge import batches
from edge.polling import Look
from edge.reporting import Moment
from edge.sensors import snmp_brother, snmp_identity, snmp_ricoh, snmp_supplies, snmp_table
from edge.sensors.base import SensorError
from edge.sensors.snmp import SnmpPrinter
from edge.sensors.snmp_address import SnmpAddress
from edge.sensors.snmp_recorded import RecordedPrinter
from edge.sensors.snmp_supplies import understand

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
COLUMNS = (
    *snmp_table.COLUMNS, *snmp_ricoh.COLUMNS, snmp_table.COLORANTS, snmp_table.CHARSETS, snmp_table.LOCALIZATION,
    snmp_supplies.ALERTS, snmp_identity.SERIALS, snmp_identity.DEVICE_NAMES, snmp_identity.DEVICE_TYPES,
    snmp_identity.HARDWARE,
)  # fmt: skip
SCALARS = (
    snmp_identity.SYSTEM_OBJECT, snmp_identity.SYSTEM_DESCRIPTION, snmp_brother.MAINTENANCE, snmp_brother.SERIAL,
    snmp_brother.DEVICE_ID, *snmp_identity.DEVICE_IDS,
)  # fmt: skip

words = st.sampled_from(
    [b"Black Toner", b"Cyan", b"Resttoner", b"Drum, PN 1;SNunknown", b"non-HP", b"x\n41 42", b"MFG:Brother;SN:A1B2C3;",
     "黑色碳粉".encode(), b"\x00\xff\x9f", b"6f01", b"1.3.6.1.4.1.2435"]
)  # fmt: skip
numbers = st.sampled_from([-100, -3, -2, -1, 0, 1, 50, 100, 105, 2**31 - 1, 2**63]) | st.integers()
cells = numbers | words | st.binary(max_size=300) | st.none() | st.text(max_size=60) | st.floats()
small = st.integers(0, 4)
places = st.tuples(small, small).map(lambda at: f"{at[0]}.{at[1]}") | st.text("0123456789.-a", max_size=12)
makers = st.sampled_from([f"1.3.6.1.4.1.{n}.1" for n in (11, 297, 367, 1347, 1602, 2435)])


@st.composite
def answers(draw):
    """Every object by its identifier."""
    found = {}
    for column in COLUMNS:
        found |= {f"{column}.{at}": cell for at, cell in draw(st.dictionaries(places, cells, max_size=4)).items()}
    found |= draw(st.dictionaries(st.sampled_from(SCALARS), cells))
    found[snmp_identity.SYSTEM_OBJECT] = draw(makers | cells)
    return found


def by_column(objects):
    told = {column: {o: c for o, c in objects.items() if o.startswith(f"{column}.")} for column in COLUMNS}
    return told | {oid: {oid: objects[oid]} for oid in SCALARS if oid in objects}


def fits_the_wire(poll):
    report = Reported(stream="0" * 32, boot=1, agent_version="0", config=0, consent=0, devices=[poll.report])
    decode(encode(report), Reported)
    assert len({slot.slot for slot in poll.report.slots}) == len(poll.report.slots) == len(poll.levels)
    for level in poll.levels:
        assert (level.value is None) is (level.quality not in WITH_VALUE)
        assert level.value is None or 0 <= level.value <= 1
    if poll.levels:
        readings = batches.readings(Look("printer-1", poll.levels, 1), 0, Moment(1, 1, None))
        message = Readings(stream="0" * 32, seq=1, boot=1, purpose=Purpose.SUPPLY, consent=1, readings=readings)
        decode(encode(message), Readings)


@settings(max_examples=EXAMPLES, deadline=None)
@given(answers())
def test_any_answers_give_levels_that_fit_the_wire(objects):
    fits_the_wire(understand("printer-1", by_column(objects)))


@settings(max_examples=EXAMPLES, deadline=None)
@given(answers())
def test_the_driver_reads_any_printer_or_says_why_not(objects):
    objects = {oid: cell for oid, cell in objects.items() if all(part.isdecimal() for part in oid.split("."))}
    printer = SnmpPrinter("printer-1", SnmpAddress("p"), RecordedPrinter({"public": objects}).opened)
    try:
        poll = printer.poll()
    except SensorError:
        return
    fits_the_wire(poll)
