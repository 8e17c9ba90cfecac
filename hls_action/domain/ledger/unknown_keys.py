"""Keep keys that a later version added to a document, for as long as their object exists."""

from __future__ import annotations


def carried(stored: object, was: object, now: object) -> object:
    """``now``, with whatever ``stored`` holds besides ``was``, which is what this version understood of it.

    All are data as JSON has it. An object is the same one before and after when the same keys, or in lists of one
    length the same positions, lead to it.
    """
    if stored == was:
        return now
    if isinstance(stored, dict) and isinstance(was, dict) and isinstance(now, dict):
        added = {key: value for key, value in stored.items() if key not in was}
        return added | {
            key: carried(stored[key], was[key], value) if key in was and key in stored else value
            for key, value in now.items()
        }
    if isinstance(stored, list) and isinstance(was, list) and isinstance(now, list):
        same = len(stored) == len(was) == len(now)
        return [carried(*each) for each in zip(stored, was, now, strict=True)] if same else now
    return now
