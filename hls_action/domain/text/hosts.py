"""Which server an address leads to, as browsers read it, and which servers a reply may lead to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

HERE = ""
"""Stands for the server that the page itself is on, where an address names none."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_OF_SERVERS = ("http", "https", "ftp")
_IGNORED = re.compile(r"[\t\n\r]|\A[\x00-\x20]+|[\x00-\x20]+\Z")
"""What browsers take out of an address before they read it: https://url.spec.whatwg.org/#url-parsing"""
_HOST = re.compile(r"\[[0-9a-f:.]+\]|[^\x00-\x20\x7f\"'`()*,;<>?@\[\]\\^{|}/#%:!$&+=~]+")
_MAIL = re.compile(r"[^@\s?&%,;:]+@([^@\s?&%,;:]+)(?:\?[^@%]*)?")
_ADDRESSES = re.compile(r"://([^\s/?#\\<>\"'`(){}|,;]+)|(?<![\w.@-])(www\.[\w.-]+)|(?<=[\w.+-]@)([\w-]+(?:\.[\w-]+)+)")
_ELSEWHERE = {"redirect.github.com": "github.com"}
"""Hosts that only lead on to another, which `outbound` writes in the place of that one."""


def host_of(address: str) -> str | None:
    """The host, in lower case and without its port; `HERE` for a place on the same server, None for no known one.

    A name that is not ASCII is left as it is: whoever compares it, compares the very spelling.
    """
    address = _IGNORED.sub("", address)
    scheme = _SCHEME.match(address)
    rest = address[scheme.end() :].replace("\\", "/") if scheme else address.replace("\\", "/")
    if scheme is None:
        return _host(rest.lstrip("/")) if rest.startswith("//") else HERE
    if scheme[1].lower() in ("mailto", "xmpp"):
        mail = _MAIL.fullmatch(rest)
        return _host(mail[1]) if mail else None
    return _host(rest.lstrip("/")) if scheme[1].lower() in _OF_SERVERS else None


def _host(rest: str) -> str | None:
    """The host of what comes behind the slashes."""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    name = unquote(re.sub(r":[0-9]*\Z", "", authority)).lower()
    name = name.removesuffix(".")
    return _ELSEWHERE.get(name, name) if _HOST.fullmatch(name) else None


def hosts_in(text: str) -> Iterator[str]:
    """The hosts of the addresses that a text names, code and all, mail addresses among them."""
    for found in _ADDRESSES.finditer(text):
        host = host_of("//" + (found[1] or found[2] or found[3]).rstrip(".:-_*~!"))
        if host:
            yield host


GIVEN, ANY = "given", "any"
"""What stands for hosts that occur in what Claude was given, and for all, where the maintainers name hosts."""


@dataclass(frozen=True)
class Allowed:
    """The hosts that a reply may lead to, besides the server it is on: ``names``, of which ``*.`` at the beginning
    stands for every host below; ``any``: all.
    """

    names: frozenset[str] = frozenset()
    any: bool = False

    def has(self, host: str | None) -> bool:
        """Whether a link may lead there. ``host``: as `host_of` tells it."""
        if self.any or host == HERE or host in self.names:
            return True
        parts = (host or "").split(".")
        return any(f"*.{'.'.join(parts[at:])}" in self.names for at in range(1, len(parts)))


def is_host(name: str) -> bool:
    """Whether it can stand among the hosts that maintainers name, `GIVEN` and `ANY` aside."""
    return "." in name and _HOST.fullmatch(name.removeprefix("*.").lower()) is not None


def allowed(named: Collection[str], server: str, given: Iterable[str]) -> Allowed:
    """``named``: by the maintainers; ``server``: the address of this GitHub's pages; ``given``: texts that Claude was
    given.
    """
    found = {host for text in given for host in hosts_in(text)} if GIVEN in named else set()
    return Allowed(frozenset({host_of(server) or HERE, *map(str.lower, named), *found}), ANY in named)
