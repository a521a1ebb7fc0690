"""Two versions of a function, run on the same inputs."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.running.copies import Copies
from mistral_lsp.running.process import Limits
from mistral_lsp.running.races import LIMITS, Races
from mistral_lsp.workspace.disk import Disk

if TYPE_CHECKING:
    from pathlib import Path

    from mistral_lsp.core.raced import Raced

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the limits are POSIX's")

UNIQUE = """\
def unique(items):
    found = []
    for item in items:
        if item not in found:
            found.append(item)
    return found
"""
METHOD = """\
from shop import prices
from .prices import FACTOR


class A:
    def __init__(self):
        self.n = 0

    def f(self, items: list[int]):
        for one in items:
            self.n += one
            yield one * FACTOR * prices.FACTOR
"""
EXAMPLES = """\
def unique(word):
    return {"a": 1, "zebra": 2}[word]


assert unique("zebra") == 2
unique("a")
"""
FAST = "def unique(items):\n    return list(dict.fromkeys(items))\n"


async def raced(
    before: str, after: str, root: Path, *, name: str = "unique", file: str = "m.py", limits: Limits = LIMITS
) -> Raced:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text("raise SystemExit")  # what counts is what the editor has
    disk = Disk()
    disk.set_roots([root.as_uri()])
    return await Races(Copies(disk).of, limits).race((root / file).as_uri(), before, after, name)


async def test_what_is_faster_and_does_the_same_has_a_figure(tmp_path: Path) -> None:
    found = await raced(UNIQUE, FAST, tmp_path)
    assert (found.differs, found.why) == ("", "")
    assert found.ratio > 2
    assert found.inputs > 20


async def test_what_is_slower_has_one_too(tmp_path: Path) -> None:
    eight_times = "def unique(items):\n    return [list(dict.fromkeys(items)) for _ in range(8)][0]\n"
    assert 0 < (await raced(FAST, eight_times, tmp_path)).ratio < 0.5


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (UNIQUE, "def unique(items):\n    return sorted(set(items))\n", r"for unique\(.*\) it returns .* and not "),
        (
            "def unique(n: int):\n    return n\n",
            "def unique(n: int):\n    return n if n else 1 / n\n",
            "raises ZeroDiv",
        ),
        (
            "def unique(n: int):\n    return 1 // n\n",
            "def unique(n: int):\n    return 1 // n if n else 0\n",
            "doesn't raise ZeroDivisionError",
        ),
        (
            "def unique(items: list[int]):\n    return sorted(items)\n",
            "def unique(items: list[int]):\n    items.sort()\n    return items[:]\n",
            "changes its arguments",
        ),
        (
            "def unique(n: int):\n    return n\n",
            "def unique(n: int):\n    while n > 4:\n        pass\n    return n\n",
            r"takes much longer for unique\(",
        ),
    ],
)
async def test_what_does_otherwise_is_told_with_the_input(tmp_path: Path, before: str, after: str, told: str) -> None:
    found = await raced(before, after, tmp_path)
    assert found.ratio == 0
    assert re.search(told, found.differs), found


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("import time\ndef unique(n: int):\n    return time.perf_counter_ns()\n", "unique", "the same twice"),
        ("def unique(n: int):\n    open('x', 'w')\n", "unique", "reaches out"),
        ("import subprocess\ndef unique(n: int):\n    subprocess.run(['true'])\n", "unique", "reaches out"),
        ("import nowhere_at_all\ndef unique(n): ...\n", "unique", "can't be imported"),
        ("async def unique(n: int): ...\n", "unique", "async"),
        ("def unique(n):\n    return n.shape\n", "unique", "nothing says what its arguments are"),
        ("class A:\n    def __init__(self, a): ...\n    def f(self): ...\n", "A.f", "a method of an object"),
        ("import os\ndef unique(n: int):\n    os._exit(0)\n", "unique", "ended the process"),
    ],
)
async def test_what_cannot_be_measured_is_told(tmp_path: Path, text: str, name: str, why: str) -> None:
    found = await raced(text, text, tmp_path, name=name)
    assert why in found.why
    assert not (tmp_path / "x").exists()


async def test_methods_generators_and_the_projects_own_modules_are_measured(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "prices.py").write_text("FACTOR = 3\n")
    text = METHOD
    found = await raced(text, text, tmp_path, name="A.f", file="shop/cart.py")
    assert (found.differs, found.why) == ("", "")
    assert found.inputs > 20
    other = await raced(text, text.replace("self.n += one", "pass"), tmp_path, name="A.f", file="shop/cart.py")
    assert other.differs


async def test_the_examples_of_the_file_are_inputs(tmp_path: Path) -> None:
    found = await raced(EXAMPLES, EXAMPLES.replace('"zebra": 2', '"zebra": 3').replace("assert", "#"), tmp_path)
    assert "unique('zebra') it returns 3 and not 2" in found.differs


async def test_what_never_ends_is_ended(tmp_path: Path) -> None:
    text = "while True:\n    pass\ndef unique(n): ...\n"
    found = await raced(text, text, tmp_path, limits=Limits(wall_s=1, cpu_s=25))
    assert found.why == "it takes over 1 s"
