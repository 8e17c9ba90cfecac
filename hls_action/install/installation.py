"""Tell whether an installation is complete, and handle a damaged one. Standard library only, quick to import."""

from __future__ import annotations

import os
import sys

COMPLETE = "hls-complete"
"""A file in an environment that is whole. A run that finds something missing deletes it, and the next job installs
again.
"""


def usable(venv: str) -> bool:
    """Whether ``venv`` is an environment that this user alone has filled, whole as far as anybody knows, and runs."""
    python = os.path.join(venv, "bin", "python")
    if not is_own(venv) or not os.path.exists(os.path.join(venv, COMPLETE)) or not os.access(python, os.X_OK):
        return False
    quiet = [(os.POSIX_SPAWN_OPEN, each, os.devnull, os.O_RDWR, 0) for each in (1, 2)]
    try:
        child = os.posix_spawn(python, [python, "-I", "-S", "-c", "pass"], os.environ, file_actions=quiet)
    except OSError:
        return False
    return os.waitpid(child, 0)[1] == 0


def is_own(path: str) -> bool:
    """Whether ``path`` is this user's, and no link to somewhere else."""
    return os.path.exists(path) and not os.path.islink(path) and os.stat(path).st_uid == os.geteuid()


def damage_advice(error: ImportError) -> str:
    """Advice for an ``error`` that shows that this environment is incomplete. The next job installs it again."""
    try:
        os.unlink(os.path.join(sys.prefix, COMPLETE))
    except FileNotFoundError:
        return f"Install the requirements with script/setup: this Python lacks something ({error}, in {sys.prefix})."
    except OSError:
        return f"Delete the folder {sys.prefix} and run the job again: the installation is damaged ({error})."
    return f"Run the job again, which installs HLS anew: the installation in {sys.prefix} is damaged ({error})."
