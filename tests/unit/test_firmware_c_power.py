"""Power cuts, rot, and a microcontroller's compiler: the C client's own programs, and what they print."""

import re
import subprocess

import pytest

from tests.firmware_c import SOURCE, built, make, program
from tests.shared import needs_program

LONGEST_FILE = 300
FROM_THE_C_LIBRARY = {"memchr", "memcmp", "memcpy", "memmove", "memset", "strcmp", "strlen"}


def ran(*words: object) -> str:
    done = subprocess.run([str(word) for word in words], check=False, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


SHAPES = ("2048x4, unit 8", "4096x3, unit 1", "2048x2, unit 32", "2048x8, unit 4")


@pytest.mark.slow
@pytest.mark.parametrize("shape", range(len(SHAPES)), ids=SHAPES)
def test_the_power_may_go_at_every_operation_of_the_flash_and_nothing_is_lost_or_numbered_twice(shape):
    told = ran(program("powercut"), shape)

    operations, lives = map(int, re.findall(r"\d+", told))
    assert "nothing lost" in told
    assert lives > 4 * operations > 2_000


@pytest.mark.slow
def test_a_bit_that_rots_is_made_good_or_its_message_is_declared_lost():
    assert "nothing lost in silence" in ran(program("rot"), 5)


@pytest.mark.parametrize(("core", "most_text"), [("m0", 20_000), ("m4", 20_000)])
def test_it_builds_for_a_cortex_without_data_of_its_own_and_needs_nothing_of_a_system(core, most_text):
    needs_program("arm-none-eabi-gcc")
    needs_program("make")
    told = make("sizes")

    text, data, bss = map(int, re.findall(r"(\d+)\t\s*(\d+)\t\s*(\d+)\t.*TOTALS", told)[core == "m4"])
    asked = set(re.findall(r" U (\w+)", ran("arm-none-eabi-nm", "-u", built(core))))
    assert (data, bss) == (0, 0)
    assert text < most_text
    assert {name for name in asked if not name.startswith(("fh_", "__aeabi_"))} <= FROM_THE_C_LIBRARY
    assert {name for name in asked if re.search("_[fd](add|mul|div|2)", name)} == set()  # no floating point


def test_no_file_is_longer_than_300_lines_nor_a_line_than_120_characters():
    files = [path for path in SOURCE.rglob("*.[ch]") if "build" not in path.parts]
    lengths = {path.name: len(path.read_text().splitlines()) for path in files}
    wide = [path.name for path in files for line in path.read_text().splitlines() if len(line) > 120]

    assert files
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}
    assert wide == []
