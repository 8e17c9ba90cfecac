"""Reasons: codes of a closed set, by which things are decided, and details, by which nothing is."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hls_action import domain, line
from hls_action.domain import alerts, reasons
from hls_action.domain.budget.budget import Caps
from hls_action.domain.errors import HLSError
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import claims
from hls_action.domain.ledger.claims import MAX_REASON
from hls_action.domain.ledger.model import WITHDRAWN, Claimant, Ledger, Record
from hls_action.domain.reasons import CODES, NONE, Reason
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.keys import CurrentKeys
from tests.unit.builders import NOON

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "hls_action"
ISSUE = Item("issue", "7")

texts = st.text(st.characters(codec="utf-8"), max_size=60)
codes = st.sampled_from(sorted(CODES))
ours = st.builds(Reason, codes, texts, texts)
misleading = st.builds("{}: {}".format, codes, texts)
"""Details that begin like the text of another reason, as those do that quote one."""


# ---- the closed set ----


def error_classes() -> list[type[HLSError]]:
    """Every error of the package, whichever room it lives in."""
    for room in (domain, line):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    return sorted(set(subclasses(HLSError)), key=lambda error: error.__name__)


def subclasses(of: type[HLSError]) -> Iterator[type[HLSError]]:
    yield of
    for each in of.__subclasses__():
        yield from subclasses(each)


def named_codes(source: str) -> Iterator[str]:
    """The codes that a module spells out: where it makes a reason, and where it compares one's code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("Reason", "skip", "work", "within"):
                yield str(node.args[0].value)
        if isinstance(node, ast.Compare) and any(_is_code(each) for each in (node.left, *node.comparators)):
            spelt = [each for part in (node.left, *node.comparators) for each in ast.walk(part)]
            yield from (str(each.value) for each in spelt if isinstance(each, ast.Constant))


def _is_code(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "code" and _is_reason(node.value)


def test_the_set_is_what_is_used() -> None:
    """A code of no use is no promise, and one that is misspelt would only show when its moment comes."""
    spelt = {code for path in PACKAGE.rglob("*.py") for code in named_codes(path.read_text("utf-8"))}
    by_action = set(re.findall(r"'([a-z-]+): ", (ROOT / "action.yml").read_text("utf-8")))
    by_errors = {error.code for error in error_classes()}
    by_name = {WITHDRAWN, claims.DRY_RUN, *claims.FINAL_SKIP_CODES}
    assert spelt | by_action | by_errors | by_name == CODES.keys()


@pytest.mark.parametrize("error", [each for each in error_classes() if each.__init__ is HLSError.__init__])
def test_an_error_is_a_reason(error: type[HLSError]) -> None:
    assert reasons.of(error("why")) == Reason(error.code, "why")


@given(texts.filter(lambda text: text not in CODES), texts.filter(bool))
def test_no_other_code_can_be_given(code: str, detail: str) -> None:
    with pytest.raises(ValueError, match="is not among the codes"):
        Reason(code, detail)


@pytest.mark.parametrize("parts", [("later",), ("later", "x", "y"), ("", "x"), ("", "", "y")])
def test_words_without_a_code_of_ours_are_no_reason(parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=f"^'{parts[0]}' is not among the codes of reasons$"):
        Reason(*parts)


def test_codes_are_words() -> None:
    assert [code for code in CODES if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []


# ---- as text ----


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason("closed", "x"), "closed: x"),
        (Reason("closed", "x", "y"), "closed: x (y)"),
        (Reason("closed"), "closed"),
        (NONE, ""),
        (reasons.parse("So."), "So."),
    ],
)
def test_people_read_code_and_detail(reason: Reason, text: str) -> None:
    assert (str(reason), f"{reason}", bool(reason)) == (text, text, text != "")


def test_a_word_is_not_looked_for_in_a_reason() -> None:
    with pytest.raises(TypeError):
        _ = "budget" in Reason("budget")


def text_of(reason: Reason) -> str:
    """The text that was stored by the first schema."""
    return f"{reason.code}: {reason.detail}" if reason.code else reason.detail


