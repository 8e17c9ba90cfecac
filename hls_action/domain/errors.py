"""Errors, named for the situation. Each carries a message a maintainer can act on.

Imported by the gate: standard library only, and nothing that is slow to import.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class HLSError(Exception):
    """The base of every expected failure. ``code`` is short and stable; the message is for people.

    ``cause``: what a service or a program said, word for word, where that helps. The message is complete without it;
    the error as a text has both.
    """

    code = "failed"
    exit_status = EXIT_FAILED

    def __init__(self, message: str = "", *, cause: str = "") -> None:
        super().__init__(f"{message} ({cause})" if cause else message)
        self.message = message
        self.cause = cause


class UsageError(HLSError):
    """A wrong input, option or event file: nothing was read from GitHub, nothing was posted."""

    code = "usage"
    exit_status = EXIT_USAGE


class ConfigError(UsageError):
    """The configuration file is wrong. The message names the key, the line and what would be right."""

    code = "config"


class DeadlineExceeded(HLSError):
    """The run's own deadline passed."""

    code = "deadline"


def as_bug(error: Exception) -> str:
    """What people are told of an error that nobody foresaw, and that an answer can do without."""
    return f"{type(error).__name__}, which is a bug in HLS; please report it"
