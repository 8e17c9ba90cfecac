"""Decides which bed gets water, when, and for how long."""

from datetime import datetime, timedelta

from orchard.forecast import rain_expected
from orchard.moisture import latest_reading
from orchard.slots import Slot


def make_plan(settings, now=None):
    now = now or datetime.now()
    slots = []
    start = next_dawn(now)
    for bed in settings["beds"]:
        minutes = minutes_needed(bed, settings)
        if minutes:
            slots.append(Slot(bed["name"], start, minutes))
            start += timedelta(minutes=minutes)
    return slots


def minutes_needed(bed, settings):
    """How long a bed is watered: nothing when the soil is wet enough or rain is near."""
    reading = latest_reading(bed["sensor"])
    if reading is None or reading >= settings["dry_below"]:
        return 0
    if rain_expected(settings, hours=12) > 4.0:
        return 0
    lacking = settings["dry_below"] - reading
    return min(settings["max_minutes"], round(lacking * bed.get("area", 1.0) * 100))


def next_dawn(now):
    dawn = now.replace(hour=5, minute=30, second=0, microsecond=0)
    return dawn if dawn > now else dawn + timedelta(days=1)
