"""How languages write definitions, comments and strings: the rules by which `symbols` finds its way in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DOUBLE = r'"(?:\\.|[^"\\\n])*"?'
_SINGLE = r"'(?:\\.|[^'\\\n])*'?"
_CHARACTER = r"'(?:\\[^\n]{1,8}?|[^'\\\n])'"
_BACKTICKS = r"`(?:\\.|[^`\\])*`?"
_TRIPLE = r'"""(?:\\.|[^\\])*?(?:"""|\Z)' + r"|'''(?:\\.|[^\\])*?(?:'''|\Z)"
_SLASHES = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_HASH = r"#[^\n]*"
_PATTERN = r"(?:(?<=[=(,:;!&|?{}\[])|(?<=\breturn))[ \t]{0,8}/(?![/*])(?:\\.|\[[^\]\n]{1,200}\]|[^/\\\n\[]){1,300}/"
_RAW = r'\br(#{0,8})".*?(?:"\1|\Z)'


@dataclass(frozen=True)
class Rule:
    """One way to write a definition: ``pattern`` has a group ``name`` and is tried at the start of lines.

    ``tail``: what may be between the parameters and the body, where only that tells a definition from a call; then the
    pattern ends before the parameters. ``bodiless``: a definition needs no body. ``one_line``: and none begins on a
    later line, apart from what is in brackets.
    """

    pattern: re.Pattern[str]
    tail: re.Pattern[str] | None = None
    bodiless: bool = False
    one_line: bool = False


@dataclass(frozen=True)
class Language:
    """``ignored``: comments and strings. ``rules``: definitions. ``indented``: indentation tells bodies, not braces."""

    ignored: re.Pattern[str]
    rules: tuple[Rule, ...]
    indented: bool = False


def _ignored(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.DOTALL)


def _rule(pattern: str, tail: str = "", *, bodiless: bool = False, one_line: bool = False) -> Rule:
    start = re.compile(rf"^(?>[ \t]*){pattern}", re.MULTILINE)
    return Rule(start, re.compile(tail) if tail else None, bodiless or one_line, one_line)


_NO_CALL = (
    r"(?!(?:if|for|foreach|while|switch|catch|return|new|else|do|throw|typeof|await|yield|delete|case|using|lock|fixed|when"
    r"|synchronized|sizeof|function|import|export|with|match|assert|super|this|goto|and|or|not|in|is)\b)"
)
_GENERIC = r"(?:<[^()\n]{0,120}>)?"


def _modifiers(words: str) -> str:
    return rf"(?:(?:{words})[ \t]+)*"


_PYTHON = Language(
    _ignored(_TRIPLE, _DOUBLE, _SINGLE, _HASH),
    (_rule(r"(?:async[ \t]+)?(?:def|class)[ \t]+(?P<name>\w+)"),),
    indented=True,
)
_RUBY = Language(
    _ignored(r"^=begin.*?(?:^=end|\Z)", _DOUBLE, _SINGLE, _HASH),
    (_rule(r"(?:\w+[ \t]+)?(?:def|class|module)[ \t]+(?:self\.)?(?:\w+::)*(?P<name>\w+[?!=]?)"),),
    indented=True,
)
_ELIXIR = Language(
    _ignored(_TRIPLE, _DOUBLE, _HASH),
    (_rule(r"def(?:p|macro|macrop|module|protocol|impl)?[ \t]+(?:\w+\.)*(?P<name>\w+[?!]?)"),),
    indented=True,
)
_LUA = Language(
    _ignored(r"--\[\[.*?(?:\]\]|\Z)", r"--[^\n]*", _DOUBLE, _SINGLE),
    (
        _rule(r"(?:local[ \t]+)?function[ \t]+(?:\w+[.:])*(?P<name>\w+)"),
        _rule(r"(?:local[ \t]+)?(?:\w+\.)*(?P<name>\w+)[ \t]*=[ \t]*function\b"),
    ),
    indented=True,
)

_ARROW = r"(?:\([^()\n]{0,200}\)[^=;\n]{0,80}=>|[\w$]+[ \t]*=>)"
_FUNCTION = rf"(?:async[ \t]*)?(?:function\b|class\b|{_ARROW})"
_VARIABLE = r"(?:export[ \t]+)?(?:const|let|var)[ \t]+(?P<name>[\w$]+)[^=\n;(]{0,200}=[ \t]*"
_JAVASCRIPT = Language(
    _ignored(_SLASHES, _DOUBLE, _SINGLE, _BACKTICKS, _PATTERN),
    (
        _rule(
            rf"{_modifiers('export|default|declare|abstract|async|const')}"
            r"(?:(?:function[ \t]*\*?|class|interface|enum|namespace)[ \t]*(?<=[\s*])(?P<name>[\w$]+))"
        ),
        _rule(r"(?:export[ \t]+)?(?:declare[ \t]+)?type[ \t]+(?P<name>[\w$]+)[^=\n]{0,100}=", one_line=True),
        _rule(rf"{_VARIABLE}{_FUNCTION}", one_line=True),
        _rule(rf"{_VARIABLE}(?:async[ \t]*)?{_GENERIC}(?=\()", r"\s*(?::[^;{}=]{1,200})?=>\s*\{"),
        _rule(rf"(?:[\w$]+\.)+(?P<name>[\w$]+)[ \t]*=[ \t]*{_FUNCTION}", one_line=True),
        _rule(r"(?:module\.(?=exports)|exports\.)(?P<name>[\w$]+)[ \t]*=(?!=)", one_line=True),
        _rule(rf"(?P<name>[\w$]+)[ \t]*[:=][ \t]*{_FUNCTION}", one_line=True),
        _rule(
            rf"{_modifiers('public|private|protected|static|async|get|set|override')}[*#]?{_NO_CALL}(?P<name>[\w$]+)"
            rf"[ \t]*{_GENERIC}(?=\()",
            r"\s*(?::[^;{}]{1,200})?\{",
        ),
    ),
)
_GO = Language(
    _ignored(_SLASHES, _DOUBLE, _BACKTICKS, _CHARACTER),
    (
        _rule(r"func[ \t]+(?:\([^()\n]{0,200}\)[ \t]*)?(?P<name>\w+)"),
        _rule(r"(?:type[ \t]+)?(?P<name>\w+)(?:\[[^\]\n]{0,100}\])?[ \t]+(?:struct|interface)[ \t]*(?=\{)"),
        _rule(r"type[ \t]+(?P<name>\w+)[ \t]+(?!struct\b|interface\b)", one_line=True),
    ),
)
_RUST_VISIBLE = r"(?:pub(?:\([^()\n]{0,60}\))?[ \t]+)?"
_RUST = Language(
    _ignored(_SLASHES, _RAW, _DOUBLE, _CHARACTER),
    (
        _rule(rf"{_RUST_VISIBLE}{_modifiers('default|const|async|unsafe|extern')}fn[ \t]+(?P<name>\w+)"),
        _rule(rf"{_RUST_VISIBLE}(?:unsafe[ \t]+)?(?:trait|mod)[ \t]+(?P<name>\w+)"),
        _rule(rf"{_RUST_VISIBLE}(?:struct|enum|union|type)[ \t]+(?P<name>\w+)", bodiless=True),
        _rule(
            r"(?:unsafe[ \t]+)?impl\b(?:<[^{\n]{0,100}?>(?=[ \t]))?[ \t]*(?:[^{;\n]{0,150}?[ \t]for[ \t]+)?"
            r"&?(?:\w+::)*(?P<name>\w+)"
        ),
        _rule(r"macro_rules![ \t]*(?P<name>\w+)"),
    ),
)
_OBJECT_WORDS = (
    "public|private|protected|internal|static|final|abstract|sealed|partial|data|open|inner|readonly|override|virtual|async"
    "|extern|unsafe|native|synchronized|default|strictfp|new|required|export|const|external|factory|late"
)
_JAVA_LIKE = Language(
    _ignored(_SLASHES, r'""".*?(?:"""|\Z)', _DOUBLE, _SINGLE),
    (
        _rule(
            rf"(?:@\w+[ \t]+)*{_modifiers(_OBJECT_WORDS + '|non-sealed|ref|base|mixin')}"
            r"(?:class|@?interface|enum|record(?:[ \t]+(?:class|struct))?|struct|namespace|mixin|extension)[ \t]+"
            r"(?P<name>[\w.]+)"
        ),
        _rule(
            rf"(?:@\w+[ \t]+)*{_modifiers(_OBJECT_WORDS)}{_NO_CALL}(?:<[^()\n]{{0,80}}>[ \t]*)?"
            rf"(?:[\w.$]+(?:<[^()\n]{{0,120}}>)?(?:\[\])*\??[ \t]+)?{_NO_CALL}(?P<name>\w+)[ \t]*{_GENERIC}(?=\()",
            r"\s*(?:throws\s[\w.,\s]{1,300}|where\s[^;{}]{1,200}|:\s*(?:base|this|super)\b[^;{}]{0,200}|async\*?\s*)?(?:\{|=>)",
        ),
    ),
)
_ANNOTATIONS = r"(?:@\w+(?:\([^()\n]{0,80}\))?[ \t]+)*"
_KOTLIN = Language(
    _ignored(_SLASHES, r'""".*?(?:"""|\Z)', _DOUBLE, _CHARACTER),
    (
        _rule(
            rf"{_ANNOTATIONS}{_modifiers('[a-z]+')}fun[ \t]+"
            r"(?:<[^()\n]{0,80}>[ \t]*)?(?:[\w<>?, ]{1,80}\.)?(?P<name>\w+)",
            one_line=True,
        ),
        _rule(
            rf"{_ANNOTATIONS}{_modifiers('[a-z]+')}(?:class|interface|object)[ \t]+(?P<name>\w+)",
            one_line=True,
        ),
    ),
)
_SCALA_WORD = r"[a-z]+(?:\[[^\]\n]{0,40}\])?"
_SCALA = Language(
    _KOTLIN.ignored,
    (_rule(rf"{_modifiers(_SCALA_WORD)}(?:def|class|object|trait)[ \t]+(?P<name>\w+)", one_line=True),),
)
_C = Language(
    _ignored(_SLASHES, _DOUBLE, _CHARACTER),
    (
        _rule(
            r"(?:template[ \t]*<[^\n]{0,200}>[ \t]*)?(?:typedef[ \t]+)?"
            r"(?:struct|class|union|enum(?:[ \t]+class)?|namespace)[ \t]+(?:[A-Z_]+[ \t]+(?=\w))?(?P<name>\w+)"
            r"(?=[^;()=]{0,300}?\{)"
        ),
        _rule(
            rf"{_NO_CALL}(?:[\w:<>,*&\[\]~ \t]{{0,200}}?[ \t*&:])??{_NO_CALL}"
            r"(?P<name>~?\w+|operator[^\s\w(]{1,3})[ \t]*(?=\()",
            r"(?:[\s\w:<>,*&()\[\].~-]|->){0,300}?\{",
        ),
        _rule(r"\#[ \t]*define[ \t]+(?P<name>\w+)\(", one_line=True),
    ),
)
_PHP = Language(
    _ignored(_SLASHES, _HASH, _DOUBLE, _SINGLE),
    (
        _rule(
            rf"{_modifiers('abstract|final|public|private|protected|static|readonly')}"
            r"(?:function|class|interface|trait|enum)[ \t]+&?(?P<name>\w+)"
        ),
    ),
)
_SWIFT_WORD = r"[a-z]+(?:\([a-z]+\))?"
_SWIFT = Language(
    _ignored(_SLASHES, r'""".*?(?:"""|\Z)', _DOUBLE),
    (
        _rule(
            rf"{_ANNOTATIONS}{_modifiers(_SWIFT_WORD)}"
            r"(?:func|class|struct|enum|protocol|extension|actor)[ \t]+(?P<name>\w+)"
        ),
        _rule(rf"{_modifiers('[a-z]+')}(?P<name>init|deinit|subscript)[?!]?[ \t]*{_GENERIC}(?=[({{])"),
    ),
)
_SHELL = Language(
    _ignored(r"(?<![\w$&{])#[^\n]*", _DOUBLE, r"'[^'\n]*'"),
    (_rule(r"(?P<name>[\w:.-]+)[ \t]*\(\)"), _rule(r"function[ \t]+(?P<name>[\w:.-]+)")),
)
_PERL = Language(_ignored(_HASH, _DOUBLE, _SINGLE), (_rule(r"(?:sub|package)[ \t]+(?:\w+::)*(?P<name>\w+)"),))

_LANGUAGES = {
    "py pyi pyx": _PYTHON,
    "js jsx mjs cjs ts tsx mts cts vue svelte": _JAVASCRIPT,
    "go": _GO,
    "rs": _RUST,
    "java cs dart groovy": _JAVA_LIKE,
    "kt kts": _KOTLIN,
    "scala": _SCALA,
    "c h cc cpp cxx hh hpp hxx m mm cu": _C,
    "rb rake": _RUBY,
    "php": _PHP,
    "swift": _SWIFT,
    "sh bash zsh ksh": _SHELL,
    "lua": _LUA,
    "ex exs": _ELIXIR,
    "pl pm": _PERL,
}
_BY_EXTENSION = {extension: language for extensions, language in _LANGUAGES.items() for extension in extensions.split()}


def language_of(path: str) -> Language | None:
    """The language of the file at ``path``, by its extension, if there are rules for it."""
    return _BY_EXTENSION.get(path.rpartition(".")[2].lower())
