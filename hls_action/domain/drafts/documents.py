"""Drafts as the ledger's documents hold them: an effect is an object that names its kind."""

from __future__ import annotations

from hls_action.domain.drafts.draft import Draft
from hls_action.domain.json_codec import Codec, Codecs, Shape, one_of
from hls_action.domain.json_values import entries
from hls_action.domain.tasks.effects import EFFECTS, Effect, PostComment


def _effect_data(effect: Effect) -> dict[str, object]:
    return {"kind": effect.name, **_CODECS.of(type(effect)).encode(effect)}


def _effect(data: object) -> Effect:
    name = one_of([kind.name for kind in EFFECTS], entries(data).get("kind"))
    found: Effect = _CODECS.of(next(kind for kind in EFFECTS if kind.name == name)).decode(data)
    return found


_CODECS = Codecs({Effect: Codec(_effect_data, _effect)}, {PostComment: Shape(always=["replaces"])})
DRAFT: Codec[Draft] = _CODECS.of(Draft)
"""Errors: ``ValueError``, for an effect that this version does not know, too; for what makes no draft."""
