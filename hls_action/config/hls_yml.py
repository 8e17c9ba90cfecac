"""The configuration file, ``.github/hls.yml``: read strictly, so that a typo is an error and not a silent default."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import yaml

from hls_action.config.keys import KEYS, REMOVED
from hls_action.config.models import Places, check
from hls_action.config.readers import NULL, Node
from hls_action.config.triage import check_triage
from hls_action.domain.budget.prices import Price
from hls_action.domain.errors import ConfigError
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.knowledge.labelling import own_labels
from hls_action.domain.settings import Settings

MAX_BYTES = 256 * 1024
OWN_BY_DEFAULT = own_labels(DEFAULT_RULES)


def parse(
    text: str,
    source: str,
    known_prices: Mapping[str, Price],
    *,
    model: str = "",
    own_labels: Collection[str] = OWN_BY_DEFAULT,
) -> Settings:
    """Read the configuration file ``source`` holding ``text``.

    ``known_prices``: models that need no price in it. ``model``: the action's input, which wins over the file.
    ``own_labels``: those by which people and HLS tell each other what to do, in lower case.

    Errors: `ConfigError` naming file, line, key, and what would be right.
    """
    root = Node(_document(text, source), "", source)
    settings = Settings()
    for field, value in _values(root):
        settings = _with(settings, field, value)
    if model:
        of_kinds = {kind: replace(own, model="") for kind, own in settings.kind_settings.items()}
        settings = replace(settings, model=model, kind_settings=of_kinds)
    settings = replace(settings, prices={name: _priced(price, known_prices) for name, price in settings.prices.items()})
    check_triage(settings.triage, own_labels, _places(root))
    check(settings, {**known_prices, **settings.prices}, _places(root), by_input=bool(model))
    return settings


def _document(text: str, source: str) -> yaml.Node:
    if len(text) > MAX_BYTES:
        raise ConfigError(f"{source}: the file is larger than {MAX_BYTES // 1024} KiB.")
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader) or yaml.ScalarNode(NULL, "")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{source}{line}: not valid YAML: {getattr(error, 'problem', None) or error}.") from error
    except RecursionError as error:
        raise ConfigError(f"{source}: nested too deeply.") from error


def _values(node: Node, section: str = "") -> Iterator[tuple[str, object]]:
    """The fields of `Settings` that are set in a section, each with its value, in the order of the file."""
    known = {key.name: key for key in KEYS if key.section == section}
    for name, child in node.mapping(tuple(known), REMOVED).items():
        key = known[name]
        if key.reader is None:
            yield from _values(child, key.path)
        else:
            yield key.field, key.reader.read(child)


def _with(settings: Settings, field: str, value: object) -> Settings:
    name, _, part = field.partition(".")
    change: dict[str, Any] = {name: replace(getattr(settings, name), **{part: value}) if part else value}
    return replace(settings, **change)


def _places(root: Node) -> Places:
    """Describe the place of each key, present or not: ``.github/hls.yml, line 3: `kinds.comment.effort` ``."""

    def place(path: str) -> str:
        node, found = None, root.mapping()
        for name in path.split("."):
            if name not in found:
                break
            node = found[name]
            found = node.mapping() if isinstance(node.node, yaml.MappingNode) else {}
        return f"{root.source}, line {node.line}: `{path}`" if node is not None else f"{root.source}: `{path}`"

    return place


def _priced(price: Price, known: Mapping[str, Price]) -> Price:
    """The price a maintainer set for a model, with what else is known about that model."""
    was = known.get(price.model)
    return price if was is None else replace(was, tiers=price.tiers, as_of=None, source="")
