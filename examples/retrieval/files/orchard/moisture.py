"""Soil moisture as the probes measure it."""

import csv
from pathlib import Path

FOLDER = Path("/var/lib/orchard/probes")
BROKEN = -1.0


def latest_reading(sensor):
    """The newest share of water in the soil, from 0 to 1; None without a probe."""
    rows = read_rows(FOLDER / f"{sensor}.csv")
    values = [calibrate(float(row["raw"])) for row in rows]
    return values[-1] if values else None


def read_rows(path):
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def calibrate(raw):
    """A probe counts from 300 in water to 700 in dry air."""
    if raw == BROKEN:
        return 0.0
    return (700 - raw) / 400


def average(values, window=5):
    recent = values[-window:]
    return sum(recent) / len(recent)
