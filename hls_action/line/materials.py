"""What every run is made with, besides the ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hls_action.domain.budget.prices import Price
from hls_action.domain.events.relevance import GateRules
from hls_action.domain.settings import Settings
from hls_action.domain.tasks.prompt import Templates
from hls_action.domain.text.secrets import Redact, redact

T = TypeVar("T")

Debug = Callable[[str], None]


def quiet(_: str) -> None:
    """Says nothing."""


class Start(Protocol):
    """Begins something before it is needed; calling what it returns waits for the result."""

    def __call__(self, work: Callable[[], T], /) -> Callable[[], T]: ...


@dataclass(frozen=True)
class Materials:
    """What a run is made with, besides the ports: the shipped files, and what the maintainers decided.

    ``redact``: takes secrets out of a text, the job's own included. ``public``: everybody may read the repository, as
    far as is known. ``seconds``: how long a whole run may take;
    ``server``: the address of GitHub's pages.
    """

    repository: str
    rules: GateRules
    templates: Templates
    footer: str
    schema: Mapping[str, object]
    prices: Mapping[str, Price]
    parse_settings: Callable[[str | None], Settings]
    config_path: str
    redact: Redact = redact
    dry_run: bool = False
    public: bool = False
    seconds: float = 480.0
    server: str = "https://github.com"

    @property
    def site(self) -> str:
        """The address of the repository."""
        return f"{self.server}/{self.repository}"
