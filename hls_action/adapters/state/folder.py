"""Shared state in a local folder, for trying things out: the same compare-and-swap without a repository."""

from __future__ import annotations

import fcntl
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hls_action.domain.ledger.errors import Conflict, StateForbidden, StateUnavailable, StateUnreadable
from hls_action.ports import Snapshot


class FolderStateStore:
    """All documents in one file, ``state.json``, which is replaced whole: a reader sees the old state or the new.

    Writers take turns by a lock that the system gives back when one of them dies.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._file = root / "state.json"

    def read(self) -> Snapshot:
        """The newest state; empty before the first write. Errors: `StateUnavailable`, `StateUnreadable`."""
        with _translated():
            return self._load()

    def compare_and_swap(self, version: str, changes: Mapping[str, str | None]) -> str:
        """Replace the file if it still holds ``version``. Errors: `Conflict`, `StateForbidden`, `StateUnavailable`."""
        with _translated(), self._locked():
            current = self._load()
            if current.version != version:
                raise Conflict(f"{self._file} has changed.")
            documents = {path: text for path, text in {**current.documents, **changes}.items() if text is not None}
            fresh = secrets.token_hex(20)
            state = json.dumps({"version": fresh, "documents": documents}, indent=1, ensure_ascii=False).encode()
            unfinished = self._file.with_suffix(".new")
            unfinished.write_bytes(state)
            unfinished.replace(self._file)
            return fresh

    def _load(self) -> Snapshot:
        try:
            raw = json.loads(self._file.read_bytes())
            return Snapshot(str(raw["version"]), {str(path): str(text) for path, text in raw["documents"].items()})
        except FileNotFoundError:
            return Snapshot("", {})
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise StateUnreadable(
                f"{self._file} was not written by this version; it was left untouched. Restore it, or delete it."
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / "state.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise StateForbidden(f"{error.filename} is not writable: {error.strerror}.") from error
    except OSError as error:
        raise StateUnavailable(f"The state's folder cannot be used: {error}.") from error
