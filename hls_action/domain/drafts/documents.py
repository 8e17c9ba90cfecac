"""Drafts as the ledger's documents hold them: an effect is an object that names its kind."""

from __future__ import annotations

from collections.abc import Mapping

from hls_action.domain.drafts.draft import Draft
from hls_action.domain.json_values import flag, text, texts, usage, usage_data, usd
from hls_action.domain.tasks import effects

Data = dict[str, object]


def encode(draft: Draft) -> Data:
    """A draft as JSON has it."""
    data: Data = {
        "keys": list(draft.keys),
        "effects": [effects.stored(effect) for effect in draft.effects],
        "fields": dict(draft.fields),
        "model": draft.model,
        "usage": usage_data(draft.usage),
        "cost_usd": str(draft.cost_usd),
    }
    return data | ({"synthetic": True} if draft.synthetic else {})


def decode(data: Mapping[str, object]) -> Draft:
    """What `encode` wrote.

    Errors: ``ValueError``, ``TypeError``, ``KeyError``, ``AttributeError``, `decimal.InvalidOperation`, for what is
    damaged, and for an effect of a kind that this version does not know.
    """
    done, fields = data["effects"], data["fields"]
    if not isinstance(done, list) or not isinstance(fields, dict):
        raise TypeError("the effects of a draft are a list, and its fields an object")
    return Draft(
        keys=texts(data["keys"]),
        effects=tuple(effects.restored(effect) for effect in done),
        fields=fields,
        model=text(data["model"]),
        usage=usage(data["usage"]),
        cost_usd=usd(data["cost_usd"]),
        synthetic=flag(data.get("synthetic", False)),
    )
