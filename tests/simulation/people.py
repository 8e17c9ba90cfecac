"""People, and a bot: what they open, write, edit, close and break. They know what they asked; see `asks`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from hls_action.domain.threads.thread import Author, Comment, Pull, Thread
from tests.simulation import asks
from tests.simulation.claude import POISONS
from tests.simulation.climate import GROUPS, TRIAGE
from tests.simulation.github import Delivery, Head, comment_delivery, issue_delivery, pull_delivery

if TYPE_CHECKING:
    from tests.simulation.scheduler import Action
    from tests.simulation.world import World

ANN, BOB, ROBOT = Author("ann"), Author("bob"), Author("dependabot[bot]", "Bot")
MAYA = Author("maya", association="MEMBER")
YEARS = timedelta(days=800)
BROKEN_CONFIG = "modle: claude-sonnet-5-5\n"
COMMANDS = ("/hls retry", "/hls pause", "/hls resume", "/hls status")
"""How comments begin that code answers."""
PREFACES = ("Any news?", "I looked at it again.")


@dataclass
class Topic:
    """What a thread asks as it stands. ``opening``: the token of a text worth an answer, ``request``: of a request.

    ``comments``: by comment id, the token of what it asks. ``old``: the token of a text, or a head, that is too old to
    be worth one; ``settled_at``: the second at which a maintainer answered. ``follow_ups``: like ``comments``, of what
    the author says without a mention to a question of ours; it is ``owed`` an answer where nothing goes wrong.
    """

    number: int
    opening: str = ""
    request: str = ""
    old: str = ""
    settled_at: float | None = None
    heads: list[str] = field(default_factory=list)
    comments: dict[int, str] = field(default_factory=dict)
    follow_ups: dict[int, str] = field(default_factory=dict)
    owed: set[int] = field(default_factory=set)


STILL = "It still does."
"""What is put before an issue once: twice, it would be long enough to be answered though it asks nothing."""


FOLLOW_UPS = 6
"""How often an author may answer what we asked, in a schedule where we ask anything."""


class People:
    """Does deeds by chance."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.topics: dict[int, Topic] = {}
        self._lines = 0
        self._marks = Random(world.seed + 1)
        self._orders = Random(world.seed + 2)
        self._moves = Random(world.seed)  # of its own, so that other deeds come as they did without these

    def plan(self) -> float:
        """Plan all deeds of a schedule; the second of the last one."""
        world, climate = self._world, self._world.climate
        when = 0.0
        for _ in range(climate.threads):
            world.scheduler.at(when, self._open_something)
            when += world.random.expovariate(1 / climate.gap)
        for _ in range(climate.deeds):
            world.scheduler.at(when, self._do_something)
            when += world.random.expovariate(1 / climate.gap)
        follow_ups = Random(world.seed + 2) if TRIAGE in (climate.config or "") else None
        for _ in range(FOLLOW_UPS if follow_ups else 0):
            assert follow_ups is not None
            world.scheduler.at(follow_ups.uniform(30, when + 900), partial(self._follow_up, follow_ups))
        return when

    # ---- opening ----

    def _open_something(self) -> None:
        shapes = ("issue", "issue", "issue", "request", "short", "pull", "old")
        shape = "pull" if self._world.climate.pushing else self._world.random.choice(shapes)
        match shape:
            case "pull":
                self.open_pull()
            case "old":
                self._open_old()
            case "short":
                self._opened(Topic(self._next), "It fails.")
            case _:
                self.open_issue(with_request=shape == "request")

    def open_issue(self, *, with_request: bool = False) -> Thread:
        """An issue that is long enough to answer."""
        topic = Topic(self._next, opening=self._world.asks.fresh_token())
        self._ask(topic.opening, topic.number, asks.issue_key(topic.number))
        if with_request:
            topic.request = self._world.asks.fresh_token()
            self._ask(topic.request, topic.number, asks.issue_key(topic.number, topic.request))
        return self._opened(topic, asks.issue_body(topic.opening, topic.request))

    def open_pull(self) -> Thread:
        """A pull request from a branch of the repository."""
        token = self._world.asks.fresh_token()
        topic = Topic(self._next, heads=[token])
        self._ask(token, topic.number, asks.pull_key(token))
        pull = Pull(asks.head_sha(token), "fix-export", "main", file_total=1)
        self._world.repository.heads[pull.head_sha] = Head((self._line("w"),))
        return self._opened(topic, asks.issue_body(token), pull)

    def _open_old(self) -> None:
        """A thread from before HLS came, which somebody, or some machine, has just touched."""
        token = self._world.asks.fresh_token()
        topic = Topic(self._next, old=token)
        self._world.asks.take(token, topic.number)
        self.topics[topic.number] = topic
        is_pull = self._world.random.random() < 0.5
        pull = Pull(asks.head_sha(token), "fix-export", "main", file_total=1) if is_pull else None
        if pull is not None:
            self._world.repository.heads[pull.head_sha] = Head((self._line("w"),))
        title = f"Thread {topic.number}: export crashes"
        self._world.repository.open(title, asks.issue_body(token), ANN, pull, YEARS)
        self._world.note("people", "touch the old thread %s", topic.number)

    def _ask_about_old(self, thread: Thread) -> None:
        """From now on the opening of a thread, if it is an old one, may be answered."""
        topic = self.topics[thread.number]
        if topic.old:
            key = asks.pull_key(topic.old) if thread.pull else asks.issue_key(thread.number)
            self._ask(topic.old, thread.number, key)

    @property
    def _next(self) -> int:
        return len(self._world.repository.numbers) + 1

    def _opened(self, topic: Topic, body: str, pull: Pull | None = None) -> Thread:
        self.topics[topic.number] = topic
        title = f"Thread {topic.number}: export crashes"
        thread = self._world.repository.open(title, body, ANN, pull)
        self._deliver("opens", _thread_delivery("opened", thread))
        return thread

    # ---- deeds ----

    def _do_something(self) -> None:
        thread, comments = self._pick_thread()
        if thread is not None:
            self._pick_deed(thread, comments)()

    def _pick_deed(self, thread: Thread, comments: tuple[Comment, ...]) -> Action:
        random, climate = self._world.random, self._world.climate
        rare: list[tuple[float, Action]] = [
            (climate.reruns, self._rerun),
            (climate.dispatches, partial(self._dispatch, thread)),
            (climate.broken_config, self._touch_config),
            (climate.retries_asked, partial(self._say, thread, "/hls retry")),
        ]
        for chance, deed in rare:
            if chance and random.random() < chance:
                return deed
        deeds: list[tuple[int, Action]] = [
            (10, partial(self.comment, thread)),
            (2, partial(self._say, thread, "Same here.")),
            (1, partial(self._say, thread, "/hls please, q999", ROBOT)),
            (1, partial(self._forge, thread, comments)),
            (2, partial(self._edit_comment, thread, comments)),
            (1, partial(self._correct_comment, thread, comments)),
            (1, partial(self._delete_comment, thread, comments)),
            (2, partial(self._edit_issue, thread)),
            (2, partial(self._tick, thread, comments)),
            (1, partial(self._touch_issue, thread)),
            (1, partial(self._answer, thread)),
            (1, partial(self._label_by_robot, thread)),
            (1, partial(self._label, thread, "hls")),
            (1, partial(self._label, thread, "hls-ignore")),
            (20 if climate.pushing else 2, partial(self._push, thread)),
            (2, partial(self._close_or_reopen, thread)),
            (1, partial(self._lock_or_unlock, thread)),
        ]
        if random.random() < 0.02:
            return partial(self._delete, thread)
        if TRIAGE in (climate.config or "") and self._marks.random() < 0.15:
            return partial(self._mark, thread, self._marks.choice(tuple(GROUPS)))
        if climate.pauses and self._orders.random() < climate.pauses:
            return partial(self._order, thread)
        if self._moves.random() < 0.06:
            return self._moves.choice((self._rename, self._transfer_in, self._label_all))
        (_, deed) = random.choices(deeds, [weight for weight, _ in deeds])[0]
        return deed

    def _pick_thread(self) -> tuple[Thread | None, tuple[Comment, ...]]:
        found = [self._world.repository.latest(number) for number in self.topics]
        there = [version for version in found if version.thread is not None]
        if not there:
            return None, ()
        version = self._world.random.choice(there)
        return version.thread, version.comments

    def comment(self, thread: Thread) -> None:
        """Ask something new in a comment."""
        token = self._world.asks.fresh_token()
        preface = self._world.random.choice(("", "", *PREFACES))
        if thread.locked:
            return
        comment = self._world.repository.add_comment(thread.number, BOB, asks.comment_body(token, preface))
        self._ask(token, thread.number, asks.comment_key(comment.id, token))
        self.topics[thread.number].comments[comment.id] = token
        self._deliver("asks", comment_delivery("created", self._now(thread), comment, BOB))

    def _follow_up(self, random: Random) -> None:
        """The author of an issue answers what HLS asked, without a mention."""
        repository = self._world.repository
        known = [repository.latest(number).thread for number in self.topics]
        waiting = [
            t for t in known if t is not None and "hls-waiting" in t.labels and t.state == "open" and not t.locked
        ]
        if not waiting:
            return
        thread, token = random.choice(waiting), self._world.asks.fresh_token()
        topic, ours = self.topics[thread.number], repository.our_comments(thread.number)
        turns = [c.body.split("\n")[0] for c in ours]
        turns = [t for t in turns if "waiting/" in t or any(f"comment/{number}@" in t for number in topic.follow_ups)]
        comment = repository.add_comment(thread.number, ANN, asks.follow_up(token))
        self._world.asks.add(token, thread.number, asks.follow_up_key(comment.id, token))
        topic.follow_ups[comment.id] = token
        if self._world.climate.calm and turns and "waiting/" in turns[-1] and topic.settled_at is None:
            topic.owed.add(comment.id)
        self._deliver("answers our question in", comment_delivery("created", self._now(thread), comment, ANN))

    def _say(self, thread: Thread, body: str, who: Author = BOB) -> None:
        if thread.locked:
            return
        comment = self._world.repository.add_comment(thread.number, who, body)
        if body.startswith(COMMANDS):
            key = asks.command_key(comment.id, body.removeprefix("/hls "))
            self._world.asks.commands.add((thread.number, key))
        self._deliver(f"says '{body}'", comment_delivery("created", self._now(thread), comment, who))

    def _order(self, thread: Thread) -> None:
        """A maintainer has HLS pause, or catch up; or somebody tries who may not."""
        who, words = (MAYA, MAYA, MAYA, BOB), ("/hls pause", "/hls pause", "/hls resume catch up", "/hls status")
        self._say(thread, self._orders.choice(words), self._orders.choice(who))

    def resume(self) -> None:
        """A maintainer sees to it that HLS is at work again."""
        self._say(self._opened(Topic(self._next), "It goes on."), "/hls resume catch up", MAYA)

    def _forge(self, thread: Thread, comments: tuple[Comment, ...]) -> None:
        """A stranger copies a marker that would answer everything."""
        keys = [ask.key for ask in self._world.asks.by_token.values() if ask.number == thread.number]
        if keys:
            self._say(thread, f"<!-- hls:1 {' '.join(keys)} -->\nAll answered.")

    def _edit_comment(self, thread: Thread, comments: tuple[Comment, ...]) -> None:
        """Ask something else in the same comment."""
        mine = [comment for comment in comments if comment.author == BOB and "hls:1" not in comment.body]
        if not mine or thread.locked:
            return
        before = self._world.random.choice(mine)
        token = self._world.asks.fresh_token()
        self._ask(token, thread.number, asks.comment_key(before.id, token))
        self.topics[thread.number].comments[before.id] = token
        self._change_comment(thread, before, asks.comment_body(token))

    def _correct_comment(self, thread: Thread, comments: tuple[Comment, ...]) -> None:
        """Change the words before the request, which asks nothing new."""
        asking = [comment for comment in comments if comment.id in self.topics[thread.number].comments]
        if not asking or thread.locked:
            return
        before = self._world.random.choice(asking)
        token = self.topics[thread.number].comments[before.id]
        self._change_comment(thread, before, asks.comment_body(token, self._world.random.choice(PREFACES)))

    def _tick(self, thread: Thread, comments: tuple[Comment, ...]) -> None:
        """Tick a box below a request, or take the tick off, which asks nothing new."""
        if thread.locked:
            return
        boxes = (asks.TO_DO, asks.DONE)
        for box, other in (boxes, boxes[::-1]):
            if box in thread.body:
                self._change_issue(thread, thread.body.replace(box, other))
                return
            for comment in comments:
                if comment.author == BOB and box in comment.body:
                    self._change_comment(thread, comment, comment.body.replace(box, other))
                    return

    def _touch_issue(self, thread: Thread) -> None:
        """Change the words of an issue before its request, if it has any."""
        if thread.pull is None and not thread.locked and not thread.body.startswith(STILL):
            self._change_issue(thread, f"{STILL}\n\n{thread.body}")

    def _answer(self, thread: Thread) -> None:
        """A maintainer answers whoever opened the thread."""
        if thread.locked:
            return
        topic = self.topics[thread.number]
        topic.settled_at = self._world.scheduler.now if topic.settled_at is None else topic.settled_at
        self._say(thread, "That is by design.", MAYA)

    def _label_by_robot(self, thread: Thread) -> None:
        if "stale" not in thread.labels:
            after = self._write(thread, labels=(*thread.labels, "stale"))
            self._deliver("labels (stale)", issue_delivery("labeled", after, ROBOT, label={"name": "stale"}))

    def _change_comment(self, thread: Thread, before: Comment, body: str) -> None:
        after = self._world.repository.edit_comment(thread.number, before.id, body, BOB)
        changes = {"body": {"from": before.body}}
        self._deliver("edits", comment_delivery("edited", self._now(thread), after, BOB, changes=changes))

    def _delete_comment(self, thread: Thread, comments: tuple[Comment, ...]) -> None:
        asking = [comment for comment in comments if comment.id in self.topics[thread.number].comments]
        if not asking:
            return
        gone = self._world.random.choice(asking)
        del self.topics[thread.number].comments[gone.id]
        self._world.note("people", "delete comment %s of %s", gone.id, thread.number)
        self._world.repository.write(thread, tuple(comment for comment in comments if comment is not gone))

    def _edit_issue(self, thread: Thread) -> None:
        topic = self.topics[thread.number]
        if thread.pull is not None or thread.locked or not topic.opening:
            return
        topic.request = self._world.asks.fresh_token()
        self._ask(topic.request, thread.number, asks.issue_key(thread.number, topic.request))
        self._change_issue(thread, asks.issue_body(topic.opening, topic.request))

    def _change_issue(self, thread: Thread, body: str) -> None:
        after = self._write(thread, body=body)
        self._deliver("edits", issue_delivery("edited", after, ANN, changes={"body": {"from": thread.body}}))

    def _mark(self, thread: Thread, name: str) -> None:
        """A maintainer sets a label that an answer sets, too, or takes it off."""
        kept = tuple(label for label in thread.labels if label != name)
        self._world.note("people", "change the label %s of %s", name, thread.number)
        self._write(thread, labels=kept if name in thread.labels else (*kept, name))
        self._world.oracle.chosen(thread.number, name)

    def _label(self, thread: Thread, name: str) -> None:
        if name in thread.labels:
            self._world.note("people", "take the label %s off %s", name, thread.number)
            self._write(thread, labels=tuple(label for label in thread.labels if label != name))
            return
        if name == "hls" and thread.pull is None:
            self._ask(f"q{1_000 + thread.number}", thread.number, asks.LABEL_KEY)
        after = self._write(thread, labels=(*thread.labels, name))
        self._deliver(f"labels ({name})", issue_delivery("labeled", after, ANN, label={"name": name}))

    def _push(self, thread: Thread) -> None:
        """The author goes on, or takes something back; or the base comes in, by a merge or under it."""
        if thread.pull is None or self.topics[thread.number].old:
            return
        before = self._world.repository.heads[thread.pull.head_sha]
        ways = (*[self._with_more] * 8, self._with_less, self._merged, self._rebased)
        self._push_head(thread, self._world.random.choice(ways)(before))

    def _with_more(self, head: Head) -> Head:
        return replace(head, own=(*head.own, self._line("w")))

    def _with_less(self, head: Head) -> Head:
        return replace(head, own=head.own[1:])

    def _merged(self, head: Head) -> Head:
        """As by the button "Update branch", now and then with something of the author's in the merge."""
        merged = replace(head, others=(*head.others, self._line("m"), self._line("m")))
        return self._with_more(merged) if self._world.random.random() < 0.3 else merged

    def _rebased(self, head: Head) -> Head:
        return replace(self._merged(head), series=head.series + 1)

    def _line(self, whose: str) -> str:
        """A line that nobody wrote before; ``w``: of an author's, ``m``: of other people's."""
        self._lines += 1
        return f"{whose}{self._lines}"

    def _push_head(self, thread: Thread, head: Head) -> None:
        assert thread.pull is not None
        token = self._world.asks.fresh_token()
        self.topics[thread.number].heads.append(token)
        self._ask(token, thread.number, asks.pull_key(token))
        self._world.repository.heads[asks.head_sha(token)] = head
        after = self._write(thread, pull=replace(thread.pull, head_sha=asks.head_sha(token)))
        self._deliver("pushes", pull_delivery("synchronize", after, ANN))

    def _close_or_reopen(self, thread: Thread) -> None:
        if thread.state == "open":
            self._world.note("people", "close %s", thread.number)
            self._write(thread, state="closed")
            return
        self._ask_about_old(thread)
        after = self._write(thread, state="open")
        self._deliver("reopens", _thread_delivery("reopened", after))

    def _lock_or_unlock(self, thread: Thread) -> None:
        self._world.note("people", "%s %s", "unlock" if thread.locked else "lock", thread.number)
        self._write(thread, locked=not thread.locked)

    def _delete(self, thread: Thread) -> None:
        self._world.note("people", "delete %s", thread.number)
        self._world.repository.delete(thread.number)

    def _rename(self) -> None:
        """The repository is renamed, or goes to another owner."""
        self._world.repository.name = f"team/r{self._moves.randint(1, 3)}"
        self._world.note("people", "rename the repository to %s", self._world.repository.name)

    def _transfer_in(self) -> None:
        """An issue comes from another repository, where HLS answered it: nobody asks for another answer."""
        topic, token = Topic(self._next), self._world.asks.fresh_token()
        self._ask(token, topic.number, asks.issue_key(topic.number))
        self.topics[topic.number] = topic
        reply = f"<!-- hls:1 issue/{1_000 + topic.number} -->\nCreate the folder first ({token})."
        title = f"Thread {topic.number}: export crashes"
        thread = self._world.repository.bring(title, asks.issue_body(token), ANN, reply)
        changes = {"old_issue": {"number": 1_000 + topic.number}}
        self._deliver("transfers in", issue_delivery("opened", thread, ANN, changes=changes))

    def _label_all(self) -> None:
        """Every thread changes in the same second."""
        self._world.note("people", "label all threads")
        for number in self.topics:
            thread = self._world.repository.latest(number).thread
            if thread is not None:
                self._write(thread, labels=tuple(dict.fromkeys((*thread.labels, "bug"))))

    def _rerun(self) -> None:
        over = [run for run in self._world.actions.runs if run.status == "completed"]
        if over:
            self._world.actions.rerun(self._world.random.choice(over))

    def _dispatch(self, thread: Thread) -> None:
        random, climate = self._world.random, self._world.climate
        number = None if random.random() < 0.3 else thread.number
        if number is not None:
            self._ask_about_old(thread)
        self._world.actions.dispatch(number, force=random.random() < climate.forced)

    def _touch_config(self) -> None:
        repository = self._world.repository
        broken = repository.config == BROKEN_CONFIG
        repository.config = self._world.climate.config if broken else BROKEN_CONFIG
        self._world.note("people", "%s the configuration", "mend" if broken else "break")

    # ---- how ----

    def _ask(self, token: str, number: int, key: str) -> None:
        random, climate = self._world.random, self._world.climate
        poisoned = climate.poison and random.random() < climate.poison
        self._world.asks.add(token, number, key, random.choice(POISONS) if poisoned else "")

    def _write(self, thread: Thread, **changes: object) -> Thread:
        version = self._world.repository.latest(thread.number)
        self._world.repository.write(replace(thread, **changes), version.comments)  # type: ignore[arg-type]
        return self._now(thread)

    def _now(self, thread: Thread) -> Thread:
        now = self._world.repository.latest(thread.number).thread
        assert now is not None
        return now

    def _deliver(self, what: str, delivery: Delivery) -> None:
        self._world.note("people", f"{what} {delivery.number}")
        self._world.actions.deliver(delivery)


def _thread_delivery(action: str, thread: Thread) -> Delivery:
    return pull_delivery(action, thread, ANN) if thread.pull else issue_delivery(action, thread, ANN)