@given(ours | texts.map(reasons.parse) | misleading.map(reasons.parse))
def test_what_is_stored_is_read_again(reason: Reason) -> None:
    assert reasons.parse(text_of(reason)) == reason._replace(cause="")
    assert reasons.restored(*reason) == reason


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("notice: the thread is told of a cap once", "notice", "the thread is told of a cap once"),
        ("withdrawn: its reply was rewritten without it", "withdrawn", "its reply was rewritten without it"),
        ("gave-up: after 8 tries; upstream: Claude\nfailed", "gave-up", "after 8 tries; upstream: Claude\nfailed"),
        ("failed-before: gave-up: after 8 tries", "failed-before", "gave-up: after 8 tries"),
        ("ignored-label: area: docs", "ignored-label", "area: docs"),
        ("not-relevant: ", "not-relevant", ""),
        ("budget:", "budget", ""),
        ("of-a-later-version: who knows", "of-a-later-version", "who knows"),
        ("until 2026-11-02 13:00 UTC: upstream: down", "", "until 2026-11-02 13:00 UTC: upstream: down"),
        ("somebody wrote this by hand", "", "somebody wrote this by hand"),
        ("https://github.com/o/r", "", "https://github.com/o/r"),
        ("", "", ""),
    ],
)
def test_what_any_version_stored_is_kept_and_shown(text: str, code: str, detail: str) -> None:
    found = reasons.parse(text)
    assert (found.code, found.detail) == (code, detail)
    assert str(found) == text.rstrip(": ")


# ---- cut to size ----


@given(ours, st.integers(0, 80))
def test_the_cause_is_cut_before_the_detail_and_both_from_the_end(reason: Reason, size: int) -> None:
    cut = reason.cut(size)
    assert cut.code == reason.code
    assert reason.detail.startswith(cut.detail.removesuffix("…"))
    assert reason.cause.startswith(cut.cause.removesuffix("…"))
    assert len(cut.detail) + len(cut.cause) == min(size, len(reason.detail) + len(reason.cause))
    assert cut.detail == reason.detail if len(reason.detail) <= size else cut.cause == ""


@pytest.mark.parametrize(
    ("size", "detail", "cause"),
    [
        (9, "advice", "why"),
        (8, "advice", "w…"),
        (7, "advice", "…"),
        (6, "advice", ""),
        (5, "advi…", ""),
        (1, "…", ""),
        (0, "", ""),
    ],
)
def test_how_a_reason_is_cut(size: int, detail: str, cause: str) -> None:
    assert Reason("failed", "advice", "why").cut(size) == Reason("failed", detail, cause)


@given(codes, texts, texts)
def test_advice_comes_first(code: str, detail: str, cause: str) -> None:
    advice = "run it with the number, or comment '/hls retry', to try again"
    advised = Reason(code, detail, cause).advised(advice)
    assert (advised.code, advised.cause) == (code, cause)
    assert advised.detail == (f"{advice}; {detail}" if detail else advice)


@given(ours)
def test_what_came_of_it_keeps_the_words_and_the_cause(reason: Reason) -> None:
    assert reason.within("failed-before") == Reason("failed-before", reason.without_cause, reason.cause)
    after = reason.within("gave-up", "after 8 tries")
    assert (after.code, after.cause) == ("gave-up", reason.cause)
    assert after.detail == (f"after 8 tries; {reason.without_cause}" if reason.without_cause else "after 8 tries")


# ---- decided by the code alone ----


def record(reason: Reason, state: str = "skipped") -> Record:
    return Record("o/r", ThreadId(7), ISSUE.key, state, Claimant(1, 1, "n"), NOON, NOON, reason=reason)  # type: ignore[arg-type]


