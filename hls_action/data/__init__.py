"""Data files that ship with the package: prompts, templates and prices."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from hls_action.domain.budget.prices import Price, prices_from
from hls_action.domain.tasks.prompt import Templates
from hls_action.domain.tasks.table import TASKS


@cache
def text(name: str) -> str:
    """The text of a data file, e.g. ``prompts/system.md``."""
    return files(__name__).joinpath(name).read_text("utf-8")


@cache
def templates() -> Templates:
    """The prompts. The system prompt explains every task, whichever a thread asks for, and so is always the same."""
    return Templates(
        system=text("prompts/system.md"),
        parts={"style": text("prompts/style.md"), **{task.name: text(task.prompt) for task in TASKS}},
        repository=text("prompts/repository.md"),
        task=text("prompts/task.md"),
        look=text("prompts/look.md"),
    )


@cache
def prices() -> dict[str, Price]:
    """The price table by model name, USD per million tokens."""
    return prices_from(tomllib.loads(text("prices.toml")))
