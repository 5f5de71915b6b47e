from dataclasses import replace

from cloud.catalogue.rules import FitRule, SlotTraits, best_first

SLOT = SlotTraits("home", "slot-1", "printer", model="HP OfficeJet 6830", colour="Black", part_number="934XL")

BY_COLOUR = FitRule("any-black", device_type="printer", colour="black")
BY_MODEL = FitRule("black-for-6830", device_type="printer", model="officejet 6830", colour="black")
BY_PART = FitRule("original", part_number="934xl")
OWN = FitRule("my-brand", household_id="home", slot_id="slot-1")


def test_the_surest_fit_comes_first_and_the_households_own_choice_before_all():
    assert best_first([BY_COLOUR, BY_MODEL, BY_PART, OWN], SLOT) == [
        "my-brand",
        "original",
        "black-for-6830",
        "any-black",
    ]


def test_a_colour_that_differs_excludes_a_product_whatever_else_agrees():
    assert best_first([BY_COLOUR, BY_MODEL], replace(SLOT, colour="cyan")) == []


def test_what_the_device_does_not_say_is_never_taken_as_agreement():
    assert best_first([BY_COLOUR], replace(SLOT, colour=None)) == []


def test_another_households_choice_is_not_ours():
    assert best_first([OWN], replace(SLOT, household_id="neighbour")) == []


def test_a_rule_without_any_condition_fits_nothing():
    assert best_first([FitRule("anything")], SLOT) == []