def situation(**changes: object) -> claims.Situation:
    base = claims.Situation(
        "o/r", ThreadId(7), (ISSUE,), (ISSUE.key,), {}, NONE, NOON, Claimant(2, 1, "me"), names=CurrentKeys()
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@given(codes | st.just("of-a-later-version"), texts | misleading)
def test_what_was_skipped_stays_so_by_a_lasting_cap_the_look_or_what_else_decided_that_alone(
    code: str, detail: str
) -> None:
    skipped = record(reasons.parse(f"{code}: {detail}"))
    decision = claims.decide(situation(), (skipped,))
    lasting = "budget not-relevant nothing-new no-reply-needed low-confidence loop not-allowed"
    stays = code in lasting.split()
    assert (decision.dead_letters, decision.to_answer) == (((skipped,), ()) if stays else ((), (ISSUE,)))
    for again in ({"retry": True}, {"retry": True, "force": True}, {"retried_at": NOON + timedelta(minutes=1)}):
        assert claims.decide(situation(**again), (skipped,)).to_answer == (ISSUE,)


@given(codes, misleading, st.sampled_from(["skipped", "failed", "published"]))
def test_what_was_withdrawn_is_known_by_the_code(code: str, detail: str, state: str) -> None:
    assert record(Reason(code, detail), state).is_withdrawn is (state == "skipped" and code == "withdrawn")


@pytest.mark.parametrize("code", sorted(CODES))
@given(detail=misleading)
@settings(max_examples=5)
def test_items_that_wait_for_a_cap_or_a_share_are_no_trouble(code: str, detail: str) -> None:
    ledger = Ledger().put(ThreadId(7), [record(Reason(code, detail), "failed")])
    found = alerts.passed(ledger, "o/r", alerts.Rules(failed=1), Caps(), NOON, "/hls")
    assert [alert.measure for alert in found] == ([] if code in ("budget", "share") else ["failed"])


@given(ours)
def test_a_record_keeps_the_code_however_long_the_detail(reason: Reason) -> None:
    ended = claims.with_end(record(NONE), "skipped", situation(), reason=Reason(reason.code, reason.detail * 50))
    assert ended.reason.code == reason.code
    assert len(ended.reason.detail) <= MAX_REASON


# ---- nobody reads words back ----

WORDS = {"reason", "ineligible", "refusal", "detail"}
READING = {name for name in dir(str) if not name.startswith("_")} - {"encode", "format"}


def _is_reason(node: ast.expr) -> bool:
    """Whether an expression is a reason or its text, as far as its name tells."""
    if isinstance(node, ast.Call):
        of_text = [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
        return any(_is_reason(each) for each in of_text) and getattr(node.func, "id", "str") == "str"
    if isinstance(node, ast.JoinedStr):
        return any(_is_reason(each.value) for each in node.values if isinstance(each, ast.FormattedValue))
    if isinstance(node, ast.Subscript):
        return _is_reason(node.value)
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) in WORDS


def words_read(source: str) -> list[str]:
    """Where a module compares the words of a reason, or takes them apart."""
    found = []
    for node in ast.walk(ast.parse(source)):
        compared = isinstance(node, ast.Compare) and any(_is_reason(each) for each in (node.left, *node.comparators))
        taken_apart = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in READING
            and _is_reason(node.func.value)
        )
        matched = isinstance(node, ast.Match) and _is_reason(node.subject)
        if compared or taken_apart or matched:
            found.append(ast.unparse(node).split("\n")[0])
    return found


@pytest.mark.parametrize(
    "source",
    [
        "record.reason.startswith('budget:')",
        "record.reason.detail.startswith('a call')",
        "str(outcome.reason).split(':')[0] == 'budget'",
        "reason == 'closed: the thread is closed'",
        "'budget' in seen.ineligible.detail",
        "f'{part.reason}'.partition(':')",
        "str(record.reason)[:7] == 'budget:'",
        "match outcome.reason:\n    case 'x': pass",
    ],
)
def test_the_check_sees_words_that_are_read(source: str) -> None:
    assert words_read(source)


@pytest.mark.parametrize("source", ["record.reason.code == CODE", "reason.code in DECIDED", "f'after {n}; {reason}'"])
def test_the_check_leaves_codes_alone(source: str) -> None:
    assert words_read(source) == []


def test_nothing_reads_the_words_of_a_reason() -> None:
    """Git's own refusals are not ours: git has no codes."""
    allowed = (PACKAGE / "domain" / "reasons.py", PACKAGE / "adapters" / "state" / "git.py")
    paths = [path for path in PACKAGE.rglob("*.py") if path not in allowed]
    found = {path.name: words for path in paths if (words := words_read(path.read_text("utf-8")))}
    assert found == {}
