"""Every key of the configuration file, each in one row, from which all else that knows the keys is made: the strict
reader, ``examples/hls.yml``, ``docs/hls.schema.json`` for editors, and the README's table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hls_action.config.models import EFFORTS
from hls_action.config.readers import (
    FLAG,
    SHARE,
    TEXT,
    TEXTS,
    USD,
    Node,
    Reader,
    list_of,
    map_of,
    one_of,
    record,
    some_of,
    whole,
)
from hls_action.config.triage import BY_CATEGORY, BY_PRIORITY
from hls_action.domain.budget.prices import GEOS, RATES, Price, Tier
from hls_action.domain.events.kinds import SETTINGS
from hls_action.domain.knowledge.guidance import Instruction
from hls_action.domain.limits.brakes import BURST, COOL_DOWN, MAX_COUNTED, Limit
from hls_action.domain.settings import CAP_STEPS, ITEM_KINDS, KindSettings
from hls_action.domain.tasks.look import MODES
from hls_action.domain.tasks.option import LEAST_TOKENS
from hls_action.domain.tasks.task import EARLIER_REVIEWS
from hls_action.domain.text.hosts import ANY, GIVEN, is_host


@dataclass(frozen=True)
class Key:
    """A key. ``path``: with its section, as in ``budget.daily_usd``; ``reader``: what it may be, None for a section.

    ``goes_to``: the field of `Settings`, which has the default, or of a part of it; ``""``: named like the path.
    ``example``: a value, as YAML on one line, that is shown where there is no default.
    """

    path: str
    reader: Reader[Any] | None
    doc: str
    goes_to: str = ""
    example: str = ""

    @property
    def section(self) -> str:
        """The section's path; ``""`` at the top."""
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The key within its section."""
        return self.path.rpartition(".")[2]

    @property
    def field(self) -> str:
        """Where in `Settings` its value goes, as in ``caps.daily``."""
        return self.goes_to or self.path


def _read_cap_steps(node: Node) -> tuple[str, ...]:
    steps = some_of(CAP_STEPS).read(node)
    if not steps or steps[-1] not in ("defer", "skip") or len(set(steps) & {"defer", "skip"}) > 1:
        raise node.error("must end with either defer or skip, which says what to do when nothing else helps.")
    return steps


def _read_host(node: Node) -> str:
    value = node.text()
    if value not in (GIVEN, ANY) and not is_host(value):
        raise node.error(f"is '{value}'; it must be a host, like docs.example.org or '*.example.org', or given or any.")
    return value


TOKENS = whole(LEAST_TOKENS, 64_000)
OF_A_KIND = record(KindSettings, {"model": TEXT, "effort": one_of(EFFORTS), "max_tokens": TOKENS})
OF_KINDS = record(
    lambda **kinds: {ITEM_KINDS[name]: own for name, own in kinds.items()}, dict.fromkeys(ITEM_KINDS, OF_A_KIND)
)
ACTIONS: Reader[dict[str, tuple[str, ...]]] = record(
    dict, {event: some_of(actions) for event, actions in SETTINGS.items()}
)
PERCENT = whole(0, 100)
HOST = Reader(_read_host, {"type": "string", "pattern": rf"^({GIVEN}|{ANY}|(\*\.)?[^\s/?#@:*]+\.[^\s/?#@:*]+)$"})
HOSTS = list_of(HOST, f"[{GIVEN}, docs.example.org]")
PATTERNS = list_of(TEXT, "[docs/*.md]")
KINDS = Reader(
    lambda node: tuple(ITEM_KINDS[name] for name in some_of(tuple(ITEM_KINDS)).read(node)),
    some_of(tuple(ITEM_KINDS)).schema,
)
INSTRUCTION = record(Instruction, {"paths": PATTERNS, "kinds": KINDS, "text": TEXT}, ("text",))
COUNT = whole(0, MAX_COUNTED)
LIMIT = record(Limit, {"hour": COUNT, "day": COUNT}, ("hour", "day"))
AT_CAP = Reader(_read_cap_steps, some_of(CAP_STEPS).schema)
TIERS = map_of(record(Tier, dict.fromkeys(RATES, USD), RATES, unit="USD per million tokens"))
PRICES = Reader(lambda node: {name: Price(name, (tier,)) for name, tier in TIERS.read(node).items()}, TIERS.schema)

# fmt: off
# A row is easier to find and to add to when it is not spread over a line for each part of it.
KEYS = (
    Key("model", TEXT, "The Claude model that answers; the workflow's input `model` wins over it."),
    Key("effort", one_of(EFFORTS), "How hard Claude thinks, as far as the model allows; without this key, as it does "
        "by itself.", example="low"),
    Key("max_tokens", TOKENS, "The most one answer may take, in tokens, what Claude thinks before it writes included."),
    Key("inference_geo", one_of(GEOS), "Where Claude thinks: anywhere, or in the US alone for 1.1 times the price; "
        "without this key, as your workspace has it, and HLS reserves the higher price.", example="global"),
    Key("kinds", OF_KINDS, f"What differs for some kinds of items ({', '.join(ITEM_KINDS)}); of items answered "
        "together the newest decides.",
        "kind_settings", "{pull_request: {model: claude-opus-5-5, effort: high}, comment: {effort: low}}"),
    Key("events", ACTIONS, "The actions to react to, by event: an event left out reacts to all that HLS knows, an "
        "empty list switches it off, and `synchronize` has every push reviewed, by whatever run comes first. The "
        "workflow's `on:` must name the same.",
        "events.named", "{issues: [opened, edited], pull_request: [opened, synchronize]}"),
    Key("labels", None, "The labels that an answer may put on an issue; HLS's own (`hls`, `hls-ignore`, "
        "`hls-waiting`) are never among them."),
    Key("labels.allow", TEXTS, "The only ones it may use; without this list, any that the repository has, but for "
        "those that machines act on, such as `automerge` or `deploy`.",
        "label_allow", "[bug, documentation, enhancement, question]"),
    Key("triage", None, "The labels and issue types that an answer's fields set, if you name them; what a person has "
        "chosen or changed stays."),
    Key("triage.priority", BY_PRIORITY, "A label for each priority that is to have one.",
        example="{urgent: P0, high: P1}"),
    Key("triage.category", BY_CATEGORY, "A label for each category that is to have one.",
        example="{bug: bug, feature: enhancement}"),
    Key("triage.needs_info", TEXT, "The label for what nobody can start work on yet; HLS takes it off once the answer "
        "has come.", example="needs info"),
    Key("triage.types", BY_CATEGORY, "An issue type of your organization for each category that is to have one.",
        example="{bug: Bug, feature: Feature}"),
    Key("least_confidence", SHARE, "Below this, from 0 to 1, a reply that nobody asked for is not posted; labels are "
        "set all the same."),
    Key("security_contact", TEXT, "Where HLS points to when a thread seems to report a security hole in public: an "
        "`https` address, an e-mail address, or the path of a file; without this key, the repository's own form for "
        "private reports.", example="SECURITY.md"),
    Key("links", None, "Where the links of a reply may lead; what leads elsewhere is shown as text."),
    Key("links.hosts", HOSTS, "The hosts, besides this GitHub: `given` for each that occurs in what Claude was given "
        "(the thread, the maintainers' files and the project's code), `any` for all, and hosts of yours, like "
        "`docs.example.org` or `'*.example.org'`; an empty list for none.", "link_hosts"),
    Key("review", one_of(EARLIER_REVIEWS), "What becomes of earlier reviews when a pull request is reviewed anew: "
        "`fold` hides them as outdated, `replace` puts the new one in the place of the last, `new` leaves them; a "
        "reply that also answers somebody stays as it is."),
    Key("eyes", FLAG, "Whether HLS puts an 👀 on a request while it is at work on it, and takes it off at the end."),
    Key("follow_up", FLAG, "Whether an issue's author who answers what HLS asked is heard without a mention, twice at "
        "most. Meanwhile the issue has the label `hls-waiting`, which HLS sets and takes off itself."),
    Key("remind_after_days", whole(0, 365), "After so many days a sweep reminds an author who has not answered what "
        "HLS asked, once; 0 for never. Nothing is ever closed."),
    Key("knowledge", None, "What Claude knows of the project, besides the maintainers' own instructions in "
        "`.github/hls.md`, all of it as it is on the default branch."),
    Key("knowledge.files", PATTERNS, "Files to look things up in, by patterns as in `.gitignore`; without this key, "
        "README, CONTRIBUTING and SECURITY, where they are.", "reference_files", "[README.md, docs/*.md]"),
    Key("knowledge.code", FLAG, "Whether Claude is shown the functions that a thread is most likely about; without "
        "this key, where the repository is public.", "code", "true"),
    Key("knowledge.look", one_of(MODES), "When a look comes before the answer, a cheap call that chooses which code "
        "and issues Claude is shown: `auto` for where the ranking of code is unsure, `on` for wherever it can decide "
        "anything, `off` for never. Where nobody asked, the look also decides whether an answer is due.", "look"),
    Key("knowledge.look_model", TEXT, "The model that takes the look before an answer.", "look_model"),
    Key("knowledge.issues", FLAG, "Whether HLS looks for related issues, of which sweeps keep an index on a branch, "
        "`hls-state-index`.", "issues"),
    Key("instructions", list_of(INSTRUCTION, "[{paths: [docs/], text: Check links.}]"), "What is wanted for some items "
        f"alone: of some `kinds` ({', '.join(ITEM_KINDS)}), or pull requests that change files of some `paths`.",
        example="[{paths: [migrations/], kinds: [pull_request], text: Ask how it can be undone.}]"),
    Key("ignore", PATTERNS, "Files that no review reads, by patterns as in `.gitignore`; the reply says which were "
        "left out.", example="[dist/, '*.lock', '*.min.js']"),
    Key("budget", None, "The most that Claude may cost, in US dollars, by UTC days and months, for all runs "
        "together: a call whose worst case could pass a cap is not made."),
    Key("budget.per_call_usd", USD, "The cap for one call.", "caps.call", "0.50"),
    Key("budget.per_item_usd", USD, "The cap for one reply, tried again or not.", "caps.item", "0.50"),
    Key("budget.per_thread_usd", USD, "The cap for one thread, over two months.", "caps.thread", "1.00"),
    Key("budget.per_actor_daily_usd", USD, "The cap for what one account may have answered in a day.",
        "caps.actor_daily", "1.00"),
    Key("budget.daily_usd", USD, "The cap for a day; with 0 HLS answers nothing.", "caps.daily"),
    Key("budget.monthly_usd", USD, "The cap for a month.", "caps.monthly", "15.00"),
    Key("budget.kept_for_writers", PERCENT, "Percent of the day's cap that is kept for people with write access; with "
        "0, here or in one of the five keys below, that bound is off.", "shares.kept_for_writers"),
    Key("budget.kept_for_issues", PERCENT, "Percent of the day's cap that, beyond `kept_for_writers`, replies to "
        "comments leave for first answers to issues and pull requests.", "shares.kept_for_issues"),
    Key("budget.per_stranger", PERCENT, "Percent of the day's cap that one account without write access may "
        "have.", "shares.per_stranger"),
    Key("budget.answers_per_stranger", whole(0, 1_000_000), "The most answers a day for one account without write "
        "access.", "shares.answers_per_stranger"),
    Key("budget.newcomers", PERCENT, "Percent of the day's cap for all accounts together that HLS has not "
        "met before that day.", "shares.newcomers"),
    Key("budget.bots", PERCENT, "Percent of the day's cap for all bots together that the workflow's input "
        "`allow-bots` names.", "shares.bots"),
    Key("budget.at_cap", AT_CAP, "What is tried at a cap, in order: `cheaper_model` and `shorter_context`, if you "
        "name them, and at the end `defer` (to the next day or month) or `skip`.", "at_cap"),
    Key("budget.cheaper_model", TEXT, "The model that `at_cap` may turn to.", "cheaper_model", "claude-haiku-5-5"),
    Key("budget.notice", FLAG, "Whether somebody who asked is told, once, that a cap keeps the answer "
        "back, and until when.", "notice"),
    Key("limits", None, "The most answers that HLS gives in any hour and any 24 hours; 0 for no limit. What comes "
        "beyond that waits until there is room. People with write access are not limited as accounts."),
    Key("limits.per_actor", LIMIT, "The limit for one account."),
    Key("limits.per_thread", LIMIT, f"The limit for one thread. Unless `hour` is 0, what comes after "
        f"{BURST} answers in {COOL_DOWN.seconds // 60} minutes waits, too, and is answered together."),
    Key("limits.per_repository", LIMIT, "The limit for all threads together."),
    Key("alerts", None, "When people hear of it, each threshold once a day (of the month's cap: once a month): as a "
        "warning on the run, in one issue of HLS's own, and by the webhook that the workflow's input `alert-webhook` "
        "names."),
    Key("alerts.at", list_of(whole(1, 100), "[50, 80, 100]"), "Percent of the day's and the month's cap."),
    Key("alerts.failed", whole(0, 1_000_000), "So many failed items in a day; 0 for never."),
    Key("alerts.error_rate", whole(0, 100), "Percent of a day's items (5 at least) that failed or wait; 0 for never."),
    Key("alerts.sweep_days", whole(0, 1_000), "So many days without a sweep, where there was one before; 0 for never."),
    Key("alerts.issue", FLAG, "Whether HLS opens that issue, which it closes when the period is over."),
    Key("prices", PRICES, "USD per million tokens, for models that HLS has no price for: what cannot be priced "
        "cannot be capped.",
        example="{my-model: {input: 3, output: 15, cache_write_5m: 3.75, cache_write_1h: 6, cache_read: 0.30}}"),
    Key("sweep", None, "What one sweep looks at."),
    Key("sweep.hours", whole(1, 24 * 90), "How far back the first one looks for what has no answer yet; later ones "
        "begin where the last one ended.", "sweep_hours"),
    Key("sweep.threads", whole(1, 256), "How many threads it answers.", "sweep_threads"),
    Key("sweep.workers", whole(1, 8), "How many threads it answers at once.", "sweep_workers"),
)
# fmt: on

REMOVED = {
    "sweep.batch": " Message batches were removed; a sweep now answers at once. Delete this line.",
    "precheck": " `knowledge.look` took its place: delete this section, and write `knowledge: {look: on}` to have a "
    "cheap call before every answer, with your model as `look_model` there.",
}
"""Keys of earlier versions, and what to do about them."""
