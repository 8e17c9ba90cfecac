"""The line, straight: what is open in this thread, what does Claude say, and what follows from it.

A run is only woken by an event; what it does follows from the thread as it is now. It therefore makes no difference
whether it runs for the event, for a repeat of it, for a later one, or from a sweep.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from string import Template

from hls_action.domain import context, items, prompt, reply
from hls_action.domain.answer import Answer, parse_answer
from hls_action.domain.items import EventPolicy, Item, OpenItems
from hls_action.domain.outcome import Outcome, failed, skipped
from hls_action.domain.policy import Settings
from hls_action.domain.pricing import Price, Usage, token_bound
from hls_action.domain.relevance import GateRules
from hls_action.domain.thread import Comment, Label, Thread, ThreadKind
from hls_action.early import Early
from hls_action.errors import (
    AnswerInvalid,
    AnswerRejected,
    AnswerTruncated,
    BudgetExceeded,
    HLSError,
    ModelRefused,
    SyntheticAnswerRefused,
    ThreadUnavailable,
    UpstreamError,
    UsageError,
)
from hls_action.ports import ChatModel, Clock, GitHub, ModelReply, ModelRequest
from hls_action.publishing import Publisher
from hls_action.retry import Retrier

MAX_FILES = 3_000
"""GitHub lists no more of a pull request's files."""

WIDEST = EventPolicy(every_push=True)
"""Finds everything that any settings could make open: a duplicate is known before the settings are read."""

MAX_CALL_SECONDS = 300.0
TIME_TO_FINISH = 15.0
"""Seconds kept back from Claude for posting the answer."""


@dataclass(frozen=True)
class Wake:
    """Why a run looks at a thread.

    ``event`` and ``action`` are empty for a sweep and for a re-run by hand, which no concurrency group keeps apart from
    the thread's own runs. ``repeated``: somebody ran the same event's run again. ``since``: leave alone what is older.
    ``settled_by``: leave the whole thread alone when it changed after this.
    """

    number: int
    kind: ThreadKind | None = None
    event: str = ""
    action: str = ""
    repeated: bool = False
    since: datetime | None = None
    settled_by: datetime | None = None

    @property
    def just_opened(self) -> bool:
        """Whether an issue whose count says that it has no comments is believed: right after an answer, it may lag."""
        return self.event == "issues" and self.action == "opened" and not self.repeated


@dataclass(frozen=True)
class Materials:
    """What the line is made with, besides the ports: the shipped files, and what the maintainers decided.

    ``seconds``: how long a whole run may take.
    """

    repository: str
    rules: GateRules
    templates: prompt.Templates
    footer: str
    schema: Mapping[str, object]
    prices: Mapping[str, Price]
    parse_settings: Callable[[str | None], Settings]
    config_path: str
    dry_run: bool = False
    seconds: float = 480.0


@dataclass
class Spent:
    """What one thread's run has cost so far, kept even when it fails later."""

    model: str = ""
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = None


