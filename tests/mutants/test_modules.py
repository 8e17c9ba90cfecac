"""Which tests are tried on a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.modules import module_at


@pytest.mark.parametrize("room", ["drafts", "ledger"])
def test_a_modules_own_tests_are_those_of_its_room(room: str) -> None:
    module = module_at(Path(f"hls_action/domain/{room}/documents.py"))
    assert module.own == (Path(f"tests/unit/domain/{room}/test_documents.py"),)


def test_a_module_without_tests_of_its_own_is_tried_by_those_that_import_it() -> None:
    module = module_at(Path("hls_action/domain/tasks/triage.py"))
    assert module.own == ()
    assert module.others
