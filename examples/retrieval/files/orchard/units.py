"""Litres, gallons, millimetres."""

LITRES_PER_GALLON = 3.785


def to_gallons(litres):
    return litres / LITRES_PER_GALLON


def rain_to_litres(millimetres, square_metres):
    return millimetres * square_metres


def parse_amount(text):
    """``"12 l"`` or ``"3 gal"`` as litres."""
    number, _, unit = text.partition(" ")
    amount = float(number)
    if unit == "gal":
        return amount * LITRES_PER_GALLON
    if unit in ("", "l"):
        return amount
    raise ValueError(f"unknown unit {unit!r}")
