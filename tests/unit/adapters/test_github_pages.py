"""Lists of many pages: read eight at a time, and whole, whatever happens to them meanwhile."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hls_action.adapters.github.rest import RestGitHub
from hls_action.domain.faults.errors import ThreadGone, UpstreamError
from hls_action.domain.identity import ThreadId
from hls_action.domain.limits.pace import Concurrency, Pace
from hls_action.resilience.limiter import Limiter
from tests.fakes import FakeClock
from tests.unit.adapters.loopback import Asked, Loopback, Reply

SEVEN = ThreadId(7)
REPOSITORY = "/repos/o/r"
COMMENTS = f"{REPOSITORY}/issues/7/comments"
FILES = f"{REPOSITORY}/pulls/7/files"
PATIENCE = 20.0
"""Seconds, for what comes at once where the test passes."""


def comment(number: int) -> dict[str, object]:
    times = {"created_at": "2026-11-02T09:00:00Z", "updated_at": "2026-11-02T09:00:00Z"}
    return {"id": number, "body": f"comment {number}", "user": {"login": "ann", "type": "User"}, **times}


def number_of(asked: Asked) -> int:
    assert "per_page=100" in asked.path
    found = re.search(r"[?&]page=(\d+)", asked.path)
    assert found
    return int(found[1])


class Listed:
    """A list that the server has in pages of 100; ``before``: called with a page's number before it is answered."""

    def __init__(self, server: Loopback, path: str, entries: list[dict[str, object]]) -> None:
        self.entries = entries
        self.before: Callable[[int], Reply | None] = lambda _: None
        self.most_at_once = 0
        self._server = server
        self._path = path
        self._at_once = 0
        self._lock = threading.Lock()
        server.on(path, Reply(self._answer))

    def _answer(self, asked: Asked) -> Reply:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            page = number_of(asked)
            return self.before(page) or self.page(page)
        finally:
            with self._lock:
                self._at_once -= 1

    def page(self, page: int, last: int | None = None) -> Reply:
        """As GitHub has it now."""
        last = last or -(-len(self.entries) // 100)
        url = f"https://elsewhere.example{self._path}?per_page=100&page="
        links = f'<{url}{page + 1}>; rel="next", <{url}{last}>; rel="last"' if page < last else ""
        return Reply(self.entries[100 * (page - 1) : 100 * page], 200, {"link": links})

    def asked(self) -> list[int]:
        """The pages that were asked for, lowest first."""
        return sorted(map(number_of, self._server.to(self._path)))


@pytest.fixture
def github(server: Loopback) -> RestGitHub:
    return RestGitHub(server.url, "ghs_secret", "o/r", job_token=True, is_real=False)


def read(github: RestGitHub) -> list[int]:
    return [comment.id for comment in github.comments(SEVEN)]


def numbers(size: int) -> list[dict[str, object]]:
    return [comment(number) for number in range(1, size + 1)]


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "page"]


@pytest.mark.parametrize(("size", "pages"), [(0, 1), (100, 1), (101, 2), (200, 2), (1_050, 11), (4_250, 43)])
def test_each_page_is_asked_for_once(server: Loopback, github: RestGitHub, size: int, pages: int) -> None:
    comments = Listed(server, COMMENTS, numbers(size))
    assert read(github) == list(range(1, size + 1))
    assert comments.asked() == list(range(1, pages + 1))
    assert comments.most_at_once <= 8


def test_eight_pages_are_read_at_once_and_stay_in_order_however_they_come(server: Loopback, github: RestGitHub) -> None:
    comments = Listed(server, COMMENTS, numbers(900))
    begun, answered = threading.Barrier(8), {page: threading.Event() for page in range(2, 11)}
    answered[10].set()

    def the_later_first(page: int) -> Reply | None:
        if page > 1:
            begun.wait(PATIENCE)
            assert answered[page + 1].wait(PATIENCE)
            answered[page].set()
        return None

    comments.before = the_later_first
    assert read(github) == list(range(1, 901))
    assert comments.most_at_once == 8


@pytest.mark.parametrize(
    ("lists", "path", "entry"),
    [
        (lambda github: [file.path for file in github.files(SEVEN, 3_000)], FILES, lambda name: {"filename": name}),
        (
            lambda github: [label.name for label in github.labels()],
            f"{REPOSITORY}/labels",
            lambda name: {"name": name, "description": None},
        ),
    ],
)
def test_files_and_labels_too(
    server: Loopback,
    github: RestGitHub,
    lists: Callable[[RestGitHub], list[str]],
    path: str,
    entry: Callable[[str], dict[str, Any]],
) -> None:
    names = [f"name {number}" for number in range(3_000)]
    listed = Listed(server, path, [entry(name) for name in names])
    begun = threading.Barrier(2)

    def together(page: int) -> None:
        if page in (2, 3):
            begun.wait(PATIENCE)

    listed.before = together
    assert lists(github) == names
    assert listed.asked() == list(range(1, 31))


@pytest.mark.parametrize(("limit", "pages"), [(1, 1), (100, 1), (101, 2), (250, 3), (300, 3), (2_000, 20)])
def test_no_file_is_read_beyond_those_that_are_wanted(
    server: Loopback, github: RestGitHub, limit: int, pages: int
) -> None:
    files = Listed(server, FILES, [{"filename": f"{number}.py"} for number in range(3_000)])
    assert len(github.files(SEVEN, limit)) == limit
    assert files.asked() == list(range(1, pages + 1))


