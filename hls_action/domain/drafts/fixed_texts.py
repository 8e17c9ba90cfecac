"""The few texts that HLS posts of its own: one table. Each says that it is HLS's, and costs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Template
from urllib.parse import quote

SENSITIVE = "sensitive"

SIGNATURE = "<sub>HLS posted this by itself; Claude did not write it.</sub>"

FIXED_TEXTS: Mapping[str, str] = {
    "cap": "The maintainers' budget for answers by Claude is used up, so there is no answer here yet. "
    "HLS will try again after $when UTC.",
    "cap-for-good": "The maintainers' budget leaves no room for an answer by Claude here. HLS will not try again on "
    "its own; comment `$mention retry` to request another try.",
    SENSITIVE: "This may be about a security hole that is not public yet, so please add no details here. Report it to "
    "the maintainers in private: $contact",
}

_ADDRESS = re.compile(r"https://\S+|[^\s@/]+@[^\s@/]+")


def fixed_text(name: str, **values: str) -> str:
    """The text of that name, signed. ``values``: what it has places for. Errors: ``KeyError``."""
    return f"{Template(FIXED_TEXTS[name]).substitute(values)}\n\n{SIGNATURE}"


def security_contact(configured: str, repository_url: str) -> str:
    """Where people report a security hole: ``configured``, an address or the path of a file of the repository, else the
    repository's own form.
    """
    if _ADDRESS.fullmatch(configured):
        return configured
    return (
        f"{repository_url}/blob/HEAD/{quote(configured)}" if configured else f"{repository_url}/security/advisories/new"
    )
