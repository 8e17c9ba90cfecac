"""Which wheels are chosen of those that are locked by their addresses; and that the list is the one of the lock."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from hls_action.domain.install.wheels import Target, Wheel, fitting

ROOT = Path(__file__).resolve().parents[4]
LISTED = (ROOT / "requirements" / "wheels.txt").read_text()
LOCKED = (ROOT / "requirements.txt").read_text()
PYTHONS = [(3, minor) for minor in (11, 12, 13, 14)]
DIGEST = "0" * 64


def chosen(
    *names: str, python: tuple[int, int] = (3, 12), machine: str = "x86_64", glibc: tuple[int, int] = (2, 35)
) -> list[str]:
    listed = "\n".join(["# a comment", *(f"a/{name}#sha256={DIGEST}" for name in names)])
    return [wheel.name for wheel in fitting(listed, Target(python, machine, glibc))]


@pytest.mark.parametrize(
    "tags",
    [
        "py3-none-any",
        "py2.py3-none-any",
        "cp312-cp312-manylinux_2_17_x86_64",
        "cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64",
        "cp312-abi3-manylinux_2_35_x86_64",
        "cp37-abi3-manylinux_2_28_x86_64",
    ],
)
def test_a_wheel_that_fits_is_taken(tags: str) -> None:
    assert chosen(f"six-1.0-{tags}.whl") == [f"six-1.0-{tags}.whl"]


@pytest.mark.parametrize(
    "tags",
    [
        "py2-none-any",
        "cp311-cp311-manylinux_2_17_x86_64",
        "cp312-cp312t-manylinux_2_17_x86_64",
        "cp313-abi3-manylinux_2_17_x86_64",
        "cp312-cp312-manylinux_2_36_x86_64",
        "cp312-cp312-manylinux_3_0_x86_64",
        "cp312-cp312-manylinux_2_17_aarch64",
        "cp312-cp312-musllinux_1_2_x86_64",
        "cp312-cp312-macosx_11_0_arm64",
        "cp312-cp312-win_amd64",
        "pp311-pypy311_pp73-manylinux_2_17_x86_64",
    ],
)
def test_a_package_without_a_wheel_that_fits_leaves_nothing_to_install(tags: str) -> None:
    assert chosen("one-1.0-py3-none-any.whl", f"six-1.0-{tags}.whl") == []


def test_one_wheel_of_each_package_is_taken_in_the_order_of_the_list() -> None:
    names = [
        "b-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
        "b-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        "a-1.0-py3-none-any.whl",
        "b-1.0-cp38-abi3-manylinux_2_17_x86_64.whl",
    ]
    assert chosen(*names) == [names[1], names[2]]


def test_a_wheel_comes_with_its_address_and_its_hash() -> None:
    (wheel,) = fitting(f"a/b-1.0-py3-none-any.whl#sha256={DIGEST}\n", Target((3, 11), "x86_64", (2, 31)))
    assert wheel == Wheel("a/b-1.0-py3-none-any.whl", DIGEST)


def test_nothing_is_listed_that_is_not_locked() -> None:
    """Else pip and uv would install something else. script/lock writes both."""
    listed = re.findall(r"#sha256=(\w+)$", LISTED, re.MULTILINE)
    assert listed
    assert set(listed) <= set(re.findall(r"--hash=sha256:(\w+)", LOCKED))


@pytest.mark.parametrize(("python", "machine"), list(itertools.product(PYTHONS, ["x86_64", "aarch64"])))
def test_on_a_hosted_runner_everything_that_is_locked_has_a_wheel(python: tuple[int, int], machine: str) -> None:
    locked = re.findall(r"^([\w-]+)==([\w.]+)(?! ;.*== 'emscripten')(?: ;.*)? \\$", LOCKED, re.MULTILINE)
    wheels = fitting(LISTED, Target(python, machine, (2, 35)))
    assert {tuple(wheel.name.split("-")[:2]) for wheel in wheels} == {
        (name.replace("-", "_"), version) for name, version in locked
    }
