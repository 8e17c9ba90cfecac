"""The section `triage` of the configuration: labels and issue types by the values that they stand for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import get_args

from hls_action.config.models import Places
from hls_action.config.readers import TEXT, Reader, record
from hls_action.domain.errors import ConfigError
from hls_action.domain.tasks.answer import Category, Priority
from hls_action.domain.tasks.marks import TriageRules

BY_PRIORITY: Reader[Mapping[str, str]] = record(dict, dict.fromkeys(get_args(Priority), TEXT))
BY_CATEGORY: Reader[Mapping[str, str]] = record(dict, dict.fromkeys(get_args(Category), TEXT))


def check_triage(rules: TriageRules, own: Collection[str], places: Places) -> None:
    """No label of HLS's ``own``, in lower case, and none for two fields. Errors: `ConfigError`, with the place."""
    owner: dict[str, str] = {}
    for group, labels in rules.labels.items():
        for name in sorted(labels):
            place = f"{places(f'triage.{group}')} "
            if name in own:
                raise ConfigError(f"{place}names '{name}', by which people tell HLS what to do; choose another label.")
            if name in owner:
                raise ConfigError(f"{place}names '{name}', as does `triage.{owner[name]}`; a label is for one of them.")
            owner[name] = group
