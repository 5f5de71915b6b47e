"""A movement as a picture: what is drawn, marked and said of it."""

import re
from xml.etree import ElementTree as ET

from cloud.views import movement
from cloud.web import plots
from tests.support.desk import movement as a_fall

WORDS = plots.Words("Movement <of> Ada", "What & when", "impact", "still", "seconds")


def seen():
    told = a_fall()
    return movement.read(told.acc_mg, told.fs_hz, told.impact)


def marked(*marks):
    told = a_fall()
    marks = [{"kind": kind, "from_ms": start, "to_ms": end} for kind, start, end in marks]
    return movement.read(told.acc_mg, told.fs_hz, told.impact, marks)


def drawn(of):
    return str(plots.movement(of, WORDS))


def test_the_strongest_moment_is_the_impact_and_afterwards_the_body_lies_still():
    fall = seen()

    assert round(fall.peak_g, 1) == 5.1
    assert fall.peak_s == fall.impact_s
    ((start, end),) = fall.still
    assert fall.impact_s < start < fall.impact_s + 0.3
    assert end == fall.lasts_s
    assert end - start > 7


def test_who_walks_is_never_still_and_a_short_rest_is_none():
    walk = [g for n in range(300) for g in (300 * (n % 7) // 7, 0, 800 + 400 * (n % 5) // 5)]
    rest = [0, 0, 1000] * 70

    assert movement.read(walk, 50, None).still == ()
    assert movement.read(walk + rest + walk, 50, None).still == ()


def test_one_sample_is_drawn_too():
    assert "<svg" in drawn(movement.read([0, 0, 1000], 50, None))


def test_a_picture_has_a_title_a_description_and_marks_with_words():
    root = ET.fromstring(drawn(seen()))  # noqa: S314 - our own picture

    assert root.get("role") == "img"
    assert [root[0].text, root[1].text] == ["Movement <of> Ada", "What & when"]
    said = [text.text for text in root.iter("text")]
    assert {"impact", "still", "seconds", "g", "0", "\N{MINUS SIGN}4"} <= set(said)
    assert len(list(root.iter("polyline"))) == 4


def test_without_an_impact_none_is_marked():
    assert "impact" not in drawn(movement.read([0, 0, 1000] * 200, 50, None))


def test_nothing_is_drawn_outside_of_the_frame():
    points = re.findall(r'points="([^"]+)"', drawn(seen()))

    pairs = [tuple(float(part) for part in pair.split(",")) for line in points for pair in line.split()]
    assert all(0 <= x <= plots.WIDE and 0 <= y <= plots.TALL for x, y in pairs)


def test_a_long_recording_is_thinned_and_keeps_its_peak():
    values = [1.0] * 1999 + [6.5]

    kept = plots.thinned(values)

    assert len(kept) <= plots.MOST_POINTS
    assert (1999, 6.5) in kept


def test_a_stretch_of_the_hardest_knocks_fits():
    hard = drawn(movement.read([400_000, -400_000, 400_000] * 2000, 50, 1999))

    assert len(hard) < 40_000


def test_what_the_wristband_saw_is_drawn_each_in_its_own_way():
    told = drawn(marked(("free_fall", -300, 0), ("impact", 0, 80), ("still", 400, 7_000), ("got_up", 7_000, 7_900)))

    assert re.findall(r'class="part part-(\w+)"', told) == ["free_fall", "impact", "still", "got_up"]
    ET.fromstring(told)  # noqa: S314 - our own picture


def test_stillness_is_the_wristband_s_own_word_where_it_has_one():
    assert seen().parts == ()
    ((start, end),) = marked(("still", 1_000, 3_000)).still
    assert (round(start - seen().impact_s, 3), round(end - seen().impact_s, 3)) == (1.0, 3.0)


def test_what_only_a_newer_wristband_recognises_is_passed_over_and_nothing_is_drawn_outside():
    found = marked(("somersault", 0, 100), ("still", -600_000, 600_000), ("got_up", 500_000, 600_000))

    assert [(part.kind, part.start_s, part.end_s) for part in found.parts] == [("still", 0.0, found.lasts_s)]


def test_without_an_impact_nobody_knows_where_the_parts_are():
    assert movement.read([0, 0, 1000] * 200, 50, None, [{"kind": "still", "from_ms": 0, "to_ms": 900}]).parts == ()
