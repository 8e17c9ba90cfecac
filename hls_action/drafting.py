"""From what Claude answered to what would be posted."""

from __future__ import annotations

from string import Template

from hls_action.asking import Materials
from hls_action.domain import reply
from hls_action.domain.answer import Answer
from hls_action.domain.items import Item
from hls_action.domain.references import Shown
from hls_action.errors import SyntheticAnswerRefused
from hls_action.ports import ModelReply


class Drafter:
    """Puts answers into the words of a comment. ``is_real``: whether a post could reach anybody."""

    def __init__(self, materials: Materials, *, is_real: bool) -> None:
        self._materials = materials
        self._is_real = is_real

    def plan(
        self,
        answer: Answer,
        owed: tuple[Item, ...],
        shown: Shown,
        present: tuple[str, ...],
        source: ModelReply,
    ) -> reply.Plan:
        """The effects of an answer. ``shown``: what it may refer to; ``present``: labels the thread has.

        Errors: `SyntheticAnswerRefused`.
        """
        if source.synthetic and self._is_real:
            raise SyntheticAnswerRefused("an offline sample answer is never posted to a real repository")
        footer = Template(self._materials.footer).substitute(model=source.model, mention=self._materials.rules.mention)
        return reply.plan(
            answer,
            owed,
            shown,
            present,
            footer=footer.strip(),
            synthetic=source.synthetic,
            redact=self._materials.redact,
        )
