"""Programs that behave badly, in the real child process."""

from __future__ import annotations

import asyncio
import tempfile
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.human_eval.judge import Limits, Verdict, judge, judge_all

if TYPE_CHECKING:
    from pathlib import Path

TIGHT = Limits(cpu_s=1, memory_bytes=256 * 2**20)
PASSED = Verdict(has_passed=True, told="")


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the judge makes its folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def failed(told: str) -> Verdict:
    return Verdict(has_passed=False, told=told)


@pytest.mark.parametrize(
    "program",
    [
        "",
        "def check(f):\n    assert f(1) == 2\n\ncheck(lambda x: x + 1)\n",
        "import math, re, itertools, collections, hashlib, random, typing\n",
        "assert 'é█' == '\\xe9\\u2588'\n",
        "for _ in range(1_000):\n    print('x' * 10_000)\n",
        "import sys\nsys.stderr.write('x' * 10_000_000)\n",
        "import os\nassert os.listdir() == [] and not os.environ.get('HOME')\n",
        "import sys\nassert not sys.modules.get('mistral_lsp') and not any('site-packages' in p for p in sys.path)\n",
    ],
)
async def test_a_program_that_ends_well_passes(program: str) -> None:
    assert await judge(program, TIGHT) == PASSED


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("assert 1 == 2", "AssertionError"),
        ("def f(:", "SyntaxError"),
        ("x = '\0'", "SyntaxError"),
        ("x = '\ud800'; assert x == '?' and False", "AssertionError"),
        ("def f():\n    f()\nf()", "RecursionError"),
        ("class E" + "e" * 99 + "(Exception): pass\nraise E" + "e" * 99, "E" + "e" * 39),
        ("input()", "EOFError"),
        ("import mistral_lsp", "ModuleNotFoundError"),
    ],
)
async def test_a_program_that_raises_fails(program: str, told: str) -> None:
    assert await judge(program, TIGHT) == failed(told)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("raise SystemExit(0)", "SystemExit"),
        ("import os\nos._exit(0)", "ended early"),
        ("import os\nos.write(1, b'passed')\nos._exit(0)", "ended early"),
        ("print('passed')\nraise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import os\nos.abort()", "SIGABRT"),
    ],
)
async def test_ending_early_is_no_pass(program: str, told: str) -> None:
    assert await judge(program, TIGHT) == failed(told)


async def test_a_loop_for_ever_ends_by_its_use_of_the_processor() -> None:
    assert await judge("while True:\n    try:\n        while True: pass\n    except: pass", TIGHT) == failed("SIGXCPU")


async def test_a_wait_for_ever_ends_by_the_clock() -> None:
    assert await judge("import time\ntime.sleep(600)", Limits(wall_s=0.5)) == failed("timed out")


@pytest.mark.parametrize("program", ["x = bytearray(2**30)", "x = [0]\nwhile True: x += x"])
async def test_eating_memory_ends(program: str) -> None:
    assert await judge(program, TIGHT) == failed("MemoryError")


@pytest.mark.parametrize(
    "program",
    [
        "open('a', 'w')",
        "open('{outside}/precious', 'a')",
        "import os\nos.open('{outside}/precious', os.O_RDWR)",
        "import os\nos.remove('{outside}/precious')",
        "import shutil\nshutil.rmtree('{outside}')",
        "import pathlib\npathlib.Path('{outside}/precious').write_text('')",
        "import os\nos.mkdir('a')",
        "import os\nos.fork()",
        "import os\nos.kill(os.getppid(), 9)",
        "import os\nos.system('true')",
        "import subprocess\nsubprocess.run(['true'])",
        "import socket\nsocket.socket()",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (-1, -1))",
        "import ctypes\nctypes.CDLL(None)",
    ],
)
async def test_reaching_out_is_refused(program: str, scratch: Path) -> None:
    outside = scratch / "outside"
    outside.mkdir()
    (outside / "precious").write_text("kept")
    assert await judge(program.replace("{outside}", str(outside)), TIGHT) == failed("PermissionError")
    assert (outside / "precious").read_text() == "kept"


@pytest.mark.parametrize("program", ["pass", "import time\ntime.sleep(600)"])
def test_nothing_is_left_behind(program: str, scratch: Path) -> None:
    asyncio.run(judge(program, Limits(wall_s=0.5)))
    assert list(scratch.iterdir()) == []


async def test_each_program_is_judged_once() -> None:
    done: list[int] = []
    verdicts = await judge_all(["pass", "1 / 0", "pass", "x"], on_done=done.append)
    assert verdicts == {"pass": PASSED, "1 / 0": failed("ZeroDivisionError"), "x": failed("NameError")}
    assert done == [1, 2, 3]
