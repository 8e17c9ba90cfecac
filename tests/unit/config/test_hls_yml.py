"""The configuration file, read strictly."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action import data
from hls_action.config.hls_yml import MAX_BYTES, parse
from hls_action.config.models import EFFORTS
from hls_action.domain.alerts import Rules
from hls_action.domain.budget.budget import Caps
from hls_action.domain.budget.prices import Usage
from hls_action.domain.budget.shares import Shares
from hls_action.domain.errors import ConfigError
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.limits.brakes import Limit, Limits
from hls_action.domain.settings import Settings
from hls_action.domain.tasks.answer import Category
from hls_action.domain.tasks.look import MODES, Mode
from hls_action.domain.tasks.marks import TriageRules
from hls_action.domain.tasks.task import EARLIER_REVIEWS, EarlierReview

FILE = ".github/hls.yml"

WHOLE = """\
model: claude-opus-5-5
effort: high
max_tokens: 4000
events:
  issues: [opened]
  issue_comment: []
labels:
  allow: [bug, "good first issue"]
triage:
  priority: {urgent: P0, none: untriaged}
  category: {bug: security}
  needs_info: needs info
  types: {feature: Feature}
least_confidence: 0.4
security_contact: SECURITY.md
links: {hosts: [given, "*.example.org"]}
review: replace
knowledge: {code: true, look: "on", look_model: my-model}
budget:
  daily_usd: 0.50
  monthly_usd: 12
  per_call_usd: 0.10
  per_item_usd: 0.20
  per_thread_usd: 1
  per_actor_daily_usd: 0.40
  kept_for_writers: 30
  kept_for_issues: 0
  per_stranger: 5
  answers_per_stranger: 7
  newcomers: 100
  bots: 1
  at_cap: [cheaper_model, shorter_context, skip]
  cheaper_model: my-model
  notice: true
limits:
  per_actor: {hour: 2, day: 5}
  per_thread: {hour: 0, day: 0}
alerts:
  at: [90]
  failed: 2
  error_rate: 0
  sweep_days: 9
  issue: false
prices:
  my-model: {input: 1, output: 2.5, cache_write_5m: 1.25, cache_write_1h: 2, cache_read: 0.1}
sweep:
  hours: 48
  threads: 5
  workers: 2
