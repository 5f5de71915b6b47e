"""The commands for who sets up an agent."""

from edge.__main__ import main

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
