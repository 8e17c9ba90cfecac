"""A stretch of time in which one valve is open."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Slot:
    bed: str
    start: datetime
    minutes: int

    @property
    def end(self):
        return self.start + timedelta(minutes=self.minutes)

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end

    def describe(self):
        return f"{self.start:%a %H:%M} {self.bed}: {self.minutes} min"


def merge_adjacent(slots):
    """Join slots of one bed that touch each other."""
    merged = []
    for slot in sorted(slots, key=lambda each: (each.bed, each.start)):
        last = merged[-1] if merged else None
        if last and last.bed == slot.bed and slot.start <= last.end:
            longest = max(last.end, slot.end) - last.start
            merged[-1] = Slot(last.bed, last.start, longest.seconds // 60)
        else:
            merged.append(slot)
    return merged
