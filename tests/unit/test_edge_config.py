"""agent.toml: what is right is read, what is wrong is said in plain words."""

import pytest

from edge.__main__ import main
from edge.config import ConfigError, IppConfig, ScaleConfig, SnmpConfig, WristbandConfig, load

GOOD = """
agent = "pi-kitchen"

[broker]
host = "broker.local"
password_file = "secret"

[[devices]]
name = "printer-1"
type = "ipp"
address = "ipp://printer.local/ipp/print"

[[devices]]
name = "printer-2"
type = "snmp"
address = "snmp://printer.local/?community=home"

[[devices]]
name = "fridge-1"
type = "scale"
address = "weights.csv"
container_g = 30

[[devices]]
name = "wristband-1"
type = "wristband"
address = "file:recording.jsonl"
serial = "W-7"
"""
HEAD = 'agent = "a"\n[broker]\nhost = "h"\n'


def written(tmp_path, text):
    path = tmp_path / "agent.toml"
    path.write_text(text)
    return path


def test_a_good_file_is_read(tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    config = load(written(tmp_path, GOOD))

    assert (config.broker.username, config.broker.password) == ("pi-kitchen", "s3cret")
    assert config.state_dir == str(tmp_path / "state")
    assert isinstance(config.devices[0], IppConfig)
    assert isinstance(config.devices[1], SnmpConfig)
    assert isinstance(config.devices[2], ScaleConfig)
    assert config.devices[2].address == str(tmp_path / "weights.csv")
    assert isinstance(config.devices[3], WristbandConfig)
    assert config.devices[3].address == f"file:{tmp_path}/recording.jsonl"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('agent = "A b"\n[broker]\nhost = "h"', "in agent: use small letters"),
        ('agent = "a"', "the setting 'broker' is missing"),
        ('agent = "a"\n[broker]\nhst = "h"', "in broker: there is no setting 'hst'"),
        ('agent = "a"\n[broker]\nhost = 3', "should be text, and is a whole number"),
        ("agent = a", "Text values need quotes"),
        (HEAD + "port = 0", "this should be a whole number, >= 1"),
        (HEAD + 'protocol = "4"', "they are '5' and '3.1.1'"),
        (HEAD + 'password_file = "gone"', "no such file"),
        (HEAD + 'password = "x"\npassword_file = "y"', "keep one of them"),
        (HEAD + '[[devices]]\nname = "p"\ntype = "fax"\naddress = "x"', "no driver for 'fax'"),
        (HEAD + '[[devices]]\nname = "w"\ntype = "wristband"\naddress = "COM3"', "write tcp://HOST:PORT"),
        (HEAD + '[[devices]]\nname = "p"\ntype = "ipp"\naddress = "1.2.3.4"', "write ipp://HOST/ipp/print"),
        (HEAD + '[[devices]]\nname = "p"\ntype = "snmp"\naddress = "1.2.3.4"', "write snmp://HOST/"),
        (HEAD + '[[devices]]\nname = "p"\naddress = "ipp://h"', "devices number 1: the setting 'type' is missing"),
        (HEAD + '[[devices]]\nname = "p"\ntype = "ipp"\naddress = "ipp://h"\n' * 2, "two devices are called 'p'"),
        (HEAD + '[[devices]]\nname = "p q"\ntype = "ipp"\naddress = "ipp://h"', "a letter or digit first"),
    ],
)
def test_a_wrong_file_says_what_to_do(tmp_path, text, told):
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, text))

    assert told in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_a_missing_file_is_named_on_the_terminal(tmp_path, capsys):
    assert main(["--config", str(tmp_path / "nope.toml")]) == 2

    assert "nope.toml: no such file or directory" in capsys.readouterr().err


def test_once_listens_to_a_wristband(tmp_path, capsys):
    (tmp_path / "recording.jsonl").write_text('{"fs_hz":50,"acc_mg":[0,0,1000],"worn":true,"battery_fraction":0.8}\n')
    text = HEAD + '[[devices]]\nname = "w-1"\ntype = "wristband"\naddress = "file:recording.jsonl"\n'
    text += '[[devices]]\nname = "w-2"\ntype = "wristband"\naddress = "file:gone.jsonl"\n'

    assert main(["--config", str(written(tmp_path, text)), "--once"]) == 1

    shown = capsys.readouterr().out
    assert "w-1: wristband, worn, battery 80 %" in shown
    assert "w-2: the wristband says nothing" in shown


def test_once_prints_what_each_device_says(tmp_path, capsys):
    (tmp_path / "weights.csv").write_text("grams\n530\n")
    text = HEAD + '[[devices]]\nname = "fridge-1"\ntype = "scale"\naddress = "weights.csv"\ncontainer_g = 30\n'
    text += '[[devices]]\nname = "shelf"\ntype = "scale"\naddress = "gone.csv"\n'

    assert main(["--config", str(written(tmp_path, text)), "--once"]) == 1

    shown = capsys.readouterr().out
    assert "fridge-1: scale" in shown
    assert "500" in shown
    assert "shelf: the weights in" in shown


WAY = '\n[second_way]\ntype = "webhook"\naddress = "http://192.168.1.10:8123/api/webhook/x"\n'


def test_a_second_way_is_read_with_its_files_beside_agent_toml(tmp_path):
    (tmp_path / "token").write_text("t0ken\n")
    config = load(written(tmp_path, f'unheard_after_s = 30\n{HEAD}{WAY}about = "Ada"\ntoken_file = "token"\n'))

    assert config.unheard_after_s == 30
    assert config.second_way.token_file == str(tmp_path / "token")


def test_without_a_word_of_it_there_is_no_second_way_and_the_wearer_is_told_after_twenty_seconds(tmp_path):
    config = load(written(tmp_path, HEAD))

    assert (config.second_way, config.unheard_after_s) == (None, 20)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (WAY.replace('webhook"', 'pigeon"', 1), "no driver for 'pigeon'"),
        (WAY.replace("http:", "ftp:"), "in second_way, address: that is no address"),
        (WAY + 'token_file = "gone"\n', "in second_way, token_file: cannot read"),
        (WAY + 'secret_file = "weak"\n', "in second_way, secret_file: it should be whsec_"),
        (WAY + 'ca_file = "weak"\n', "in second_way, ca_file: it holds no certificate"),
        (WAY + "timeout_s = 600\n", "in second_way, timeout_s"),
        ('\n[second_way]\ntype = "sms"\nline = "COM3"\nnumbers = ["+4930123456"]\n', "line: write the path"),
        ('\n[second_way]\ntype = "sms"\nline = "/dev/x"\nnumbers = ["112"]\n', "number in full, with its country"),
        ('\n[second_way]\ntype = "sms"\nline = "/dev/x"\nnumbers = []\n', "in second_way, numbers"),
    ],
)
def test_a_second_way_that_would_lead_nowhere_is_said_at_the_start(tmp_path, capsys, text, told):
    (tmp_path / "weak").write_text("weak")
    path = written(tmp_path, HEAD + text)

    assert main(["--config", str(path)]) == 2
    assert told in capsys.readouterr().err
