"""The runner's log, outputs, summary and annotations."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from hls_action.adapters.runner import MAX_SUMMARY_BYTES, Runner
from tests.unit.builders import read_outputs

HOSTILE = "a\nb<<EOF\n::error::x\nEOF\nhls_0\r\n::set-output name=outcome::done"


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def runner(tmp_path: Path, log: io.StringIO) -> Runner:
    return Runner(tmp_path / "output", tmp_path / "summary", log)


def test_outputs_keep_every_value_whole(runner: Runner, tmp_path: Path) -> None:
    runner.outputs({"outcome": "done", "reason": HOSTILE.replace("\r", "")})
    runner.outputs({"empty": ""})
    assert read_outputs(tmp_path / "output") == {"outcome": "done", "reason": HOSTILE.replace("\r", ""), "empty": ""}


def test_each_output_has_a_delimiter_of_its_own(runner: Runner, tmp_path: Path) -> None:
    runner.outputs({"a": "1", "b": "2"})
    runner.outputs({"a": "1"})
    delimiters = re.findall(r"<<(hls_[0-9a-f]{32})\n", (tmp_path / "output").read_text())
    assert len(set(delimiters)) == 3


def test_untrusted_text_stands_between_stop_commands(runner: Runner, log: io.StringIO) -> None:
    runner.log_untrusted(HOSTILE)
    runner.log_untrusted("x")
    tokens = re.findall(r"^::stop-commands::([0-9a-f]{32})\n(?:.|\n)*?^::\1::$", log.getvalue(), re.MULTILINE)
    assert len(set(tokens)) == 2
    assert HOSTILE in log.getvalue()


def test_annotations_are_one_command(runner: Runner, log: io.StringIO) -> None:
    runner.annotate("warning", "a:b,c", "100% sure\r\n::error::x")
    assert log.getvalue() == "::warning title=a%3Ab%2Cc::100%25 sure%0D%0A::error::x\n"


def test_what_helps_to_find_a_fault_is_one_command(runner: Runner, log: io.StringIO) -> None:
    runner.debug("100%\n::error::x")
    assert log.getvalue() == "::debug::100%25%0A::error::x\n"


def test_secrets_are_masked(runner: Runner, log: io.StringIO) -> None:
    runner.mask(("sk-1", "two\nlines"))
    assert log.getvalue() == "::add-mask::sk-1\n::add-mask::two%0Alines\n"


def test_the_summary_grows(runner: Runner, tmp_path: Path) -> None:
    runner.summary("# One")
    runner.summary("# Two é")
    assert (tmp_path / "summary").read_text("utf-8") == "# One\n# Two é\n"


def test_a_summary_is_cut_between_characters(runner: Runner, tmp_path: Path) -> None:
    runner.summary("é" * MAX_SUMMARY_BYTES)
    text = (tmp_path / "summary").read_text("utf-8")
    assert MAX_SUMMARY_BYTES - 2 <= len(text.encode()) <= MAX_SUMMARY_BYTES + 1


def test_outside_of_a_job_only_the_log_remains(log: io.StringIO, tmp_path: Path) -> None:
    runner = Runner(None, None, log)
    runner.mask(("sk-1",))
    runner.outputs({"a": "1"})
    runner.summary("x")
    runner.log("a line")
    assert log.getvalue() == "a line\n"
    assert list(tmp_path.iterdir()) == []


def test_the_log_is_standard_output_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    Runner(None, None).log("a line")
    assert capsys.readouterr().out == "a line\n"
