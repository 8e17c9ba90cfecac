"""The configuration file, ``.github/hls.yml``: read strictly, so that a typo is an error and not a silent default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

import yaml

from hls_action.config.inputs import nearest
from hls_action.config.models import EFFORTS, Places, check
from hls_action.domain import alerts
from hls_action.domain.budget.prices import GEOS, Price, Tier
from hls_action.domain.errors import ConfigError
from hls_action.domain.events.kinds import SETTINGS
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.settings import CAP_STEPS, DEFAULT_CAPS, ITEM_KINDS, KindSettings, Settings
from hls_action.domain.tasks.option import LEAST_TOKENS
from hls_action.domain.tasks.task import EARLIER_REVIEWS

TOKENS = (LEAST_TOKENS, 64_000)
KEYS = (
    *("model", "effort", "max_tokens", "inference_geo", "kinds", "events", "labels", "review"),
    *("budget", "alerts", "precheck", "prices", "sweep"),
)
RATES = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
MAX_BYTES = 256 * 1024
REMOVED_KEYS = {"sweep.batch": " Message batches were removed; a sweep now answers at once. Delete this line."}
"""Keys of earlier versions, and what to do about them."""
CAPS = {
    "per_call_usd": "call",
    "per_item_usd": "item",
    "per_thread_usd": "thread",
    "per_actor_daily_usd": "actor_daily",
    "daily_usd": "daily",
    "monthly_usd": "monthly",
}


@dataclass(frozen=True)
class _Node:
    """A YAML node with the path people know it by, e.g. ``labels.allow``, and its line."""

    node: yaml.Node
    path: str
    source: str

    @property
    def line(self) -> int:
        """Counted from 1."""
        return self.node.start_mark.line + 1

    def error(self, problem: str) -> ConfigError:
        where = f"{self.source}, line {self.line}"
        return ConfigError(f"{where}: {f'`{self.path}` ' if self.path else ''}{problem}")

    def mapping(self, allowed: Sequence[str] | None = None) -> dict[str, _Node]:
        """The entries by key. Errors: not a mapping, a key twice, or one not in ``allowed``."""
        if _is_null(self.node):
            return {}
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("must be a mapping of keys to values.")
        entries: dict[str, _Node] = {}
        for key_node, value_node in self.node.value:
            key = str(key_node.value)
            child = _Node(value_node, f"{self.path}.{key}" if self.path else key, self.source)
            if allowed is not None and key not in allowed:
                hint = (
                    REMOVED_KEYS.get(child.path)
                    or nearest(key, tuple(allowed))
                    or f" Keys allowed here: {', '.join(allowed)}."
                )
                raise _Node(key_node, child.path, self.source).error(f"is not a known key.{hint}")
            if key in entries:
                raise _Node(key_node, child.path, self.source).error("is defined twice.")
            entries[key] = child
        return entries

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or _is_null(self.node) or not self.node.value.strip():
            raise self.error("must be a string.")
        return str(self.node.value).strip()

    def texts(self) -> tuple[str, ...]:
        return tuple(entry.text() for entry in self._entries("[bug, question]"))

    def _entries(self, example: str) -> tuple[_Node, ...]:
        if _is_null(self.node) or not isinstance(self.node, yaml.SequenceNode):
            raise self.error(f"must be a list, like {example}.")
        return tuple(_Node(n, f"{self.path}[{i}]", self.source) for i, n in enumerate(self.node.value))

    def one_of(self, choices: tuple[str, ...]) -> str:
        value = self.text()
        if value not in choices:
            raise self.error(f"is '{value}'; it must be one of {', '.join(choices)}.{nearest(value, choices)}")
        return value

    def some_of(self, choices: tuple[str, ...]) -> tuple[str, ...]:
        for value in (values := self.texts()):
            if value not in choices:
                raise self.error(
                    f"contains '{value}'; allowed values are {', '.join(choices)}.{nearest(value, choices)}"
                )
        return values

    def whole_number(self, least: int, most: int) -> int:
        value = self.text()
        if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
            raise self.error(f"is '{value}'; it must be a whole number from {least} to {most}.")
        return int(value)

    def wholes(self, least: int, most: int) -> tuple[int, ...]:
        return tuple(entry.whole_number(least, most) for entry in self._entries("[50, 80, 100]"))

    def yes_or_no(self) -> bool:
        return self.one_of(("true", "false")) == "true"

    def money(self) -> Decimal:
        value = self.text()
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal(-1)
        if not amount.is_finite() or amount < 0:
            raise self.error(f"is '{value}'; it must be an amount in USD of 0 or more, like 5 or 0.50.")
        return amount


def parse(text: str, source: str, known_prices: Mapping[str, Price], *, model: str = "") -> Settings:
    """Read the configuration file ``source`` holding ``text``.

    ``known_prices``: models that need no price in it. ``model``: the action's input, which wins over the file.

    Errors: `ConfigError` naming file, line, key, and what would be right.
    """
    if len(text) > MAX_BYTES:
        raise ConfigError(f"{source}: the file is larger than {MAX_BYTES // 1024} KiB.")
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{source}{line}: not valid YAML: {getattr(error, 'problem', None) or error}.") from error
    except RecursionError as error:
        raise ConfigError(f"{source}: nested too deeply.") from error
    entries = _Node(document, "", source).mapping(KEYS) if document is not None else {}
    values: dict[str, object] = {}
    for key, reader in _READERS.items():
        if key in entries:
            values.update(reader(entries[key]))
    if model:
        values["model"] = model
        kind_settings = values.get("kind_settings", {})
        assert isinstance(kind_settings, dict)  # noqa: S101 - by its reader
        values["kind_settings"] = {
            kind: replace(own_settings, model="") for kind, own_settings in kind_settings.items()
        }
    settings = Settings(**values)  # type: ignore[arg-type]
    settings = replace(settings, prices={name: _priced(price, known_prices) for name, price in settings.prices.items()})
    check(settings, {**known_prices, **settings.prices}, _places(entries, source), by_input=bool(model))
    return settings


def _places(entries: Mapping[str, _Node], source: str) -> Places:
    """Describe the place of each key, present or not: ``.github/hls.yml, line 3: `kinds.comment.effort` ``."""

    def place(path: str) -> str:
        node, found, known = None, entries, list[str]()
        for key in path.split("."):
            if key not in found:
                break
            node, known = found[key], [*known, key]
            found = node.mapping() if isinstance(node.node, yaml.MappingNode) else {}
        return f"{source}, line {node.line}: `{path}`" if node is not None else f"{source}: `{path}`"

    return place


def _priced(price: Price, known: Mapping[str, Price]) -> Price:
    """The price a maintainer set for a model, with what else is known about that model."""
    was = known.get(price.model)
    return price if was is None else replace(was, tiers=price.tiers, as_of=None, source="")


def _read_events(node: _Node) -> dict[str, object]:
    entries = node.mapping(tuple(SETTINGS))
    named = {key: entries[key].some_of(actions) for key, actions in SETTINGS.items() if key in entries}
    return {"events": EventPolicy(named)}


def _read_labels(node: _Node) -> dict[str, object]:
    entries = node.mapping(("allow",))
    return {"label_allow": entries["allow"].texts()} if "allow" in entries else {}


def _read_budget(node: _Node) -> dict[str, object]:
    entries = node.mapping((*CAPS, "at_cap", "cheaper_model", "notice"))
    caps = {CAPS[key]: child.money() for key, child in entries.items() if key in CAPS}
    found: dict[str, object] = {"caps": replace(DEFAULT_CAPS, **caps)}
    if "at_cap" in entries:
        found["at_cap"] = _cap_steps(entries["at_cap"], has_cheaper="cheaper_model" in entries)
    if "cheaper_model" in entries:
        found["cheaper_model"] = entries["cheaper_model"].text()
    if "notice" in entries:
        found["notice"] = entries["notice"].yes_or_no()
    return found


def _read_precheck(node: _Node) -> dict[str, object]:
    entries = node.mapping(("model",))
    return {"precheck_model": entries["model"].text()} if "model" in entries else {}


def _read_alerts(node: _Node) -> dict[str, object]:
    entries = node.mapping(("at", "failed", "error_rate", "sweep_days", "issue"))
    found: dict[str, object] = {}
    if "at" in entries:
        found["at"] = entries["at"].wholes(1, 100)
    if "failed" in entries:
        found["failed"] = entries["failed"].whole_number(0, 1_000_000)
    if "error_rate" in entries:
        found["error_rate"] = entries["error_rate"].whole_number(0, 100)
    if "sweep_days" in entries:
        found["sweep_days"] = entries["sweep_days"].whole_number(0, 1_000)
    if "issue" in entries:
        found["issue"] = entries["issue"].yes_or_no()
    return {"alerts": alerts.Rules(**found)}  # type: ignore[arg-type]


def _read_kinds(node: _Node) -> dict[str, object]:
    kind_settings = {}
    for name, child in node.mapping(tuple(ITEM_KINDS)).items():
        entries = child.mapping(("model", "effort", "max_tokens"))
        kind_settings[ITEM_KINDS[name]] = KindSettings(
            model=entries["model"].text() if "model" in entries else "",
            effort=entries["effort"].one_of(EFFORTS) if "effort" in entries else "",
            max_tokens=entries["max_tokens"].whole_number(*TOKENS) if "max_tokens" in entries else 0,
        )
    return {"kind_settings": kind_settings}


def _cap_steps(node: _Node, *, has_cheaper: bool) -> tuple[str, ...]:
    steps = node.some_of(CAP_STEPS)
    if "cheaper_model" in steps and not has_cheaper:
        raise node.error("contains 'cheaper_model', but `budget.cheaper_model` is not set.")
    if not steps or steps[-1] not in ("defer", "skip") or len(set(steps) & {"defer", "skip"}) > 1:
        raise node.error("must end with either defer or skip, which says what to do when nothing else helps.")
    return steps


def _read_prices(node: _Node) -> dict[str, object]:
    prices = {}
    for model, child in node.mapping().items():
        rates = child.mapping(RATES)
        absent = [rate for rate in RATES if rate not in rates]
        if absent:
            raise child.error(f"is missing {', '.join(absent)} (USD per million tokens).")
        prices[model] = Price(model, (_tier(rates),))
    return {"prices": prices}


def _tier(rates: Mapping[str, _Node]) -> Tier:
    return Tier(
        input=rates["input"].money(),
        output=rates["output"].money(),
        cache_write_5m=rates["cache_write_5m"].money(),
        cache_write_1h=rates["cache_write_1h"].money(),
        cache_read=rates["cache_read"].money(),
    )


def _read_sweep(node: _Node) -> dict[str, object]:
    entries = node.mapping(("hours", "threads", "workers"))
    found: dict[str, object] = {}
    if "hours" in entries:
        found["sweep_hours"] = entries["hours"].whole_number(1, 24 * 90)
    if "threads" in entries:
        found["sweep_threads"] = entries["threads"].whole_number(1, 256)
    if "workers" in entries:
        found["sweep_workers"] = entries["workers"].whole_number(1, 8)
    return found


_READERS = {
    "model": lambda node: {"model": node.text()},
    "effort": lambda node: {"effort": node.one_of(EFFORTS)},
    "max_tokens": lambda node: {"max_tokens": node.whole_number(*TOKENS)},
    "inference_geo": lambda node: {"inference_geo": node.one_of(GEOS)},
    "kinds": _read_kinds,
    "events": _read_events,
    "labels": _read_labels,
    "review": lambda node: {"review": node.one_of(EARLIER_REVIEWS)},
    "budget": _read_budget,
    "alerts": _read_alerts,
    "precheck": _read_precheck,
    "prices": _read_prices,
    "sweep": _read_sweep,
}


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"
