"""Start work in the background before it is needed, and do work once for all callers."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class Once(Generic[T]):
    """Calls ``work`` when first called itself, and has what that returned for everybody after. An error is raised for
    all who waited for it, and not kept: the next call tries again.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self._errors: list[Exception] = []
        self._lock = Lock()

    def __call__(self) -> T:
        """What ``work`` returned. Errors: whatever it raises."""
        failures = len(self._errors)
        with self._lock:
            if len(self._errors) > failures:
                raise self._errors[-1]
            if not self._results:
                self._results.append(self._attempt())
            return self._results[0]

    def _attempt(self) -> T:
        try:
            return self._work()
        except Exception as error:
            self._errors.append(error)
            raise


class Background(Generic[T]):
    """Calls ``work`` at once in a thread of its own; calling this object waits for what it returns.

    A daemon thread: a run that finds nothing to do does not wait for the SDK's import, and one that ran out of time not
    for a request that hangs.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, args=(work,), daemon=True, name="early")
        self._thread.start()

    def _run(self, work: Callable[[], T]) -> None:
        try:
            self._results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self._error = error

    def __call__(self) -> T:
        """What ``work`` returned, once it is there. Errors: whatever it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results[0]


class Early(Generic[K, T]):
    """A first attempt that was begun before anybody asked: for whoever asks first, and for just this ``key``."""

    def __init__(self, key: K, waits: Callable[[], T]) -> None:
        """``waits``: for what was begun."""
        self._key = key
        self._waits = [waits]
        self._lock = Lock()

    def take(self, key: K) -> Callable[[], T] | None:
        """What waits for it, once; None for everybody else."""
        with self._lock:
            return self._waits.pop() if key == self._key and self._waits else None
