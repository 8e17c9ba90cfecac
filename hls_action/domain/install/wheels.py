"""Which of the wheels that are locked by their addresses fit a Python on Linux.

Runs before anything is installed: standard library only.
"""

from __future__ import annotations

import re
from collections import namedtuple

_MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_(\w+)")


class Target(namedtuple("Target", "python machine glibc")):
    """What a wheel must fit: ``python`` and ``glibc`` are versions such as (3, 11), ``machine`` is as uname has it."""

    __slots__ = ()
    python: tuple[int, int]
    machine: str
    glibc: tuple[int, int]


class Wheel(namedtuple("Wheel", "url sha256")):
    """A file to download, and its hash in hexadecimal digits. ``url``: may be a path on PyPI's server for files."""

    __slots__ = ()
    url: str
    sha256: str

    @property
    def name(self) -> str:
        """Of the file."""
        return self.url.rpartition("/")[2]


def fitting(listed: str, target: Target) -> tuple[Wheel, ...]:
    """One wheel of each package in a list of ``URL#sha256=HASH`` lines, in its order.

    None at all when a package has none that fits.
    """
    packages: dict[str, Wheel | None] = {}
    for line in listed.splitlines():
        url, separator, sha256 = line.partition("#sha256=")
        if not separator:
            continue
        wheel = Wheel(url, sha256)
        package = wheel.name.partition("-")[0]
        packages[package] = packages.get(package) or (wheel if _fits(wheel.name, target) else None)
    found = tuple(wheel for wheel in packages.values() if wheel)
    return found if len(found) == len(packages) else ()


def _fits(name: str, target: Target) -> bool:
    """See https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/."""
    python, abi, platforms = name.removesuffix(".whl").split("-")[-3:]
    if platforms == "any":
        return abi == "none" and "py3" in python.split(".")
    version = re.fullmatch(r"cp3(\d+)", python)
    if version is None or target.python[0] != 3:
        return False
    minor = int(version[1])
    right_abi = (abi == python and minor == target.python[1]) or (abi == "abi3" and minor <= target.python[1])
    return right_abi and any(_runs(platform, target) for platform in platforms.split("."))


def _runs(platform: str, target: Target) -> bool:
    found = _MANYLINUX.fullmatch(platform)
    return found is not None and found[3] == target.machine and (int(found[1]), int(found[2])) <= target.glibc
