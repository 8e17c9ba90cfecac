"""What the maintainers committed to the default branch: configuration, instructions, files to look things up in.

All of one commit, as git objects, which costs GitHub's limits nothing. Where git cannot have them, what an answer must
not do without is read by GitHub's API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from hls_action.domain.errors import ConfigError
from hls_action.domain.knowledge import guidance
from hls_action.domain.knowledge.globs import chooses
from hls_action.domain.knowledge.guidance import GUIDANCE, NO_GUIDANCE, PARTS, Guidance
from hls_action.domain.knowledge.source import WORDS, Contents, SourceUnavailable
from hls_action.domain.settings import Settings
from hls_action.line.materials import Materials, Start
from hls_action.ports import GitHub, Source
from hls_action.resilience.retry import Retrier

MAX_FILES = 20
"""Of those that `knowledge.files` chooses: the first by their names."""


@dataclass(frozen=True)
class Committed:
    """``notes``: what could not be read, for people."""

    settings: Settings
    guidance: Guidance = NO_GUIDANCE
    notes: tuple[str, ...] = ()


def read_committed(
    materials: Materials, github: GitHub, source: Source | None, retrier: Retrier, start: Start
) -> Committed:
    """Read it. Errors: `ConfigError`; where git could not, the last `UpstreamError`."""
    if source is None:
        return _by_api(materials, github, retrier, start)
    try:
        return _by_git(materials, source)
    except SourceUnavailable as error:
        note = f"nothing was looked up in the project's files, which git could not read: {error}"
        return _by_api(materials, github, retrier, start, (note,))


def _by_git(materials: Materials, source: Source) -> Committed:
    """In two requests, three where the maintainers name files of their own."""
    tree = source.tree()
    usual = guidance.usual_files(tree.files)
    parts = {f"{PARTS}{name}.md": name for name in materials.templates.parts}
    read = source.read([path for path in (materials.config_path, GUIDANCE, *parts, *usual) if path in tree.files])
    settings = materials.parse_settings(_text(read, materials.config_path))
    files: Mapping[str, bytes] = {path: read.files[path] for path in usual if path in read.files}
    if settings.reference_files is not None:
        named = sorted(filter(chooses(settings.reference_files), tree.files))[:MAX_FILES]
        files = source.read(named).files if named else {}
    own = {
        name: guidance.part(name, text, materials.repository)
        for path, name in parts.items()
        if (text := _text(read, path))
    }
    return Committed(
        settings,
        Guidance(
            text=guidance.instructions(materials.redact(_text(read, GUIDANCE) or "").text),
            references=guidance.references(files, materials.redact),
            parts=own,
            commit=tree.commit,
        ),
    )


def _text(read: Contents, path: str) -> str | None:
    """A file that must be read if it is there. Errors: `ConfigError`."""
    if path in read.left_out and read.left_out[path] != "missing":
        raise ConfigError(f"{path} is {WORDS[read.left_out[path]]}; make it a plain text file.")
    data = read.files.get(path)
    try:
        return data.decode("utf-8-sig") if data is not None else None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start}).") from error


def _by_api(
    materials: Materials, github: GitHub, retrier: Retrier, start: Start, notes: tuple[str, ...] = ()
) -> Committed:
    def file(path: str) -> str | None:
        return retrier.call(lambda: github.file(path))

    own: Callable[[], str | None] = start(partial(file, GUIDANCE))
    settings = materials.parse_settings(file(materials.config_path))
    return Committed(settings, Guidance(guidance.instructions(materials.redact(own() or "").text)), notes)
