"""Opens and closes valves over the field bus."""

import time

from orchard.bus import send_frame

OPEN, CLOSE = 0x01, 0x00
RETRIES = 3


class ValveStuck(Exception):
    """A valve did not confirm."""


def open_valve(address):
    _switch(address, OPEN)


def close_valve(address):
    _switch(address, CLOSE)


def _switch(address, wanted):
    for _ in range(RETRIES):
        answer = send_frame(address, bytes([wanted]))
        if answer and answer[0] == wanted:
            return
        time.sleep(0.2)
    raise ValveStuck(address)


def water(address, minutes):
    open_valve(address)
    time.sleep(minutes * 60)
    close_valve(address)
