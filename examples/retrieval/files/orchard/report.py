"""How much water each bed got."""

from collections import defaultdict
from datetime import date, timedelta

from orchard.journal import Journal


def collect(settings, weeks):
    journal = Journal(settings["journal"])
    rows = journal.since(date.today() - timedelta(weeks=weeks))
    totals = defaultdict(float)
    for bed, _, _, litres in rows:
        totals[bed] += litres
    return totals


def as_text(totals):
    width = max((len(bed) for bed in totals), default=0)
    return "\n".join(f"{bed:<{width}} {litres:8.1f} l" for bed, litres in sorted(totals.items()))


def as_csv(totals):
    return "bed,litres\n" + "".join(f"{bed},{litres}\n" for bed, litres in totals.items())
