"""The board's client in a real MicroPython."""

from contract import decoding
from contract.messages import Readings
from contract.topics import parse
from tests.support import micropython
from tests.support.micropython_life import Flash, World, live


def test_a_real_micropython_says_the_same_byte_for_byte():
    here = []
    for _ in live(World(Flash(), here.append)):
        pass

    there = micropython.run("script")

    assert len(there) > 200
    assert there == here


def test_96_waiting_messages_and_the_client_fit_into_64_kilobytes():
    figures = {
        name.strip(): int(taken) for name, _, taken in (line.rpartition(" ") for line in micropython.run("heap"))
    }

    assert figures["with 96 messages waiting"] < 64_000
    assert figures["with 96 messages waiting"] - figures["with a client"] < 100 * 96  # what waits is in the flash


def test_the_example_for_a_board_runs():
    lines = micropython.run("example")

    assert lines[0] == "connect board-1 b 1883 board-1 p 60"
    assert lines[1].startswith('will forehand/v1/board-1/up/state {"v":1,"state":"lost","session":')
    assert lines[2] == "subscribe forehand/v1/board-1/down/+ 1"
    assert lines[-1] == "ended"
    said = [line.split(" ")[1:3] for line in lines if line.startswith("publish")]
    messages = [(topic, decoding.decode(body.encode(), decoding.type_of(parse(topic).name))) for topic, body in said]
    assert [topic.split("/")[-1] for topic, _ in messages[:3]] == ["state", "reported", "readings"]
    assert [each.readings[0].value for _, each in messages if isinstance(each, Readings)][:1] == [812.5]
