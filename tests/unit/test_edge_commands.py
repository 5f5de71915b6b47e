"""The commands for who sets up an agent."""

import socket

import pytest

from contract.fields import Purpose
from contract.messages import Desired
from edge.__main__ import main
from tests import edge_spools

GOOD = """agent = "pi-kitchen"
[broker]
host = "broker.local"
[[devices]]
name = "printer-1"
type = "snmp"
address = "snmp://printer.local/?community=s3cret"
"""


def test_a_good_file_is_said_to_be_good_without_its_secrets(tmp_path, capsys):
    path = tmp_path / "agent.toml"
    path.write_text(GOOD)

    assert main(["check-config", str(path)]) == 0
    said = capsys.readouterr().out
    assert "pi-kitchen at broker.local:1883" in said
    assert "printer-1: snmp at snmp://printer.local/" in said
    assert "s3cret" not in said


def test_a_wrong_file_is_said_to_be_wrong_and_what_to_change(tmp_path, capsys):
    path = tmp_path / "agent.toml"
    path.write_text(GOOD.replace("snmp://", "fax://"))

    assert main(["check-config", str(path)]) == 2
    assert "write snmp://HOST/" in capsys.readouterr().err


def test_the_command_says_how_it_is_used(capsys):
    assert main(["check-config"]) == 2
    assert main(["check-config", "--help"]) == 0
    assert capsys.readouterr().err.count("usage: forehand-edge check-config FILE") == 2


@pytest.fixture
def broker():
    """Somebody who listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def doctored(tmp_path, broker, devices):
    text = f'agent = "pi-kitchen"\n[broker]\nhost = "127.0.0.1"\nport = {broker}\n' + devices
    (tmp_path / "agent.toml").write_text(text)
    (tmp_path / "weights.csv").write_text("grams\n530\n")
    return main(["doctor", str(tmp_path / "agent.toml")])


SCALE = '[[devices]]\nname = "fridge-1"\ntype = "scale"\naddress = "weights.csv"\n'
PRINTER = '[[devices]]\nname = "printer-1"\ntype = "snmp"\naddress = "snmp://127.0.0.1:1/?community=s3cret"\n'
BAND = '[[devices]]\nname = "band-1"\ntype = "wristband"\naddress = "file:gone.jsonl"\n'


def test_the_doctor_says_what_works(tmp_path, broker, capsys):
    doctored(tmp_path, broker, SCALE)

    said = capsys.readouterr().out
    assert f"works: the broker at 127.0.0.1:{broker} can be reached" in said
    assert "works: fridge-1: scale answers; 1 of 1 supplies with a level" in said
    assert "works: the folder" in said


def test_the_doctor_says_what_does_not_work_and_what_to_do_and_keeps_secrets(tmp_path, broker, capsys):
    assert doctored(tmp_path, 1, PRINTER + BAND) == 1

    said = capsys.readouterr().out
    assert "does not work: the broker at 127.0.0.1:1" in said
    assert "does not work: printer-1" in said
    assert "Is it switched on" in said
    assert "does not work: band-1" in said
    assert "s3cret" not in said


def test_the_doctor_begins_with_the_file(tmp_path, broker, capsys):
    assert doctored(tmp_path, broker, "x = 1\n") == 2
    assert "there is no setting 'x'" in capsys.readouterr().out


@pytest.fixture
def home(tmp_path):
    (tmp_path / "agent.toml").write_text(GOOD)
    yield tmp_path
    edge_spools.close_all()


def test_the_status_tells_what_waits_and_what_may_leave(home, capsys):
    spool = edge_spools.opened(home / "state")
    spool.accept(Desired(config=1, consent=5, purposes=[Purpose.SUPPLY], poll_s=900), [])
    edge_spools.put(spool, 3)

    assert main(["status", str(home / "agent.toml")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "pi-kitchen: running; devices: 1",
        "  waiting for the cloud: 3 readings",
        "  allowed to leave this home: supply (consent 5); a look each 900 s",
    ]
    edge_spools.close_all()
    assert main(["status", str(home / "agent.toml")]) == 1
    assert "pi-kitchen: not running" in capsys.readouterr().out


def test_the_status_of_an_agent_that_never_ran_makes_nothing(home, capsys):
    assert main(["status", str(home / "agent.toml")]) == 1

    assert "it has not run in this folder" in capsys.readouterr().out
    assert not (home / "state").exists()


def test_the_status_of_a_broken_file_says_so(home, capsys):
    (home / "state").mkdir()
    (home / "state" / "spool.db").write_bytes(b"no database" * 100)

    assert main(["status", str(home / "agent.toml")]) == 1
    assert "cannot be read now" in capsys.readouterr().out
