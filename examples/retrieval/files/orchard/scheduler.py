"""Runs a plan: the loop of the service."""

import logging
import signal
import time
from datetime import datetime

from orchard import planner, valves

log = logging.getLogger("orchard")


class Service:
    def __init__(self, settings, journal):
        self.settings = settings
        self.journal = journal
        self.stopping = False
        signal.signal(signal.SIGTERM, self.stop)

    def stop(self, *_):
        self.stopping = True

    def run(self):
        while not self.stopping:
            for slot in planner.make_plan(self.settings):
                self.wait_until(slot.start)
                self.execute(slot)
            time.sleep(60)

    def wait_until(self, moment):
        while not self.stopping and datetime.now() < moment:
            time.sleep(1)

    def execute(self, slot):
        address = self.address_of(slot.bed)
        log.info("watering %s", slot.bed)
        valves.water(address, slot.minutes)
        self.journal.add(slot, slot.minutes * self.settings.get("litres_per_minute", 8.0))

    def address_of(self, bed):
        return next(each["valve"] for each in self.settings["beds"] if each["name"] == bed)
