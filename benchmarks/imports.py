"""The Claude SDK's import, plain and as `bootstrap` does it."""

from __future__ import annotations

from benchmarks.measure import ROOT, Sample, clean_environment, in_turns, ratio, run, seconds, spread
from benchmarks.stage import installed_python
from benchmarks.table import Table, row

REPEATS = 7
_BUILD = "from hls_action.adapters.claude.api import Claude; Claude('http://127.0.0.1:9', api_key='sk-benchmark')"
_LAZY = f"from hls_action.adapters.claude import lazy_import; lazy_import.narrow_sdk(); {_BUILD}"
_COUNT = "; import sys; print(sum(name.partition('.')[0] == 'anthropic' for name in sys.modules))"


def measure(python: str | None = None, repeats: int = REPEATS) -> Table:
    """Run everything; takes about 30 s. ``python``: one that has the packages, instead of the action's own."""
    python = python or installed_python()
    environment = {**clean_environment(), "PYTHONPATH": str(ROOT)}

    def code(text: str) -> Sample:
        return run([python, "-s", "-P", "-c", text + _COUNT], environment)

    plain, whole, lazy = in_turns(repeats, lambda: code("import anthropic"), lambda: code(_BUILD), lambda: code(_LAZY))
    rows = [
        row("lazy, client built vs plain `import anthropic`", ratio(lazy, plain), "x"),
        row("lazy, client built vs plain, client built", ratio(lazy, whole), "x"),
    ]
    for name, samples in (("`import anthropic`", plain), ("plain, client built", whole), ("lazy, client built", lazy)):
        rows.append(row(name, seconds(samples), "s"))
        rows.append(row(f"{name}: peak memory", spread([sample.peak for sample in samples]), "MB"))
        rows.append(row(f"{name}: modules of the SDK", spread([float(s.output) for s in samples]), "modules"))
    return Table("imports: the Claude SDK, plain and lazily", tuple(rows))
