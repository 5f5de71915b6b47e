"""Tables of figures: what a machine does not have is said, and the others still come."""

from benchmarks.__main__ import main
from benchmarks.falls import MissingError


def needs_recordings():
    raise MissingError("../shared/data/falls/weda_dev.npz")


def test_a_table_whose_recordings_are_not_there_is_skipped_by_name_and_the_others_are_shown(capsys):
    tables = {"falls": needs_recordings, "wire": lambda: ("The wire", [("a message", "1 ms")])}

    assert main([], tables) == 0

    said = capsys.readouterr().out
    assert "skipped: falls needs ../shared/data/falls/weda_dev.npz" in said
    assert "The wire" in said


def test_a_table_that_does_not_exist_is_named(capsys):
    assert main(["nonsense"], {"wire": needs_recordings}) == 2
    assert "no such table: nonsense; there are wire" in capsys.readouterr().out
