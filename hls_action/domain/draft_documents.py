"""Drafts as the ledger's documents hold them: an effect is an object that names its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hls_action.domain.effects import Comment, Effect, Fold, Labels
from hls_action.domain.json_values import text, texts, usage, usage_data, usd, whole
from hls_action.domain.ledger import Draft

Data = dict[str, object]

KINDS: Mapping[str, tuple[Callable[[Any], Data], Callable[[Data], Effect]]] = {
    "labels": (
        lambda labels: {"names": list(labels.names)},
        lambda data: Labels(texts(data["names"])),
    ),
    "comment": (
        lambda comment: {"text": comment.text, "replaces": comment.replaces},
        lambda data: Comment(text(data["text"]), None if data["replaces"] is None else whole(data["replaces"])),
    ),
    "fold": (
        lambda fold: {"comments": list(fold.comments)},
        lambda data: Fold(texts(data["comments"])),
    ),
}
"""How the effects of each kind are written, and read."""

NAMES: Mapping[type[Effect], str] = {Labels: "labels", Comment: "comment", Fold: "fold"}


def encode(draft: Draft) -> Data:
    """A draft as JSON has it."""
    data: Data = {
        "keys": list(draft.keys),
        "effects": [_effect_data(effect) for effect in draft.effects],
        "fields": dict(draft.fields),
        "model": draft.model,
        "usage": usage_data(draft.usage),
        "cost_usd": str(draft.cost_usd),
    }
    return data | ({"synthetic": True} if draft.synthetic else {})


def _effect_data(effect: Effect) -> Data:
    name = NAMES[type(effect)]
    return {"kind": name, **KINDS[name][0](effect)}


def decode(data: Mapping[str, object]) -> Draft:
    """What `encode` wrote.

    Errors: ``ValueError``, ``TypeError``, ``KeyError``, ``AttributeError``, `decimal.InvalidOperation`, for what is
    damaged, and for an effect of a kind that this version does not know.
    """
    effects, fields = data["effects"], data["fields"]
    if not isinstance(effects, list) or not isinstance(fields, dict):
        raise TypeError("the effects of a draft are a list, and its fields an object")
    return Draft(
        keys=texts(data["keys"]),
        effects=tuple(KINDS[text(effect["kind"])][1](effect) for effect in effects),
        fields=fields,
        model=text(data["model"]),
        usage=usage(data["usage"]),
        cost_usd=usd(data["cost_usd"]),
        synthetic=data.get("synthetic") is True,
    )
