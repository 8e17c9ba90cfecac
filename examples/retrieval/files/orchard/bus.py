"""Frames on the serial line."""

import serial

PORT = "/dev/ttyUSB0"
SPEED = 9600


def send_frame(address, payload):
    """Send and wait for the answer; None when nobody answers."""
    frame = bytes([address, len(payload)]) + payload
    with serial.Serial(PORT, SPEED, timeout=1) as line:
        line.write(frame + checksum(frame))
        return read_answer(line)


def read_answer(line):
    head = line.read(2)
    if len(head) < 2:
        return None
    body = line.read(head[1] + 1)
    if checksum(head + body[:-1]) != body[-1:]:
        return None
    return body[:-1]


def checksum(data):
    return bytes([sum(data) & 0xFF])
