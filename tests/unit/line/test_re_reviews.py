"""Quiet re-reviews: a new review takes the old ones out of the way, and one that says nothing new is not posted."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import FOLD_WINDOW
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.items import digest, marker, marker_keys
from hls_action.ports import ModelReply
from hls_action.sweep.sweep import sweep
from tests.fakes import BAD_GATEWAY, ScriptedModel, answer_data, model_reply
from tests.unit.builders import trigger
from tests.unit.line_bench import Bench

FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)
SEVEN = ThreadId(7)
HEADS = [digit * 40 for digit in "abcdef"]
FOUND: tuple[str, ...] = ("a.py:1 forgets to close the file",)


def review(*findings: str, **changes: Any) -> ModelReply:
    """What Claude says of a change."""
    return model_reply(json.dumps(answer_data(labels=[], findings=list(findings), **changes)))


class Pull(Bench):
    """A pull request that is pushed to again and again."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.pushes = 0

    def push(self, *comments: dict[str, Any]) -> None:
        """A new head; ``comments`` besides ours."""
        known = json.loads((self.root / "threads" / "7.json").read_text()).get("comments", []) if self.pushes else []
        files = [{"path": "a.py", "patch": "@@ -1 +1 @@\n-a\n+b"}]
        pull = {"head_sha": HEADS[self.pushes], "head_ref": "fix", "base_ref": "main", "files": files}
        self.issue(title="Close the file", pull=pull, comments=[*known, *comments])
        self.pushes += 1

    def reviewed(self, *said: ModelReply, action: str = "", **more: Any) -> Outcome:
        """The run that the push wakes, which shares its ledger."""
        action = action or ("opened" if self.pushes == 1 else "synchronize")
        event = trigger(7, "pull_request", action, is_pull=True, **more)
        self.clock.sleep(60)
        return self.shared(ScriptedModel(*said), run=self.pushes * 10).answer(event)

    def shown(self) -> list[str]:
        """Our comments, each with whether it is folded."""
        raw = json.loads((self.root / "threads" / "7.json").read_text())["comments"]
        ours = [comment for comment in raw if comment["author"]["login"] == LOGIN]
        return ["folded" if comment.get("folded") else "open" for comment in ours]

    def unfolded(self) -> tuple[str, ...]:
        return tuple(node for record in self.records().values() for node in record.unfolded)


@pytest.fixture
def pull(tmp_path: Path) -> Pull:
    return Pull(tmp_path)


# ---- what becomes of earlier reviews ----


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        pytest.param("", ["folded", "folded", "open"], id="fold, by default"),
        pytest.param("review: fold", ["folded", "folded", "open"], id="fold"),
        pytest.param("review: replace", ["open"], id="replace"),
        pytest.param("review: new", ["open", "open", "open"], id="new"),
    ],
)
def test_what_a_new_review_makes_of_those_before(pull: Pull, config: str, shown: list[str]) -> None:
    pull.configure(config)
    for number in range(3):
        pull.push()
        outcome = pull.reviewed(review(*FOUND, comment=f"Review {number}."))
        assert (outcome.status, outcome.notes) == ("done", ())
    assert pull.shown() == shown
    assert "Review 2." in pull.bodies()[-1]
    assert pull.records()[f"pull/{HEADS[2]}"].state == "published"


def test_each_is_folded_once(pull: Pull) -> None:
    for _ in range(4):
        pull.push()
        pull.reviewed(review(*FOUND))
    assert pull.github.calls.count("fold") == 3


def test_without_a_ledger_all_of_them_are_folded_again(pull: Pull) -> None:
    """Nobody knows which were."""
    for number in range(3):
        pull.push()
        event = trigger(7, "pull_request", "opened" if number == 0 else "synchronize", is_pull=True)
        assert pull.line(ScriptedModel(review(*FOUND))).answer(event).status == "done"
    assert pull.shown() == ["folded", "folded", "open"]
    assert pull.github.calls.count("fold") == 1 + 2


def test_a_reply_that_answers_somebody_is_not_folded(pull: Pull) -> None:
    pull.push({"id": 31, "author": {"login": "bob"}, "body": "/hls is it safe on Windows?"})
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.reviewed(review(*FOUND))
    assert pull.shown() == ["open", "open"]