"""


def read(text: str, model: str = "") -> Settings:
    return parse(text, FILE, data.prices(), model=model)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "labels:\nbudget:\n"])
def test_no_settings_are_the_defaults(text: str) -> None:
    assert read(text) == Settings()


def test_every_key() -> None:
    settings = read(WHOLE)
    assert (settings.model, settings.effort, settings.max_tokens) == ("claude-opus-5-5", "high", 4000)
    assert settings.link_hosts == ("given", "*.example.org")
    assert settings.events == EventPolicy({"issues": ("opened",), "issue_comment": ()})
    assert settings.label_allow == ("bug", "good first issue")
    types: dict[Category, str] = {"feature": "Feature"}
    assert settings.triage == TriageRules(
        {"urgent": "P0", "none": "untriaged"}, {"bug": "security"}, "needs info", types
    )
    assert (settings.least_confidence, settings.security_contact) == (0.4, "SECURITY.md")
    assert settings.review == "replace"
    assert (settings.code, Settings().code) == (True, None)
    assert settings.caps == Caps(
        call=Decimal("0.10"),
        item=Decimal("0.20"),
        thread=Decimal(1),
        actor_daily=Decimal("0.40"),
        daily=Decimal("0.50"),
        monthly=Decimal(12),
    )
    assert settings.shares == Shares(30, 0, 5, 7, 100, 1)
    assert (settings.at_cap, settings.cheaper_model) == (("cheaper_model", "shorter_context", "skip"), "my-model")
    assert settings.notice
    assert settings.limits == Limits(per_actor=Limit(2, 5), per_thread=Limit(0, 0))
    assert (settings.look, settings.look_model) == ("on", "my-model")
    assert settings.alerts == Rules(at=(90,), failed=2, error_rate=0, sweep_days=9, issue=False)
    assert settings.prices["my-model"].cost(Usage(input=1_000_000, output=1_000_000)) == Decimal("3.5")
    assert (settings.sweep_hours, settings.sweep_threads, settings.sweep_workers) == (48, 5, 2)


def test_kinds_of_items_may_be_answered_in_another_manner() -> None:
    text = "effort: low\nkinds:\n  pull_request: {model: claude-opus-5-5, max_tokens: 9000}\n  comment: {effort: high}"
    settings = read(text)
    pull, comment, issue = (settings.for_kind(kind) for kind in ("pull", "comment", "issue"))
    assert (pull.model, pull.effort, pull.max_tokens) == ("claude-opus-5-5", "low", 9_000)
    assert (comment.model, comment.effort, comment.max_tokens) == (Settings().model, "high", 8_000)
    assert issue == settings
    assert read(text, model="claude-haiku-5-5").for_kind("pull").model == "claude-haiku-5-5", "the input wins"


EFFORT_ERRORS = [
    pytest.param(
        "effort: low\nmodel: claude-haiku-4-5", "", 1, "effort", "it supports none: delete this line", id="none"
    ),
    pytest.param(
        "model: claude-opus-4-5\neffort: max",
        "",
        2,
        "effort",
        "it supports low, medium, high.",
        id="all but the hardest",
    ),
    pytest.param("effort: xhigh\nmodel: claude-opus-4-6", "", 1, "effort", "low, medium, high, max.", id="a gap"),
    pytest.param(
        "\neffort: low", "claude-haiku-4-5", 2, "effort", "(input 'model') does not support", id="by the input"
    ),
    pytest.param(
        "kinds:\n  comment:\n    model: claude-haiku-4-5\n    effort: low",
        *("", 4, "kinds.comment.effort", "which claude-haiku-4-5 (.github/hls.yml, line 3: `kinds.comment.model`)"),
        id="for a kind",
    ),
    pytest.param(
        "model: claude-haiku-4-5\nkinds:\n  issue: {effort: low}",
        "",
        3,
        "kinds.issue.effort",
        "it supports none",
        id="its own",
    ),
    pytest.param(
        "effort: max\nkinds: {issue: {model: claude-opus-4-5}}", "", 1, "effort", "low, medium, high.", id="taken over"
    ),
]


@pytest.mark.parametrize(("text", "model", "line", "key", "right"), EFFORT_ERRORS)
def test_an_effort_that_the_model_lacks_is_refused(text: str, model: str, line: int, key: str, right: str) -> None:
    """Else every answer would fail: the API refuses such a request."""
    with pytest.raises(ConfigError) as raised:
        read(text, model)
    assert str(raised.value).startswith(f"{FILE}, line {line}: `{key}` is ")
    assert right in str(raised.value)


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("model", data.prices())
def test_just_the_efforts_in_the_table_are_taken(model: str, effort: str) -> None:
    text = f"model: {model}\neffort: {effort}"
    if effort in (data.prices()[model].efforts or ()):
        assert read(text).effort == effort
    else:
        with pytest.raises(ConfigError, match=rf"`effort` is '{effort}', which {model} "):
            read(text)


def test_an_effort_for_all_is_none_for_a_kind_whose_model_has_none() -> None:
    assert read("effort: high\nkinds: {comment: {model: claude-haiku-4-5}}").for_kind("comment").effort == "high"
    assert not data.prices()["claude-haiku-4-5"].takes("high"), "and so it is left out of the request"


def test_a_price_of_ones_own_leaves_what_else_is_known_of_a_model() -> None:
    price = "prices:\n  claude-opus-4-5: {input: 1, output: 2, cache_write_5m: 1, cache_write_1h: 1, cache_read: 1}"
    mine = read(price).prices["claude-opus-4-5"]
    assert (mine.efforts, mine.us_inference, mine.as_of) == (("low", "medium", "high"), False, None)
    assert read(WHOLE).prices["my-model"].takes("max"), "of a model that is not in the table nothing is known"


@pytest.mark.parametrize("geo", ["global", "us"])
def test_where_claude_is_to_think(geo: str) -> None:
    assert read(f"inference_geo: {geo}").inference_geo == geo
    assert read("").inference_geo == "", "as the workspace has it"


def test_a_model_that_cannot_be_told_where_to_run_is_refused_where_that_matters() -> None:
    assert read("inference_geo: global\nmodel: claude-haiku-4-5").inference_geo == "global"
    with pytest.raises(ConfigError, match=r"line 1: `inference_geo` is 'us', and .*line 2: `budget.cheaper_model` is"):
        read("inference_geo: us\nbudget: {cheaper_model: claude-haiku-4-5}")


def test_a_cheaper_model_needs_a_price_as_well() -> None:
    with pytest.raises(
        ConfigError, match=rf"^{FILE}, line 2: `budget.cheaper_model` is 'gpt-2', which has no known price"
    ):
        read("model: claude-opus-5-5\nbudget: {cheaper_model: gpt-2}")


def test_what_is_left_out_keeps_its_default() -> None:
    assert read("sweep: {threads: 3}") == replace(Settings(), sweep_threads=3)
    assert read("sweep: {hours: 3}") == replace(Settings(), sweep_hours=3)
    assert read("events: {issues: []}").events == EventPolicy({"issues": ()})
    assert read("labels: {}") == Settings()


def test_the_input_model_wins() -> None:
    assert read(WHOLE, model="my-model").model == "my-model"
    assert read("", model="claude-opus-5-5").model == "claude-opus-5-5"


@pytest.mark.parametrize("review", EARLIER_REVIEWS)
def test_what_becomes_of_an_earlier_review(review: EarlierReview) -> None:
    assert read(f"review: {review}") == replace(Settings(), review=review)
    assert read("").review == "fold"


@pytest.mark.parametrize("mode", MODES)
def test_when_to_look_takes_no_quotes(mode: Mode) -> None:
    """Though YAML 1.1 has truth values by the names of two of them."""
    assert read(f"knowledge: {{look: {mode}}}").look == mode


def test_nobody_needs_a_price_for_a_look_that_is_never_made() -> None:
    assert read("knowledge: {look: off, look_model: gpt-2}").look_model == "gpt-2"


def test_an_empty_list_of_labels_allows_none() -> None:
    assert read("labels: {allow: []}").label_allow == ()
    assert read("").label_allow is None


WRONG = [
    pytest.param("triage: {priority: {urgnt: P0}}", 1, "triage.priority.urgnt", "Did you mean 'urgent'?", id="a value"),
    pytest.param(
        "triage:\n  needs_info: HLS", 2, "triage.needs_info", "names 'hls', by which people", id="an own label"
    ),
    pytest.param(
        "triage:\n  priority: {urgent: X}\n  category: {bug: x}",
        3,
        "triage.category",
        "as does `triage.priority`",
        id="twice",
    ),
    pytest.param("least_confidence: 40", 1, "least_confidence", "a number from 0 to 1, like 0.4", id="a percentage"),
    pytest.param("least_confidence: nan", 1, "least_confidence", "a number from 0 to 1, like 0.4", id="no share"),
    pytest.param("limits:\n  per_actor: {hour: 5}", 2, "limits.per_actor", "is missing day", id="half a limit"),
    pytest.param(
        "limits: {per_thread: {hour: 1, day: 1001}}",
        1,
        "limits.per_thread.day",
        "0 to 1000",
        id="too high",
    ),
    pytest.param("modle: x", 1, "modle", "Did you mean 'model'?", id="a key with a typing mistake"),
    pytest.param("\nzzz: x", 2, "zzz", "Keys allowed here: model, effort", id="a key like no other"),
    pytest.param("budget:\n  dayly_usd: 1", 2, "budget.dayly_usd", "Did you mean 'daily_usd'?", id="a key inside"),
    pytest.param("precheck: {model: x}", 1, "precheck", "write `knowledge: {look: on}`", id="another that is gone"),
    pytest.param("knowledge: {look: never}", 1, "knowledge.look", "must be one of auto, on, off", id="no mode"),
    pytest.param("sweep:\n  batch: true", 2, "sweep.batch", "Message batches were removed", id="a key that is gone"),
    pytest.param("effort: low\neffort: high", 2, "effort", "is defined twice", id="a key twice"),
    pytest.param("- model", 1, "", "must be a mapping of keys to values", id="a list for a file"),
    pytest.param("labels: [bug]", 1, "labels", "must be a mapping", id="a list for a mapping"),
    pytest.param("labels:\n  allow: bug", 2, "labels.allow", "must be a list, like [bug", id="a text for a list"),
    pytest.param("labels:\n  allow:\n", 2, "labels.allow", "must be a list", id="nothing for a list"),
    pytest.param(
        "labels:\n  allow:\n  - bug\n  - [a]", 4, "labels.allow[1]", "must be a string", id="a list for a text"
    ),
    pytest.param("model:", 1, "model", "must be a string", id="nothing for a text"),
    pytest.param('model: " "', 1, "model", "must be a string", id="white space for a text"),
    pytest.param("effort: hihg", 1, "effort", "is 'hihg'; it must be one of low", id="an unknown effort"),
    pytest.param("effort: hihg", 1, "effort", "Did you mean 'high'?", id="the nearest effort"),
    pytest.param("inference_geo: eu", 1, "inference_geo", "must be one of global, us", id="a place"),
    pytest.param("max_tokens: 100", 1, "max_tokens", "a whole number from 256 to 64000", id="too few tokens"),
    pytest.param("max_tokens: 1e4", 1, "max_tokens", "is '1e4'; it must be a whole number", id="an odd number"),
    pytest.param("events:\n  issues: [open]", 2, "events.issues", "Did you mean 'opened'?", id="an unknown action"),
    pytest.param("events:\n  push: []", 2, "events.push", "is not a known key", id="an unknown event"),
    pytest.param("budget:\n  daily_usd: -1", 2, "budget.daily_usd", "an amount in USD of 0 or more", id="debts"),
    pytest.param("budget:\n  daily_usd: .nan", 2, "budget.daily_usd", "an amount in USD", id="not a number"),
    pytest.param("budget:\n  monthly_usd: Infinity", 2, "budget.monthly_usd", "an amount in USD", id="no limit"),
    pytest.param("budget:\n  daily_usd: 5 USD", 2, "budget.daily_usd", "is '5 USD'", id="a unit"),
    pytest.param("kinds:\n  pull: {}", 2, "kinds.pull", "Did you mean 'pull_request'?", id="an unknown kind"),
    pytest.param("kinds:\n  issue: {efort: low}", 2, "kinds.issue.efort", "Did you mean 'effort'?", id="its key"),
    pytest.param("links: {hosts: given}", 1, "links.hosts", "must be a list, like [given, docs.ex", id="one host"),
    pytest.param("links:\n  hosts: [https://a.test]", 2, "links.hosts[0]", "it must be a host, like", id="an address"),
    pytest.param("links:\n  hosts: [a.test, none]", 2, "links.hosts[1]", "or given or any.", id="no host"),
    pytest.param("review: fould", 1, "review", "one of fold, replace, new. Did you mean 'fold'?", id="a review"),
    pytest.param("review: {again: new}", 1, "review", "must be a string", id="a mapping for a review"),
    pytest.param("budget:\n  notice: maybe", 2, "budget.notice", "must be one of true, false", id="a notice"),
    pytest.param("alerts:\n  at: 50", 2, "alerts.at", "must be a list, like [50, 80, 100]", id="one threshold"),
    pytest.param("alerts:\n  at: [50, 120]", 2, "alerts.at[1]", "a whole number from 1 to 100", id="more than all"),
    pytest.param("alerts:\n  error_rate: often", 2, "alerts.error_rate", "from 0 to 100", id="a rate"),
    pytest.param("alerts:\n  isue: false", 2, "alerts.isue", "Did you mean 'issue'?", id="a key of alerts"),
    pytest.param(
        "budget:\n  at_cap: [stop]", 2, "budget.at_cap", "allowed values are cheaper_model, shorter", id="a rung"
    ),
    pytest.param("budget:\n  at_cap: [shorter_context]", 2, "budget.at_cap", "must end with either", id="no last rung"),
    pytest.param("budget:\n  at_cap: [skip, defer]", 2, "budget.at_cap", "must end with either", id="two last rungs"),
    pytest.param("budget:\n  at_cap: []", 2, "budget.at_cap", "must end with either", id="no rung"),
    pytest.param(
        "budget:\n  at_cap: [cheaper_model, skip]",
        2,
        "budget.at_cap",
        "`budget.cheaper_model` is not set",
        id="which model",
    ),
    pytest.param("prices:\n  m:\n    input: 1", 3, "prices.m", "is missing output, cache_write_5m", id="half a price"),
    pytest.param("prices:\n  m: {inptu: 1}", 2, "prices.m.inptu", "Did you mean 'input'?", id="a rate's name"),
    pytest.param("sweep:\n  hours: 0", 2, "sweep.hours", "a whole number from 1 to 2160", id="no time"),
    pytest.param("sweep:\n  threads: 257", 2, "sweep.threads", "a whole number from 1 to 256", id="too many threads"),
    pytest.param("effort: low\nmodel: claude-sonet-5-5", 2, "model", "Did you mean 'claude-sonnet-5-5'", id="a model"),
]


@pytest.mark.parametrize(("text", "line", "key", "problem"), WRONG)
def test_what_is_wrong_is_named_with_its_place(text: str, line: int, key: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(text)
    message = str(raised.value)
    assert message.startswith(f"{FILE}, line {line}: " + (f"`{key}` " if key else ""))
    assert problem in message


def test_a_model_without_a_price_says_what_to_add() -> None:
    with pytest.raises(ConfigError, match="is 'gpt-2', which has no known price") as raised:
        read("model: gpt-2")
    addition = str(raised.value).split("tokens:\n", 1)[1]
    assert read(f"model: gpt-2\n{addition}").model == "gpt-2"


def test_a_wrong_input_is_not_blamed_on_the_file() -> None:
    with pytest.raises(ConfigError, match=r"^input 'model' is 'claude-x', which has no known price"):
        read("effort: low", model="claude-x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: [1", f"{FILE}, line 1: not valid YAML", id="unclosed"),
        pytest.param("a: b\n\tc: d", f"{FILE}, line 2: not valid YAML", id="a tab"),
        pytest.param("model: x\n---\nmodel: y", f"{FILE}, line 2: not valid YAML", id="two documents"),
        pytest.param("model: *x", f"{FILE}, line 1: not valid YAML", id="an unknown alias"),
        pytest.param("model: \x00", f"{FILE}: not valid YAML", id="a control character"),
        pytest.param("[" * 5_000, f"{FILE}: nested too deeply", id="deeply nested"),
        pytest.param("#" * (MAX_BYTES + 1), f"{FILE}: the file is larger than 256 KiB", id="too large"),
    ],
)
def test_what_is_no_yaml_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        read(text)


def test_nothing_in_the_file_is_executed() -> None:
    with pytest.raises(ConfigError, match=r"`model` must be a string|line 1"):
        read("model: !!python/object/apply:os.getcwd []")


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(["model", ": ", "\n", "  ", "- ", "[", "]", "x", "&a", "*a", "{"])))
)
def test_any_text_is_settings_or_a_configuration_error(text: str | list[str]) -> None:
    try:
        settings = read(text if isinstance(text, str) else "".join(text))
    except ConfigError:
        return
    assert settings.model in data.prices()
