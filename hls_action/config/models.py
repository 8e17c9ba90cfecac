"""Check the models named in the settings: is the price known, and are the chosen options supported?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hls_action.config.inputs import nearest
from hls_action.domain.budget.prices import Price
from hls_action.domain.errors import ConfigError
from hls_action.domain.settings import ITEM_KINDS, Settings

EFFORTS = ("low", "medium", "high", "xhigh", "max")
KIND_NAMES = {kind: name for name, kind in ITEM_KINDS.items()}

Places = Callable[[str], str]
"""Describes the place of a configuration key, given its path, as the start of a sentence."""


@dataclass(frozen=True)
class _Choice:
    """A model, the place that names it, and the effort that it is asked for with its place. ``own``: said for just what
    the model is for, and so not only taken over from what is said for all.
    """

    model: str
    place: str
    effort: str = ""
    effort_place: str = ""
    own: bool = True


def check(settings: Settings, known: Mapping[str, Price], places: Places, *, by_input: bool) -> None:
    """Check every model that could be asked. ``known``: what has a price; ``by_input``: the input chose the model.

    Errors: `ConfigError` with the place and what would be right.
    """
    if "cheaper_model" in settings.at_cap and not settings.cheaper_model:
        raise ConfigError(f"{places('budget.at_cap')} contains 'cheaper_model', but `budget.cheaper_model` is not set.")
    for choice in _choices(settings, places, by_input=by_input):
        check_priced(choice.model, choice.place, known)
        price = known[choice.model]
        _check_effort(choice, price)
        if settings.inference_geo == "us" and not price.us_inference:
            raise ConfigError(
                f"{places('inference_geo')} is 'us', and {choice.place} is '{choice.model}', which has no "
                "choice of region. Choose a newer model, or delete `inference_geo`."
            )


def _choices(settings: Settings, places: Places, *, by_input: bool) -> Iterator[_Choice]:
    named = "input 'model'" if by_input else places("model")
    yield _Choice(settings.model, named, settings.effort, places("effort"))
    for kind, own_settings in settings.kind_settings.items():
        path = f"kinds.{KIND_NAMES[kind]}"
        yield _Choice(
            own_settings.model or settings.model,
            places(f"{path}.model") if own_settings.model else named,
            own_settings.effort or settings.effort,
            places(f"{path}.effort") if own_settings.effort else places("effort"),
            own=bool(own_settings.effort),
        )
    if settings.cheaper_model:
        yield _Choice(settings.cheaper_model, places("budget.cheaper_model"))
    if settings.look != "off":
        yield _Choice(settings.look_model, places("knowledge.look_model"))


def check_priced(model: str, place: str, known_prices: Mapping[str, Price]) -> None:
    """Errors: `ConfigError` with the lines to add, when there is no price for ``model``, which ``place`` names."""
    if model in known_prices:
        return
    raise ConfigError(
        f"{place} is '{model}', which has no known price, so its cost cannot be bounded."
        f"{nearest(model, tuple(known_prices))} To use it anyway, add its price in USD per million "
        f"tokens:\nprices:\n  {model}:\n    input: 3\n    output: 15\n    cache_write_5m: 3.75\n"
        "    cache_write_1h: 6\n    cache_read: 0.30"
    )


def _check_effort(choice: _Choice, price: Price) -> None:
    """An effort inherited from the general setting is dropped for a model that supports none."""
    if not choice.effort or price.takes(choice.effort) or (not choice.own and not price.efforts):
        return
    if price.efforts:
        right = f"it supports {', '.join(price.efforts)}."
    else:
        right = "it supports none: delete this line, or choose another model."
    raise ConfigError(
        f"{choice.effort_place} is '{choice.effort}', which {choice.model} ({choice.place}) does not support; {right}"
    )