def test_an_answer_to_somebody_takes_no_reviews_place(pull: Pull) -> None:
    pull.configure("review: replace")
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push({"id": 31, "author": {"login": "bob"}, "body": "/hls is it safe on Windows?"})
    pull.reviewed(review(*FOUND))
    assert pull.shown() == ["open", "open"]


def test_comments_of_others_stay(pull: Pull) -> None:
    forged = f"<!-- hls:1 pull/{HEADS[0]} -->\nMine."
    pull.push({"id": 31, "node_id": "FORGED", "author": {"login": "mallory"}, "body": forged})
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.reviewed(review(*FOUND))
    assert pull.shown() == ["folded", "open"]
    assert pull.github.calls.count("fold") == 1


# ---- folding that does not work out ----


def test_what_could_not_be_folded_is_on_record_and_folded_by_the_sweep(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.github.failing["fold"] = BAD_GATEWAY
    outcome = pull.reviewed(review(*FOUND))
    assert (outcome.status, outcome.notes, pull.shown()) == ("done", (), ["open", "open"])
    assert len(pull.unfolded()) == 1
    del pull.github.failing["fold"]
    assert sweep(pull.shared(ScriptedModel(), 90), scheduled=True).status == "skipped"
    assert (pull.shown(), pull.unfolded()) == (["folded", "open"], ())


def test_the_sweep_does_not_try_for_ever(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.github.failing["fold"] = BAD_GATEWAY
    pull.reviewed(review(*FOUND))
    sweep(pull.shared(ScriptedModel(), 90), scheduled=True)
    pull.clock.sleep((FOLD_WINDOW + timedelta(seconds=1)).total_seconds())
    before = pull.github.calls.count("fold")
    sweep(pull.shared(ScriptedModel(), 91), scheduled=True)
    assert (before, pull.github.calls.count("fold")) == (2, 2)


def test_the_next_review_folds_what_is_left(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.github.failing["fold"] = BAD_GATEWAY
    pull.reviewed(review(*FOUND))
    del pull.github.failing["fold"]
    pull.push()
    pull.reviewed(review(*FOUND))
    assert pull.shown() == ["folded", "folded", "open"]


def test_what_may_not_be_folded_is_told_once(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.github.failing["fold"] = FORBIDDEN
    outcome = pull.reviewed(review(*FOUND))
    assert outcome.status == "done"
    (note,) = outcome.notes
    assert note.startswith("earlier reviews could not be folded: the job needs 'permissions: issues: write'")
    assert str(FORBIDDEN) in note
    assert pull.unfolded() == ()


def test_a_review_that_somebody_deleted_needs_no_folding(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()

    def deleted() -> None:
        raw = json.loads((pull.root / "threads" / "7.json").read_text())
        raw["comments"] = raw["comments"][1:]
        pull.github.store_thread(7, raw)

    pull.github.after_post = deleted
    assert pull.reviewed(review(*FOUND)).notes == ()
    assert (pull.shown(), pull.unfolded()) == (["open"], ())


class Killed(BaseException):
    """The job is gone."""


def test_a_run_killed_between_the_comment_and_the_folding(pull: Pull) -> None:
    """The comment is there and the record does not say so: whoever finds that folds, too, and asks nobody."""
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()

    def kill() -> None:
        raise Killed

    pull.github.after_post = kill
    with pytest.raises(Killed):
        pull.reviewed(review(*FOUND))
    assert pull.shown() == ["open", "open"]
    pull.github.after_post = None
    pull.clock.sleep(3_600)
    sweep(pull.shared(ScriptedModel(), 90), scheduled=True)
    assert (pull.shown(), pull.unfolded()) == (["folded", "open"], ())


def test_a_run_killed_before_the_comment(pull: Pull) -> None:
    """The draft knows what to fold once it is posted."""
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()

    def kill() -> None:
        raise Killed

    pull.github.before_post = kill
    with pytest.raises(Killed):
        pull.reviewed(review(*FOUND))
    pull.github.before_post = None
    pull.clock.sleep(3_600)
    sweep(pull.shared(ScriptedModel(), 90), scheduled=True)
    assert (pull.shown(), pull.unfolded()) == (["folded", "open"], ())


def test_of_two_reviews_posted_at_once_the_one_of_the_head_stays(pull: Pull) -> None:
    """The run of the earlier push is the later to post, and folds what it knows of."""
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()

    def overtake() -> None:
        pull.github.before_post = None
        pull.push()
        pull.reviewed(review(*FOUND))

    pull.github.before_post = overtake
    event = trigger(7, "pull_request", "synchronize", is_pull=True)
    assert pull.shared(ScriptedModel(review(*FOUND)), run=20).answer(event).status == "done"
    assert pull.shown() == ["folded", "open", "open"]
    sweep(pull.shared(ScriptedModel(), 90), scheduled=True)
    assert [HEADS[1] in body for body in pull.bodies()] == [False, False, True]
    assert (pull.shown(), pull.unfolded()) == (["folded", "open", "folded"], ())


# ---- nothing new ----


@pytest.mark.parametrize(
    ("first", "second", "posted"),
    [
        pytest.param((), (), 1, id="nothing, twice"),
        pytest.param(FOUND, (), 2, id="what was found is settled"),
        pytest.param((), FOUND, 2, id="something new"),
        pytest.param(FOUND, FOUND, 2, id="something, twice"),
    ],
)
def test_a_push_in_which_nothing_is_found(
    pull: Pull, first: tuple[str, ...], second: tuple[str, ...], posted: int
) -> None:
    pull.push()
    assert pull.reviewed(review(*first)).status == "done"
    pull.push()
    outcome = pull.reviewed(review(*second))
    assert len(pull.bodies()) == posted
    assert (outcome.status, outcome.reason.code) == (
        ("done", "answered") if posted == 2 else ("skipped", "nothing-new")
    )
    assert outcome.cost_usd, "it was asked, and that is told"
    assert outcome.comment_url == pull.github.comments(SEVEN)[-1].url, "the review that stands"


def test_nothing_new_is_on_record_with_its_cost_and_not_asked_again(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review())
    pull.push()
    pull.reviewed(review())
    record = pull.records()[f"pull/{HEADS[1]}"]
    assert (record.state, record.reason.code) == ("skipped", "nothing-new")
    assert record.cost_usd > 0
    assert pull.ledger().budget.reservations == {}
    again = pull.reviewed(action="synchronize")
    assert (again.status, again.reason.code) == ("skipped", "nothing-new")
    assert again.reason.detail.startswith("run it with the number, or comment '/hls retry', to get one posted; ")
    assert sweep(pull.shared(ScriptedModel(), 90), scheduled=True).status == "skipped"
    assert len(pull.bodies()) == 1


def test_a_quiet_review_counts_as_the_one_before(pull: Pull) -> None:
    for _ in range(3):
        pull.push()
        pull.reviewed(review())
    assert len(pull.bodies()) == 1
    pull.clock.sleep(600)
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.reviewed(review())
    assert len(pull.bodies()) == 3
    assert pull.shown() == ["folded", "folded", "open"]


def test_a_review_that_a_later_run_posted_counts_as_the_one_before(pull: Pull) -> None:
    pull.push()
    pull.github.before_post = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        pull.reviewed(review())
    pull.github.before_post = None
    pull.clock.sleep(3_600)
    sweep(pull.shared(ScriptedModel(), 90), scheduled=True)
    pull.push()
    assert (pull.reviewed(review()).reason.code, len(pull.bodies())) == ("nothing-new", 1)


def test_the_next_diff_begins_where_the_last_posted_review_ended(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review())
    pull.push()
    pull.reviewed(review())
    pull.push()
    pull.changes(HEADS[0], HEADS[2], [{"path": "b.py", "patch": "@@ -1 +1 @@\n-c\n+d"}])
    model = ScriptedModel(review())
    pull.shared(model, 60).answer(trigger(7, "pull_request", "synchronize", is_pull=True))
    assert "b.py" in model.requests[0].prompt.user[0].text


@pytest.mark.parametrize("how", ["retry", "force", "by a comment"])
def test_who_asks_for_a_review_gets_one(pull: Pull, how: str) -> None:
    pull.push()
    pull.reviewed(review())
    pull.push()
    pull.reviewed(review())
    if how == "by a comment":
        at = (pull.clock.now() + timedelta(seconds=5)).isoformat()
        raw = json.loads((pull.root / "threads" / "7.json").read_text())
        raw["comments"].append({"id": 99, "author": {"login": "bob"}, "body": "/hls retry", "created_at": at})
        pull.github.store_thread(7, raw)
        pull.clock.sleep(60)
        event = trigger(7, "issue_comment", "created", is_pull=True, comment=99)
    else:
        event = trigger(retry=True, force=how == "force")
    outcome = pull.shared(ScriptedModel(review()), 70).answer(event)
    assert (outcome.status, len(pull.bodies())) == ("done", 3 if how == "by a comment" else 2)


def test_who_asks_something_with_a_push_is_answered(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review())
    pull.push({"id": 31, "author": {"login": "bob"}, "body": "/hls is it safe on Windows?"})
    assert pull.reviewed(review()).status == "done"


def test_an_answer_that_does_not_say_what_it_found_is_posted(pull: Pull) -> None:
    silent = answer_data(labels=[])
    silent.pop("findings", None)
    pull.push()
    pull.reviewed(review())
    pull.push()
    assert pull.reviewed(model_reply(json.dumps(silent))).status == "done"


def test_a_review_of_an_unknown_result_makes_none_quiet(pull: Pull) -> None:
    """As of a version that did not record it, or without a ledger."""
    event = trigger(7, "pull_request", "opened", is_pull=True)
    pull.push()
    assert pull.line(ScriptedModel(review())).answer(event).status == "done"
    pull.push()
    assert pull.reviewed(review()).status == "done"


def test_a_quiet_review_that_could_not_be_recorded_is_red_and_posts_nothing(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review())
    pull.push()
    pull.store.script = ["ok", *["before"] * 20]
    outcome = pull.reviewed(review())
    assert (outcome.status, outcome.reason.code, len(pull.bodies())) == ("failed", "state-unavailable", 1)


def test_labels_of_a_quiet_review_are_not_set(pull: Pull) -> None:
    pull.configure("labels: {allow: [bug]}")
    pull.push()
    pull.reviewed(review())
    pull.push()
    assert pull.reviewed(model_reply(json.dumps(answer_data(labels=[1], findings=[])))).status == "skipped"
    assert pull.github.thread(ThreadId(7)).labels == ()


def test_fold_errors_are_told_in_the_sweep(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.github.failing["fold"] = BAD_GATEWAY
    pull.reviewed(review(*FOUND))
    pull.github.failing["fold"] = FORBIDDEN
    outcome = sweep(pull.shared(ScriptedModel(), 90), scheduled=True)
    assert [note for note in outcome.notes if "could not be folded" in note]
    assert pull.unfolded() == ()


# ---- two at once ----


def test_the_review_of_the_head_stays_open_when_a_branch_goes_back(pull: Pull) -> None:
    """`git push --force` to where the branch was before: both reviews are ours, and one of them is of the head."""
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.pushes = 0
    known = json.loads((pull.root / "threads" / "7.json").read_text())
    known["pull"]["head_sha"] = HEADS[0]
    pull.github.store_thread(7, known)
    pull.clock.sleep(60)
    event = trigger(7, "pull_request", "synchronize", is_pull=True)
    pull.shared(ScriptedModel(), 30).answer(event)
    assert "open" in pull.shown()


def test_a_reply_that_answers_somebody_is_not_folded_though_another_answers_that_too(pull: Pull) -> None:
    """Two runs at once without a ledger: each posted an answer to bob, and one of them a review beside it."""
    pull.push({"id": 31, "author": {"login": "bob"}, "body": "/hls is it safe on Windows?"})
    pull.line(ScriptedModel(review(*FOUND))).answer(trigger(7, "pull_request", "opened", is_pull=True))
    both, asked = marker_keys(pull.bodies()[-1]), f"comment/31@{digest('is it safe on Windows?')}"
    pull.github.create_comment(SEVEN, f"{marker([asked])}\nThe other run's answer.")
    pull.push()
    pull.line(ScriptedModel(review(*FOUND))).answer(trigger(7, "pull_request", "synchronize", is_pull=True))
    assert asked in both
    assert pull.shown()[0] == "open"


def test_a_run_with_nothing_to_do_is_green_though_folding_cannot_be_recorded(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.github.failing["fold"] = BAD_GATEWAY
    pull.reviewed(review(*FOUND))
    del pull.github.failing["fold"]
    pull.store.script = ["before"] * 20
    assert pull.reviewed().status == "skipped"


def test_a_run_with_nothing_to_do_is_green_though_the_settings_cannot_be_read(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.github.failing["fold"] = BAD_GATEWAY
    pull.reviewed(review(*FOUND))
    pull.github.failing["file"] = Fault("github", "status", "Resource not accessible by integration", 403)
    assert pull.reviewed().status == "skipped"


# ---- quiet, all the same ----


def test_a_review_settled_late_is_not_the_one_before(pull: Pull) -> None:
    """The run of the first head died after posting; it is on record only once its claim is over."""
    pull.push()
    pull.github.after_post = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        pull.reviewed(review())
    pull.github.after_post = None
    pull.push()
    assert pull.reviewed(review(*FOUND)).status == "done"
    pull.clock.sleep(3_600)
    sweep(pull.shared(ScriptedModel(), 90), scheduled=True)
    pull.push()
    assert pull.reviewed(review()).status == "done", "what was found is settled"


def test_a_quiet_review_still_tells_of_secrets(pull: Pull) -> None:
    pull.push()
    pull.reviewed(review())
    pull.push()
    raw = json.loads((pull.root / "threads" / "7.json").read_text())
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    raw["pull"]["files"] = [{"path": "a.py", "patch": f"@@ -1 +1 @@\n-a\n+TOKEN = '{token}'"}]
    pull.github.store_thread(7, raw)
    outcome = pull.reviewed(review())
    assert any("secrets" in note for note in outcome.notes)


# ---- replacing ----


def test_a_later_heads_review_is_not_overwritten_by_an_earlier_ones(pull: Pull) -> None:
    pull.configure("review: replace")
    pull.push()
    pull.reviewed(review(*FOUND, comment="Review of the first."))
    pull.push()

    def faster() -> None:
        pull.push()
        pull.reviewed(review(*FOUND, comment="Review of the third."))

    event = trigger(7, "pull_request", "synchronize", is_pull=True)
    model = ScriptedModel(review(*FOUND, comment="Review of the second."), meanwhile=faster)
    pull.shared(model, 20).answer(event)
    assert any("Review of the third." in body for body in pull.bodies())


def test_a_review_whose_predecessor_was_deleted_meanwhile_is_posted(pull: Pull) -> None:
    pull.configure("review: replace")
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()

    def delete() -> None:
        raw = json.loads((pull.root / "threads" / "7.json").read_text())
        pull.github.store_thread(7, raw | {"comments": []})

    event = trigger(7, "pull_request", "synchronize", is_pull=True)
    pull.shared(ScriptedModel(review(*FOUND), meanwhile=delete), 20).answer(event)
    pull.clock.sleep(3_600)
    pull.shared(ScriptedModel(review(*FOUND)), 30).answer(trigger(retry=True))
    assert pull.bodies()


def test_a_review_that_was_posted_beside_the_one_it_was_to_replace_is_found_again(pull: Pull) -> None:
    """The run that posted the first review was killed before it could say so, so that the next one learns of it while
    it takes its place, and posts beside it; and is killed as well.
    """
    pull.configure("review: replace")
    pull.push()
    pull.github.after_post = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        pull.reviewed(review(*FOUND, comment="The first."))
    pull.clock.sleep(3_600)
    pull.push()
    pull.github.hiccups = {"file": 1}  # some time passes between its look and its claim
    with pytest.raises(Killed):
        pull.reviewed(review(*FOUND, comment="The second."))
    pull.github.after_post = None
    before = pull.bodies()
    assert [body.split("\n")[1] for body in before] == ["The first.", "The second."]
    pull.clock.sleep(3_600)
    assert pull.reviewed().status == "done"
    assert pull.bodies() == before
    assert {record.state for record in pull.records().values()} == {"published"}


def test_what_a_sweep_could_not_fold_the_next_one_folds(pull: Pull) -> None:
    """The run died between the comment and its folding, so that nothing is on record of what is left."""
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    pull.github.after_post = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        pull.reviewed(review(*FOUND))
    pull.github.after_post = None
    for hour in (1, 2, 3):
        pull.clock.sleep(3_600)
        pull.github.failing = {"fold": BAD_GATEWAY} if hour == 1 else {}
        sweep(pull.shared(ScriptedModel(), 90 + hour), scheduled=True)
    assert pull.shown() == ["folded", "open"]


def test_one_review_stays_open_when_the_head_has_a_quiet_one(pull: Pull) -> None:
    """The first head's review was posted after the second's, and folded; the third head needed none."""
    pull.push()

    def faster() -> None:
        pull.push()
        pull.reviewed(review(comment="Of the second."))

    event = trigger(7, "pull_request", "opened", is_pull=True)
    pull.shared(ScriptedModel(review(comment="Of the first."), meanwhile=faster), 10).answer(event)
    sweep(pull.shared(ScriptedModel(), 90), scheduled=True)
    assert pull.shown() == ["open", "folded"]
    pull.push()
    assert pull.reviewed(review()).reason.code == "nothing-new"
    pull.reviewed(action="synchronize")
    assert "open" in pull.shown()


def test_a_review_that_came_to_answer_somebody_meanwhile_is_not_folded(pull: Pull) -> None:
    """By hand and by `force`, the first head's review is written anew, for bob, too, while the push is reviewed."""
    pull.push()
    pull.reviewed(review(*FOUND))
    raw = json.loads((pull.root / "threads" / "7.json").read_text())
    raw["comments"].append({"id": 31, "author": {"login": "bob"}, "body": "/hls is it safe on Windows?"})
    pull.github.store_thread(7, raw)

    def pushed() -> None:
        pull.push()
        pull.github.before_post = lambda: (_ for _ in ()).throw(Killed())
        with pytest.raises(Killed):
            pull.reviewed(review(*FOUND))
        pull.github.before_post = None

    by_hand = pull.shared(ScriptedModel(review(*FOUND), meanwhile=pushed), 80)
    assert by_hand.answer(trigger(retry=True, force=True)).status == "done"
    assert "comment/31@" in pull.bodies()[0].splitlines()[0]
    pull.clock.sleep(3_600)
    sweep(pull.shared(ScriptedModel(), 90), scheduled=True)
    assert pull.shown() == ["open", "open"]


# ---- what others changed meanwhile ----

MINE = {"path": "a.py", "patch": "@@ -1,3 +1,3 @@\n x\n-a\n+b\n y"}
MINE_LOWER = MINE | {"patch": "@@ -41,3 +41,3 @@\n x\n-a\n+b\n y"}
MORE = {"path": "more.py", "status": "added", "patch": "@@ -0,0 +1 @@\n+mine as well"}
THEIRS = {"path": "theirs.py", "patch": "@@ -1 +1 @@\n-their old line\n+their new line"}


def after_a_merge(pull: Pull, now: list[dict[str, Any]], **how: bool) -> None:
    """A pull request that was reviewed, and into which the base was merged since; ``now``: what it changes by now."""
    pull.push()
    pull.reviewed(review(*FOUND))
    pull.push()
    raw = json.loads((pull.root / "threads" / "7.json").read_text())
    raw["pull"]["files"] = now
    pull.github.store_thread(7, raw)
    pull.changes("main", HEADS[0], [MINE], ahead=False)
    pull.changes(HEADS[0], HEADS[1], [MINE_LOWER, THEIRS, *now[1:]], **(how or {"plain": False}))


def pushed(**more: Any) -> Any:
    return trigger(7, "pull_request", "synchronize", is_pull=True, **more)


@pytest.mark.parametrize("how", [{"plain": False}, {"ahead": False}], ids=["merged", "rebased"])
def test_after_a_merge_of_the_base_claude_is_asked_about_what_its_author_changed(
    pull: Pull, how: dict[str, bool]
) -> None:
    after_a_merge(pull, [MINE_LOWER, MORE], **how)
    model = ScriptedModel(review())
    assert pull.shared(model, 20).answer(pushed()).status == "done"
    sent = "\n".join(block.text for block in model.requests[0].prompt.user)
    assert f'<diff base="main" since="{HEADS[0][:12]}" files="1">\n[Shown is where' in sent
    assert "+mine as well" in sent
    assert "their new line" not in sent
    assert "a.py" not in sent.partition("<diff")[2].partition("</diff>")[0]


def test_a_file_that_is_no_longer_changed_is_told_by_name(pull: Pull) -> None:
    after_a_merge(pull, [MINE_LOWER])
    pull.changes("main", HEADS[0], [MINE, MORE], ahead=False)
    model = ScriptedModel(review())
    pull.shared(model, 20).answer(pushed())
    assert "\nmore.py (no longer changed)\n" in model.requests[0].prompt.user[0].text


def test_a_merge_of_the_base_alone_is_no_reason_to_ask_claude(pull: Pull) -> None:
    """The review that stands holds for the new head: it stays open, and what it found counts as found."""
    after_a_merge(pull, [MINE_LOWER])
    outcome = pull.shared(ScriptedModel(), 20).answer(pushed())
    assert (outcome.status, outcome.reason.code, outcome.cost_usd) == ("skipped", "nothing-new", None)
    assert outcome.comment_url.endswith("#comment-1")
    record = pull.records()[f"pull/{HEADS[1]}"]
    assert (record.state, record.reason.code) == ("skipped", "nothing-new")
    assert record.findings == 1
    assert pull.shown() == ["open"]
    assert not pull.ledger().budget.reservations
    pull.github.calls.clear()
    again = pull.shared(ScriptedModel(), 21).answer(pushed())
    assert (again.status, again.reason.code) == ("skipped", "nothing-new")
    assert "file" not in pull.github.calls, "a repeat reads nothing but the thread"


def test_without_a_ledger_neither(pull: Pull) -> None:
    after_a_merge(pull, [MINE_LOWER])
    outcome = pull.line(ScriptedModel()).answer(pushed())
    assert (outcome.status, outcome.reason.code) == ("skipped", "nothing-new")


def test_in_a_dry_run_neither(pull: Pull) -> None:
    """A review that was posted holds for the new head, whichever kind of run finds that."""
    after_a_merge(pull, [MINE_LOWER])
    outcome = pull.shared(ScriptedModel(), 20, dry_run=True).answer(pushed())
    assert (outcome.status, outcome.reason.code) == ("skipped", "nothing-new")
    assert pull.records()[f"pull/{HEADS[1]}"].reason.code == "nothing-new"


def test_what_was_found_before_a_mere_merge_is_what_a_later_review_is_held_against(pull: Pull) -> None:
    after_a_merge(pull, [MINE_LOWER])
    pull.shared(ScriptedModel(), 20).answer(pushed())
    pull.push()
    pull.changes(HEADS[0], HEADS[2], [MORE])
    assert pull.shared(ScriptedModel(review()), 30).answer(pushed()).status == "done", "it settles what was found"


@pytest.mark.parametrize("how", ["retry", "force", "by a comment"])
def test_who_wants_a_review_after_a_mere_merge_gets_one_of_the_whole(pull: Pull, how: str) -> None:
    after_a_merge(pull, [MINE_LOWER])
    pull.shared(ScriptedModel(), 20).answer(pushed())
    event = trigger(retry=True, force=how == "force")
    if how == "by a comment":
        pull.clock.sleep(60)
        raw = json.loads((pull.root / "threads" / "7.json").read_text())
        at = pull.clock.now().isoformat()
        raw["comments"].append({"id": 99, "author": {"login": "bob"}, "body": "/hls retry", "created_at": at})
        pull.github.store_thread(7, raw)
        event = trigger(7, "issue_comment", "created", is_pull=True, comment=99)
    model = ScriptedModel(review())
    assert pull.shared(model, 21).answer(event).status == "done"
    assert '<diff base="main" files="1">' in model.requests[0].prompt.user[0].text


@pytest.mark.parametrize("step", ["before", "after"])
def test_a_write_that_was_lost_leaves_the_head_passed_over_once(pull: Pull, step: str) -> None:
    after_a_merge(pull, [MINE_LOWER])
    pull.store.script = [step]
    outcome = pull.shared(ScriptedModel(), 20).answer(pushed())
    assert (outcome.status, outcome.reason.code) == ("skipped", "nothing-new")
    assert pull.records()[f"pull/{HEADS[1]}"].state == "skipped"


def test_a_head_that_another_run_took_up_meanwhile_is_left_to_it(pull: Pull) -> None:
    after_a_merge(pull, [MINE_LOWER])

    def faster() -> None:
        pull.github.store_thread(7, json.loads((pull.root / "threads" / "7.json").read_text()))
        pull.changes(HEADS[0], HEADS[1], [MORE])
        other = ScriptedModel(review(*FOUND))
        assert pull.shared(other, 22).answer(pushed()).status == "done"

    pull.store.between = [faster]
    outcome = pull.shared(ScriptedModel(), 20).answer(pushed())
    assert (outcome.status, outcome.reason.code) == ("skipped", "already-answered")
    assert pull.records()[f"pull/{HEADS[1]}"].state == "published"