class Line:
    """Answers threads of one repository, within one deadline and one cap for all of them.

    ``model`` is called for when first needed: it is slow to build.
    """

    def __init__(self, github: GitHub, model: Callable[[], ChatModel], clock: Clock, materials: Materials) -> None:
        self._github = github
        self._model = model
        self._clock = clock
        self._materials = materials
        self._retrier = Retrier(clock, materials.seconds)
        self._publisher = Publisher(github, clock, self._retrier)
        self._committed = Decimal(0)

    @property
    def now(self) -> datetime:
        """The current time, UTC."""
        return self._clock.now()

    @property
    def out_of_time(self) -> bool:
        """Whether there is no time left to begin another thread."""
        return self._retrier.remaining <= TIME_TO_FINISH

    def settings(self) -> Settings:
        """What the maintainers configured, read from the default branch. Errors: `ConfigError`, `UpstreamError`."""
        path = self._materials.config_path
        return self._materials.parse_settings(self._retrier.call(lambda: self._github.file(path)))

    def threads(self, since: datetime, limit: int) -> tuple[int, ...]:
        """Open threads that changed since, the longest untouched first."""
        return self._retrier.call(lambda: self._github.open_threads(since, limit))

    def answer(self, wake: Wake) -> Outcome:
        """Answer whatever is open in a thread, in one reply. Expected errors end as a failed outcome."""
        spent = Spent()
        try:
            outcome = self._answer(wake, spent)
        except UsageError:
            raise
        except ThreadUnavailable as error:
            outcome = skipped(f"{error.code}: {error}", number=wake.number)
        except HLSError as error:
            outcome = failed(error.code, str(error), number=wake.number)
        return replace(outcome, model=spent.model, usage=spent.usage, cost_usd=spent.cost)

    def _answer(self, wake: Wake, spent: Spent) -> Outcome:
        thread = self._read(wake)
        if wake.settled_by is not None and thread.updated_at > wake.settled_by:
            return skipped("too-fresh: a run of its own may be answering it", number=thread.number)
        owed = self._open(thread, WIDEST, wake)  # what nobody could want needs no further request
        if not owed.items:
            return _nothing_owed(thread, owed)
        files = Early(partial(self._with_files, thread))
        labels = Early(partial(self._repository_labels, owed.items, wake))
        settings = self.settings()
        thread, repository_labels = files(), labels()
        unwanted = settings.events.refusal(wake.event, wake.action)
        if unwanted:
            return skipped(unwanted, number=thread.number)
        owed = self._open(thread, settings.events, wake)
        if not owed.items:
            return _nothing_owed(thread, owed)
        allowed = reply.settable(settings.label_allow, repository_labels)
        answered = self._ask(thread, owed.items, allowed, settings, spent)
        if not wake.event and not self._still_open(thread, owed):
            return skipped("already-answered: another run was faster", number=thread.number)
        return self._publish(thread, owed, allowed, answered)

    # ---- reading ----

    def _read(self, wake: Wake) -> Thread:
        if not wake.just_opened:
            comments = Early(partial(self._comments, wake.number))
            return _with_comments(self._thread(wake), comments())
        thread = self._thread(wake)
        return _with_comments(thread, self._comments(wake.number)) if thread.comment_total else thread

    def _thread(self, wake: Wake) -> Thread:
        return self._retrier.call(lambda: self._github.thread(wake.number, wake.kind))

    def _comments(self, number: int) -> tuple[Comment, ...]:
        return self._retrier.call(lambda: self._github.comments(number))

    def _own(self, thread: Thread) -> frozenset[str]:
        """Which of the logins that left markers in the thread are ours."""
        return frozenset(
            login
            for login in items.marker_authors(thread)
            if self._retrier.call(lambda: self._github.is_own(login))  # noqa: B023 - called at once
        )

    def _open(self, thread: Thread, events: EventPolicy, wake: Wake) -> OpenItems:
        pushed = wake.action == "synchronize"
        return items.open_items(
            thread, self._own(thread), self._materials.rules, events, pushed=pushed, since=wake.since
        )

    def _still_open(self, thread: Thread, owed: OpenItems) -> bool:
        """Look once more right before posting, where no concurrency group keeps other runs off the thread."""
        now = _with_comments(thread, self._comments(thread.number))
        answered = items.answered(now, self._own(now))
        return not all(items.has_answer(item, answered) for item in owed.items)

    def _with_files(self, thread: Thread) -> Thread:
        if thread.pull is None:
            return thread
        files = self._retrier.call(lambda: self._github.files(thread.number, MAX_FILES))
        total = max(thread.pull.file_total, len(files))
        return replace(thread, pull=replace(thread.pull, files=files, file_total=total))

    def _repository_labels(self, owed: tuple[Item, ...], wake: Wake) -> tuple[Label, ...]:
        """The repository's labels, where an answer may set them: on an issue that is answered as such.

        Pull requests and replies to comments are labelled only from a configured list, which needs no request.
        """
        if wake.event == "issue_comment" or not any(item.kind in ("issue", "label") for item in owed):
            return ()
        return self._retrier.call(self._github.labels)

    # ---- asking ----

    def _ask(
        self, thread: Thread, owed: tuple[Item, ...], allowed: tuple[Label, ...], settings: Settings, spent: Spent
    ) -> tuple[Answer, ModelReply]:
        read = context.build(thread, items.requests(thread, owed, self._materials.rules))
        composed = prompt.compose(self._materials.templates, self._materials.repository, allowed, read, owed)
        price = settings.prices.get(settings.model) or self._materials.prices[settings.model]
        size = composed.size_in_bytes + len(json.dumps(self._materials.schema))
        worst = price.worst_case(token_bound(size), settings.max_tokens)
        model = self._model()

        def attempt() -> ModelReply:
            self._check_budget(worst, settings)
            spent.model = settings.model
            request = ModelRequest(
                model=settings.model,
                prompt=composed,
                schema=self._materials.schema,
                max_tokens=settings.max_tokens,
                timeout=max(1.0, min(MAX_CALL_SECONDS, self._retrier.remaining - TIME_TO_FINISH)),
                effort=settings.effort,
            )
            try:
                return model.complete(request)
            except UpstreamError as error:
                # An error that came as an answer is not billed; of a call whose answer was lost, nobody knows.
                if error.fault.kind != "status" and error.fault.may_have_taken_effect:
                    self._committed += worst
                raise

        answered = self._retrier.call(attempt)
        spent.model = answered.model or settings.model
        spent.usage = answered.usage
        spent.cost = price.cost(answered.usage)
        self._committed += spent.cost
        return read_answer(answered), answered

    def _check_budget(self, worst: Decimal, settings: Settings) -> None:
        """Refuse a call that could pass a cap, with what this run spent before. Errors: `BudgetExceeded`."""
        cap = min(cap for cap in (settings.daily_usd, settings.monthly_usd) if cap is not None)
        if self._committed + worst > cap:
            before = f" after {self._committed:.4f} USD in this run" if self._committed else ""
            raise BudgetExceeded(
                f"a call could cost {worst:.4f} USD{before}, and the cap is {cap} USD; "
                "raise `budget` or choose a cheaper `model`"
            )

    # ---- publishing ----

    def _publish(
        self, thread: Thread, owed: OpenItems, allowed: tuple[Label, ...], answered: tuple[Answer, ModelReply]
    ) -> Outcome:
        answer, source = answered
        if source.synthetic and self._github.is_real:
            raise SyntheticAnswerRefused("an offline sample answer is never posted to a real repository")
        footer = Template(self._materials.footer).substitute(model=source.model, mention=self._materials.rules.mention)
        planned = reply.plan(
            answer,
            (*owed.items, *owed.passed_over),
            allowed,
            thread.labels,
            footer=footer.strip(),
            synthetic=source.synthetic,
        )
        outcome = Outcome(
            status="done",
            reason=f"answered: {', '.join(item.key for item in owed.items)}",
            number=thread.number,
            labels=planned.new_labels,
            dropped_labels=planned.dropped_labels,
            items=owed.items,
            answer=answer,
            body=planned.body,
            synthetic=source.synthetic,
        )
        if self._materials.dry_run:
            return replace(outcome, dry_run=True, reason=f"dry-run: nothing was posted; {outcome.reason}")
        note = self._publisher.add_labels(thread.number, planned.new_labels)
        comment = self._publisher.post_once(thread.number, planned.body)
        if note:
            outcome = replace(outcome, notes=(note,), labels=())
        return replace(outcome, comment_url=comment.url)


