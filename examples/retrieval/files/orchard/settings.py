"""The configuration file, checked."""

import tomllib


class SettingsError(Exception):
    """A key is missing or has a value that cannot be."""


DEFAULTS = {"timezone": "UTC", "dry_below": 0.25, "max_minutes": 40}


def load_settings(path):
    with open(path, "rb") as file:
        found = tomllib.load(file)
    return check(DEFAULTS | found)


def check(found):
    if not 0 < found["dry_below"] < 1:
        raise SettingsError("dry_below must lie between 0 and 1")
    for bed in found.get("beds", []):
        if "valve" not in bed:
            raise SettingsError(f"bed {bed.get('name')!r} has no valve")
    return found
