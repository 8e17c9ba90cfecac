"""The ledger's documents of the first schema, rewritten as those of the second: a reason was a text, and a draft the
comment itself, with its marker and its footer.
"""

from __future__ import annotations

from typing import cast

from hls_action.domain import reasons
from hls_action.domain.drafts import rendering
from hls_action.domain.threads.items import marker_keys

Data = dict[str, object]


def upgraded(shard: Data) -> Data:
    """A document of records and drafts. Errors: ``TypeError``, ``KeyError``, ``AttributeError``."""
    threads = cast("dict[str, dict[str, Data]]", shard["threads"])
    drafts = cast("dict[str, Data]", shard["drafts"])
    return shard | {
        "threads": {name: {key: _record(entry) for key, entry in items.items()} for name, items in threads.items()},
        "drafts": {name: _draft(entry) for name, entry in drafts.items()},
    }


def _record(entry: Data) -> Data:
    found = {name: value for name, value in entry.items() if name not in ("reason", "batch")}
    if "batch" in entry:  # it waited for a message batch, which nobody collects any more: that claim is over
        found["until"] = entry["at"]
    if entry.get("reason"):
        reason = reasons.parse(str(entry["reason"]))
        found["reason"] = {"code": reason.code, "detail": reason.detail}
    return found


def _draft(entry: Data) -> Data:
    """A draft, or one that nobody can post where this one is not whole."""
    try:
        return _whole_draft(entry)
    except (KeyError, TypeError, AttributeError):
        return {}


def _whole_draft(entry: Data) -> Data:
    """The text is what stands between the marker and the footer, with all that had been added to it."""
    body = str(entry["body"])
    text = body.partition("\n")[2]
    said, _, footer = text.rpartition("\n\n")
    if footer.startswith("<sub>") and footer.endswith("</sub>"):
        text = said
    synthetic = footer == rendering.SYNTHETIC_FOOTER
    if synthetic:
        text = text.removeprefix(f"{rendering.SYNTHETIC_NOTICE}\n\n")
    labels: list[Data] = [{"kind": "labels", "names": entry["labels"]}] if entry["labels"] else []
    data: Data = {
        "keys": list(marker_keys(body)),
        "effects": [*labels, {"kind": "comment", "text": text, "replaces": entry["replaces"]}],
        "fields": {},
        "model": entry["model"],
        "usage": entry["usage"],
        "cost_usd": entry["cost_usd"],
    }
    return data | ({"synthetic": True} if synthetic else {})
