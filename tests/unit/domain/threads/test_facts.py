"""Which relations of a thread are kept."""

from __future__ import annotations

from hls_action.domain.threads.facts import MAX_RELATIONS, Relation, strongest


def test_one_relation_for_each_other_thread_the_strongest_first_then_the_newest() -> None:
    found = (
        Relation("relates", 3),
        Relation("relates", 9),
        Relation("relates", 5),
        Relation("fixes", 5),
        Relation("fixed_by", 7),
        Relation("duplicates", 2),
        Relation("duplicates", 8),
    )
    kept = strongest(found, 8)
    assert [(each.kind, each.number) for each in kept] == [
        ("duplicates", 2),
        ("fixes", 5),
        ("fixed_by", 7),
        ("relates", 9),
        ("relates", 3),
    ]
    assert strongest(found[::-1], 8) == kept


def test_no_more_than_so_many_are_kept() -> None:
    kept = strongest(tuple(Relation("relates", number) for number in range(1, 99)), 98)
    assert [each.number for each in kept] == list(range(97, 97 - MAX_RELATIONS, -1))
