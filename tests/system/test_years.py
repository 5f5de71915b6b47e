"""Every family lives its days twice, on two machines, and both tell the same story."""

import pytest

from simulator import years
from simulator.years import Lived

SHORT_DAYS = 4  # of a year, which is what `python -m simulator years` takes
LIVED = {
    "scenario": "A family", "days": 5, "seconds": 1.0, "ledger_hash": "a" * 64, "broken_promises": [],
    "decisions": {"waiting": 9}, "orders": {}, "stockout_days": 0,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("family", years.families(), ids=lambda family: family.stem)
def test_a_family_has_the_same_ledger_on_another_machine_and_no_promise_is_broken(family):
    lived = years.live(family, days=SHORT_DAYS, seed=7)

    assert lived.first["decisions"]
    assert lived.first["ledger_hash"] == lived.second["ledger_hash"]
    assert lived.is_well


def test_how_long_it_took_is_no_part_of_the_story():
    assert Lived(LIVED, {**LIVED, "seconds": 2.0}).is_well


@pytest.mark.parametrize("change", [{"ledger_hash": "b" * 64}, {"stockout_days": 1}])
def test_another_story_is_not_well(change, monkeypatch, capsys):
    monkeypatch.setattr(years, "live", lambda *_args, **_named: Lived(LIVED, {**LIVED, **change}))

    assert years.main([years.FAMILIES], days=5, seed=7) == 1
    assert "AND ANOTHER ONE" in capsys.readouterr().out


def test_a_broken_promise_is_not_well_though_it_is_broken_twice(monkeypatch):
    broken = {**LIVED, "broken_promises": [{"what": "consent", "which": "x"}]}
    monkeypatch.setattr(years, "live", lambda *_args, **_named: Lived(broken, broken))

    assert years.main([years.FAMILIES], days=5, seed=7) == 1
