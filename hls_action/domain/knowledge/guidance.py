"""What the maintainers committed for Claude: instructions of their own, and files to look things up in.

Instructions are trusted, for only a commit to the default branch changes them. The other files are material: whatever
they say, they tell Claude nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Template

from hls_action.domain.errors import ConfigError
from hls_action.domain.knowledge.globs import chooses
from hls_action.domain.knowledge.headings import shortened
from hls_action.domain.knowledge.sources import Source, source
from hls_action.domain.text.delimiters import enclosed
from hls_action.domain.text.inbound import clean
from hls_action.domain.text.secrets import Redact, redact
from hls_action.domain.threads.items import ItemKind

GUIDANCE = ".github/hls.md"
MAX_GUIDANCE = 8_000
"""Characters: it is sent with every call."""
PARTS = ".github/hls/"
"""Where parts of the system prompt are, each as ``NAME.md``."""
MAX_PART = 4_000
MAX_REFERENCES = 16_000
"""Characters of all reference files together, of which each has an equal share, and what others leave."""
FOLDERS = ("", ".github/", "docs/")
"""Where GitHub looks for such files, besides the root: in this order, the root first, as people do."""
NAMES = ("README", "CONTRIBUTING", "SECURITY")
ENDINGS = (".md", ".markdown", ".rst", ".txt", "")


@dataclass(frozen=True)
class Reference:
    """A file to look things up in. ``text``: as Claude reads it."""

    path: str
    text: str


@dataclass(frozen=True)
class Guidance:
    """What is known of a repository before anything is asked. ``text``: the maintainers' instructions; ``parts``: of
    the system prompt, which they put in the place of ours, by name; ``commit``: of which all this is, if that is known.
    """

    text: str = ""
    references: tuple[Reference, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""

    @property
    def read(self) -> tuple[str, ...]:
        """The paths of what was read."""
        own = (*([GUIDANCE] if self.text else []), *(f"{PARTS}{name}.md" for name in sorted(self.parts)))
        return (*own, *(reference.path for reference in self.references))

    @property
    def sources(self) -> tuple[Source, ...]:
        """What an answer may quote of it."""
        own = (Source(GUIDANCE, self.text),) if self.text else ()
        return (*own, *(source(each.path, each.text) for each in self.references))

    @property
    def prompt(self) -> str:
        """The part of the system prompt that holds it; ``""`` when there is nothing."""
        parts = [f"# The maintainers' instructions\n{self.text}"] if self.text else []
        if self.references:
            files = (enclosed(each.text, of="file", path=each.path) for each in self.references)
            parts.append("\n".join(["# Files of the project", *files]))
        return "".join(f"\n\n{part}" for part in parts)


NO_GUIDANCE = Guidance()


@dataclass(frozen=True)
class Instruction:
    """What the maintainers want done for some items alone. ``paths``: globs, one of which a changed file must fit;
    ``kinds``: of items. Empty: for all.
    """

    text: str
    paths: tuple[str, ...] = ()
    kinds: tuple[ItemKind, ...] = ()

    def applies(self, kinds: Iterable[ItemKind], changed: Iterable[str]) -> bool:
        """Whether it is meant for items of these ``kinds``, in a thread that changes these files."""
        of_kind = not self.kinds or not set(self.kinds).isdisjoint(kinds)
        return of_kind and (not self.paths or any(map(chooses(self.paths), changed)))


def checked(path: str, text: str, most: int) -> str:
    """What the maintainers wrote for Claude. Errors: `ConfigError`, naming the line in which it gets too long."""
    text = text.strip()
    if len(text) <= most:
        return text
    line = text[:most].count("\n") + 1
    raise ConfigError(
        f"{path}, line {line}: shorten the file to {most:,} characters, which end here. It has {len(text):,}, and is "
        "sent with every call; what is only to look things up belongs to `knowledge.files`."
    )


def instructions(text: str) -> str:
    """The maintainers' instructions. Errors: `ConfigError`."""
    return checked(GUIDANCE, text, MAX_GUIDANCE)


def part(name: str, text: str, repository: str) -> str:
    """A part of the system prompt by the maintainers, in which ``$repository`` stands for its name, and nothing else
    for anything. Errors: `ConfigError`.
    """
    path = f"{PARTS}{name}.md"
    template = Template(checked(path, text, MAX_PART))
    try:
        return template.substitute(repository=repository)
    except (KeyError, ValueError) as error:
        place = next(i for i in _places(template) if i is not None)
        raise ConfigError(
            f"{path}, line {place}: write `$$` for a dollar sign; `$repository` is all that is filled in here."
        ) from error


def _places(template: Template) -> Iterator[int | None]:
    """The lines of what cannot be filled in."""
    for found in template.pattern.finditer(template.template):
        name = found["named"] or found["braced"]
        wrong = found["invalid"] is not None or (name is not None and name != "repository")
        yield template.template[: found.start()].count("\n") + 1 if wrong else None


def usual_files(paths: Iterable[str]) -> tuple[str, ...]:
    """Of all ``paths``, those that are read unless the maintainers name others: one of each of `NAMES`."""
    known = {path.lower(): path for path in sorted(paths, reverse=True)}
    found = []
    for name in NAMES:
        usual = (f"{folder}{name}{ending}".lower() for folder in FOLDERS for ending in ENDINGS)
        found += [known[path] for path in usual if path in known][:1]
    return tuple(found)


def references(files: Mapping[str, bytes], redact: Redact = redact) -> tuple[Reference, ...]:
    """The files as Claude reads them, cut by their headings to `MAX_REFERENCES` in all."""
    texts = {path: redact(clean(data.decode(errors="replace")).text).text.strip() for path, data in files.items()}
    left, found = MAX_REFERENCES, dict[str, str]()
    for done, path in enumerate(sorted(texts, key=lambda path: (len(texts[path]), path))):
        found[path] = shortened(texts[path], left // (len(texts) - done))
        left -= len(found[path])
    return tuple(Reference(path, found[path]) for path in texts if found[path])