def test_lists_that_may_end_early_are_read_a_page_at_a_time(server: Loopback, github: RestGitHub) -> None:
    """The newest come first, and the second page has what is too old."""
    stamps = ["2026-11-02T09:00:00Z", "2026-11-01T09:00:00Z"]
    entries: list[dict[str, object]] = [{"number": n, "updated_at": stamps[n > 100]} for n in range(1, 1_001)]
    pulls = Listed(server, f"{REPOSITORY}/pulls", entries)
    server.on(f"{REPOSITORY}/issues", Reply({"message": "Issues has been disabled in this repository."}, 410))
    assert len(github.open_threads(datetime(2026, 11, 2, tzinfo=UTC)).refs) == 100
    assert pulls.asked() == [1, 2]


# ---- what may happen to a list meanwhile ----


def test_what_is_added_behind_the_last_page_is_read(server: Loopback, github: RestGitHub) -> None:
    comments = Listed(server, COMMENTS, numbers(1_150))

    def grows(page: int) -> Reply | None:
        if page == 12:
            comments.entries = numbers(1_320)
        return None

    comments.before = grows
    assert read(github) == list(range(1, 1_321))
    assert comments.asked() == list(range(1, 15))


def test_what_moves_to_the_page_before_is_not_there_twice(server: Loopback, github: RestGitHub) -> None:
    comments = Listed(server, COMMENTS, numbers(350))
    later = threading.Barrier(3)

    def shrinks(page: int) -> Reply | None:
        answer = comments.page(page)
        if page > 1:
            later.wait(PATIENCE)
        if page == 2:
            comments.entries = [entry for entry in numbers(350) if entry["id"] != 150]
            return comments.page(2)
        return answer

    comments.before = shrinks
    assert read(github) == [*range(1, 150), *range(151, 351)]


def test_a_list_that_loses_its_last_pages_ends_where_it_ends(server: Loopback, github: RestGitHub) -> None:
    comments = Listed(server, COMMENTS, numbers(1_150))

    def shrinks(page: int) -> Reply | None:
        if page > 1:
            comments.entries = numbers(430)
        return None

    comments.before = shrinks
    assert read(github) == list(range(1, 431))


def test_a_last_page_that_cannot_be_is_not_looked_for(server: Loopback, github: RestGitHub) -> None:
    comments = Listed(server, COMMENTS, numbers(430))
    comments.before = lambda page: comments.page(page, last=999_999_999) if page == 1 else None
    assert read(github) == list(range(1, 431))
    assert len(comments.asked()) <= 41


def test_a_list_that_does_not_name_its_last_page_is_read_page_by_page(server: Loopback, github: RestGitHub) -> None:
    comments = Listed(server, COMMENTS, numbers(430))

    def without_last(page: int) -> Reply:
        answer = comments.page(page)
        return Reply(answer.body, 200, {"link": answer.headers["link"].partition(", ")[0]})

    comments.before = without_last
    assert read(github) == list(range(1, 431))
    assert (comments.asked(), comments.most_at_once) == ([1, 2, 3, 4, 5], 1)


# ---- a page that fails ----


@pytest.mark.parametrize("bad", [2, 5, 9])
def test_a_page_that_fails_is_an_error_at_once_and_no_more_are_asked_for(
    server: Loopback, github: RestGitHub, bad: int
) -> None:
    comments = Listed(server, COMMENTS, numbers(3_000))
    begun, over = threading.Barrier(8), threading.Event()

    def fails(page: int) -> Reply | None:
        if page > 1:
            begun.wait(PATIENCE)
            if page == bad:
                return Reply({"message": "Bad gateway"}, 502)
            assert over.wait(PATIENCE)
        return None

    comments.before = fails
    with pytest.raises(UpstreamError) as caught:
        github.comments(SEVEN)
    assert (caught.value.fault.kind, caught.value.fault.status) == ("status", 502)
    over.set()
    for thread in threads():
        thread.join(PATIENCE)
    assert threads() == []
    assert comments.asked() == list(range(1, 10))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(Reply({"message": "no list"}), "unreadable", id="no list"),
        pytest.param(Reply([{"id": 1}]), "unreadable", id="no comment"),
        pytest.param(Reply([], cut=True), "connection", id="cut off"),
    ],
)
def test_a_page_that_cannot_be_read(server: Loopback, github: RestGitHub, answer: Reply, kind: str) -> None:
    comments = Listed(server, COMMENTS, numbers(500))
    comments.before = lambda page: answer if page == 4 else None
    with pytest.raises(UpstreamError) as caught:
        github.comments(SEVEN)
    assert caught.value.fault.kind == kind


def test_a_thread_that_is_deleted_between_its_pages_is_gone(server: Loopback, github: RestGitHub) -> None:
    comments = Listed(server, COMMENTS, numbers(500))
    comments.before = lambda page: Reply({"message": "This issue was deleted"}, 410) if page > 1 else None
    server.on(REPOSITORY, Reply({"full_name": "o/r"}))
    server.on(f"{REPOSITORY}/issues/7", Reply({"message": "This issue was deleted"}, 410))
    with pytest.raises(ThreadGone):
        github.comments(SEVEN)


def test_every_page_waits_for_the_limiter(server: Loopback) -> None:
    limiter = Limiter(FakeClock(), "github", lambda: 0.0, Pace(Concurrency(limit=3, cap=3)))
    limited = RestGitHub(server.url, "ghs_secret", "o/r", job_token=True, is_real=False, limiter=limiter)
    comments = Listed(server, COMMENTS, numbers(1_000))
    assert read(limited) == list(range(1, 1_001))
    assert comments.most_at_once <= 3
