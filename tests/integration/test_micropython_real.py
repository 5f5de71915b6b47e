"""The board's client in a real MicroPython."""

import numpy as np

from contract import decoding
from contract.messages import Readings
from contract.topics import parse
from edge.falls.resampling import Resampler
from edge.falls.trigger import Trigger, squares
from tests.support import micropython, micropython_peaks
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


def test_it_finds_the_peaks_that_the_detector_finds():
    samples = np.array(micropython_peaks.arm(micropython_peaks.SAMPLES)).reshape(-1, 3) + np.array([0, -900, 0])

    said = [int(line.split()[0]) for line in micropython.run("peaks")]

    assert said == Trigger().feed(squares(Resampler(50.0).feed(samples).samples))