def read_answer(answered: ModelReply) -> Answer:
    """The validated answer in a reply. Errors: `AnswerRejected`, when it must not be posted."""
    match answered.stop_reason:
        case "refusal":
            raise ModelRefused(answered.refusal or "Claude declined to answer this thread")
        case "max_tokens":
            raise AnswerTruncated("the answer did not fit in max_tokens; raise `max_tokens` in the configuration")
        case "model_context_window_exceeded":
            raise AnswerTruncated("the conversation and the answer did not fit in the model's context window")
        case "":
            raise AnswerTruncated("the connection ended before the answer did")
        case "end_turn" | "stop_sequence":
            pass
        case other:
            raise AnswerRejected(f"Claude stopped for '{other}' without an answer")
    if not answered.text.strip():
        raise AnswerInvalid("the answer is empty")
    try:
        data = json.loads(answered.text)
    except (ValueError, RecursionError) as error:
        raise AnswerInvalid(f"the answer is not JSON: {error}") from error
    return parse_answer(data)


def _with_comments(thread: Thread, comments: tuple[Comment, ...]) -> Thread:
    return replace(thread, comments=comments, comment_total=max(thread.comment_total, len(comments)))


def _nothing_owed(thread: Thread, owed: OpenItems) -> Outcome:
    return skipped(owed.reason, number=thread.number, comment_url=owed.answered_by.url if owed.answered_by else "")
