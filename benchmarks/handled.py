"""An event that gets an answer, from stand-ins that answer at once: what remains is HLS's own time and memory."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import Broken, GitWatch, Sample, in_turns, ratio, run, seconds, spread
from benchmarks.runs import Run, expect
from benchmarks.stage import NO_LEDGER, PROJECT, Event, Stage, installed_python
from benchmarks.table import Row, Table, row
from tests.standins.prompt_cache import PromptCache

REPEATS = 10
PEER = str(Path(__file__).with_name("stdlib_peer.py"))
CHANGE = {"export.py": "from pathlib import Path\n\nPath('out').mkdir(exist_ok=True)\nopen('out/index.html', 'w')\n"}


CPU_FLOOR, CPU_BAR = 0.05, 0.68
"""Seconds of processor time on one machine: the standard-library peer's, and the most that HLS should take there."""


def measure(python: str | None = None, repeats: int = REPEATS) -> Table:
    """Run everything; takes about 70 s. ``python``: one that has the packages, instead of the action's own."""
    python = python or installed_python()
    with Stage() as stage:
        rows = (*_times(stage, python, repeats), *_counts(stage, python))
    return Table("handled: an event that gets an answer, peers answer at once", rows)


def _times(stage: Stage, python: str, repeats: int) -> tuple[Row, ...]:
    ours: list[Run] = []
    peers: list[Run] = []

    def handled() -> Sample:
        ours.append(expect(stage.hls(stage.issue(), python), "done"))
        return ours[-1].sample

    def unrecorded() -> Sample:
        return expect(stage.hls(stage.issue(), python, NO_LEDGER), "done").sample

    def imports() -> Sample:
        return run([python, "-c", "import anthropic, github"])

    def peer() -> Sample:
        peers.append(stage.act(stage.issue(), [python, "-S", PEER]))
        return peers[-1].sample

    mine, bare, theirs, least = in_turns(repeats, handled, unrecorded, imports, peer)
    if _shapes(ours[-1]) != _shapes(peers[-1]):
        raise Broken(f"the peer asks something else:\n{_shapes(ours[-1])}\n{_shapes(peers[-1])}")
    last = ours[-1]
    return (
        row("issue, whole process vs `import anthropic, github`", ratio(mine, theirs), "x", 1.5),
        row("issue, whole process vs standard-library peer", ratio(mine, least), "x"),
        row(
            "issue, processor time vs standard-library peer",
            spread([a.cpu / b.cpu for a, b in zip(mine, least, strict=True)]),
            "x",
            CPU_BAR / CPU_FLOOR,
            f"bar: {CPU_BAR} s where the peer, the floor, takes {CPU_FLOOR} s",
        ),
        row("standard-library peer, processor time", spread([sample.cpu for sample in least]), "s"),
        row("issue, whole process", seconds(mine), "s"),
        row("of it, processor time", spread([sample.cpu for sample in mine]), "s", note="that of git included"),
        row("of it, waiting for the stand-ins", spread([each.waits for each in ours[-len(mine) :]]), "s"),
        row("issue, whole process vs the same without a ledger", ratio(mine, bare), "x"),
        row("issue, whole process, without a ledger", seconds(bare), "s"),
        row("issue, processor time, without a ledger", spread([sample.cpu for sample in bare]), "s"),
        row("`import anthropic, github`", seconds(theirs), "s"),
        row("standard-library peer, same requests", seconds(least), "s", note="without a ledger"),
        row(
            "standard-library peer, waiting for the stand-ins",
            spread([each.waits for each in peers[-len(least) :]]),
            "s",
        ),
        row("peak memory", spread([sample.peak for sample in mine]), "MB", 130, "the largest process; git is smaller"),
        row("peak memory of `import anthropic, github`", spread([sample.peak for sample in theirs]), "MB"),
        Row("calls of Claude", len(last.claude), "calls", 1),
        Row("text sent to Claude, plain new issue", last.characters, "characters", 45_000),
    )


def _shapes(run: Run) -> list[str]:
    """What services were asked, without the thread's number; sorted, for HLS asks two things at the same time."""
    asked = [(each.request.method, each.request.path) for each in (*run.github, *run.claude)]
    return sorted(
        f"{method} {'/'.join('N' if part.isdigit() else part for part in path.split('/'))}" for method, path in asked
    )


def _counts(stage: Stage, python: str) -> tuple[Row, ...]:
    """Requests of each kind of event and of its repeat, git's share, and what a follow-up pays for."""
    rows: list[Row] = []
    watch = GitWatch(stage.folder / "git")

    def count(what: str, event: Event, most: int) -> Run:
        first = expect(stage.hls(event, python), "done")
        again = expect(stage.hls(event, python), "skipped")
        if again.claude:
            raise Broken(f"{what}: answered twice")
        rows.append(Row(f"GitHub requests: {what}", len(first.github), "requests", most, note=_brief(first)))
        rows.append(Row(f"GitHub requests: {what}, again", len(again.github), "requests", 2, note=_brief(again)))
        rows.append(Row(f"git rounds: {what}; again", len(first.rounds), "rounds", note=f"again: {len(again.rounds)}"))
        return first

    def watched(event: Event, outcome: str) -> Row:
        expect(stage.hls(event, python, watch.environment), outcome)
        calls = watch.calls()
        peak = max(call.peak for call in calls)
        commands = ", ".join(call.command for call in sorted(calls, key=lambda call: call.began))
        return Row(f"largest git process, when {outcome}", peak, "MB", note=f"{len(calls)} started: {commands}")

    stage.claude.overlay("POST", r"^/v1/messages$", PromptCache())
    stage.serve(PROJECT)  # as on GitHub, where git has the files
    issue = stage.issue()
    rows += _pushes(count("new issue", issue, 7))
    follow_up = count("follow-up comment", stage.comment(issue.number), 6)
    count("comment on an issue without an answer", stage.comment(stage.issue().number), 6)
    count("new pull request", stage.pull(CHANGE), 11)
    stage.claude.clear()
    another = stage.issue()
    rows += [watched(another, "done"), watched(another, "skipped")]
    return (*rows, *_cache(follow_up))


def _pushes(run: Run) -> tuple[Row, Row]:
    before = [each for each in run.pushes if each.started < run.comment.started]
    return (
        Row("pushes before the comment", len(before), "pushes", 2, note="claim, answer"),
        Row("pushes in all", len(run.pushes), "pushes", 3, note="and that it is published"),
    )


def _brief(run: Run) -> str:
    """The requests in a few words: the last fixed part of each path."""
    names = []
    for each in run.github:
        path = each.request.path
        parts = [part for part in path.split("/")[4:] if not part.isdigit()] or [path.rpartition("/")[2]]
        names.append(f"{each.request.method} {'contents' if parts[0] == 'contents' else parts[-1]}")
    return ", ".join(names)


def _cache(run: Run) -> tuple[Row, ...]:
    """Input tokens of a follow-up, as the stand-in for the prompt cache (4 characters a token) counts them."""
    (call,) = run.claude
    assert call.answer is not None
    usage = call.answer.json()["usage"]
    read = usage["cache_read_input_tokens"]
    paid = usage["input_tokens"] + usage["cache_creation_input_tokens"]
    latest = {"role": "user", "content": call.request.json()["messages"][-1]["content"][-3:]}
    new = PromptCache().usage({"messages": [latest]})["input_tokens"]
    return (
        Row(
            "follow-up: input not read from the cache",
            paid,
            "tokens",
            new,
            note="bar: our reply, the question, the task",
        ),
        Row("follow-up: input read from the cache", read, "tokens"),
    )
