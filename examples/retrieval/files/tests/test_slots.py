from orchard.slots import Slot, merge_adjacent


def test_slots_that_touch_are_one():
    assert merge_adjacent([]) == []
