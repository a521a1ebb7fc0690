"""The commands as a person runs them: what they print, where, and with which status."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from mistral_lsp import __version__
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with Endpoint(Script(reply=" return a + b\n\n\nx")) as endpoint:
        yield endpoint


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_text('def add(a, b):\n    """Sum."""\n    \n')
    return path


async def run(tmp_path: Path, *arguments: object, url: str = "", **env: str) -> Ran:
    """Run a command with an empty configuration folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MISTRAL_LSP_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "mistral_lsp", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=own | {"XDG_CONFIG_HOME": str(tmp_path / "config"), "MISTRAL_LSP_ENDPOINT_URL": url} | env,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    ran = Ran(process.returncode or 0, out.decode(), err.decode())
    assert "Traceback" not in ran.err
    return ran


async def test_the_version_is_told(tmp_path: Path) -> None:
    assert (await run(tmp_path, "--version")).out == f"mistral-lsp {__version__}\n"


async def test_complete_prints_what_an_editor_would_show_and_times_on_stderr(
    tmp_path: Path, file: Path, endpoint: Endpoint
) -> None:
    ran = await run(tmp_path, "complete", file, "--line", 3, "--column", 5, url=endpoint.url)
    assert ran.out == "return a + b\n"
    assert "ms" in ran.err
    assert "mistralai/" in ran.err
    assert ran.status == 0


@pytest.mark.parametrize(
    ("name", "line", "column", "words"),
    [
        ("missing.py", 1, 1, "no such file"),
        (".", 1, 1, "is a directory"),
        ("binary.py", 1, 1, "binary"),
        ("latin.py", 1, 1, "not UTF-8"),
        ("huge.py", 1, 1, "too large"),
        ("pipe.py", 1, 1, "not a regular file"),
        ("a.py", 99, 1, "lines 1 to 4"),
        ("a.py", 0, 1, "lines 1 to 4"),
        ("a.py", 3, 99, "columns 1 to 5"),
    ],
)
async def test_a_place_that_is_not_there_is_one_clear_line(
    tmp_path: Path, file: Path, name: str, line: int, column: int, words: str
) -> None:
    folder = file.parent
    (folder / "binary.py").write_bytes(b"\0\1\2")
    (folder / "latin.py").write_bytes("é".encode("latin-1"))
    with (folder / "huge.py").open("wb") as huge:
        huge.truncate(50 * 2**20)
    os.mkfifo(folder / "pipe.py")
    ran = await run(tmp_path, "complete", folder / name, "--line", line, "--column", column)
    assert ran.out == ""
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert ran.status == 1


async def test_nothing_to_show_is_said_with_its_reason(tmp_path: Path, file: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="")
    ran = await run(tmp_path, "complete", file, "--line", 3, "--column", 5, url=endpoint.url)
    assert (ran.out, ran.status) == ("", 1)
    assert "nothing to show" in ran.err


async def test_a_dead_endpoint_is_one_line_with_its_cure(tmp_path: Path, file: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        ran = await run(tmp_path, "complete", file, "--line", 3, "--column", 5, url=url)
    assert (ran.out, ran.status) == ("", 1)
    assert ran.err.count("\n") == 1
    assert str(taken) not in ran.err


async def test_the_doctor_finds_all_well(tmp_path: Path, endpoint: Endpoint) -> None:
    ran = await run(tmp_path, "doctor", url=endpoint.url)
    assert ran.status == 0
    assert "✗" not in ran.out
    assert "return a + b" in ran.out


async def test_the_doctor_tells_a_program_in_json(tmp_path: Path, endpoint: Endpoint) -> None:
    ran = await run(tmp_path, "doctor", "--json", url=endpoint.url)
    told = json.loads(ran.out)
    assert told["ok"] is True
    assert "Completion" in [finding["title"] for finding in told["findings"]]
    assert (ran.status, ran.err) == (0, "")


async def test_asked_to_measure_the_doctor_sees_speed_cache_constraint_and_an_open_lock(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply=[" a"] * 64, token_s=0.001)
    ran = await run(
        tmp_path, "doctor", "--gpu", "a10g", "--precision", "awq", url=endpoint.url, MISTRAL_LSP_TOKEN="hf_of_the_user"
    )
    assert "tokens a second" in ran.out
    assert "of the 144 that memory allows" in ran.out
    assert "Cache" in ran.out
    assert "Constraint" in ran.out
    assert "it answers without the token as well" in ran.out
    assert ran.status == 1
    assert "hf_of_the_user" not in ran.out + ran.err


async def test_the_doctor_says_who_can_ask_where_no_token_is_set(tmp_path: Path, endpoint: Endpoint) -> None:
    ran = await run(tmp_path, "doctor", "--measure", url=endpoint.url)
    assert "no token is set" in ran.out
    assert ran.status == 0  # it is this machine's own


async def test_the_benchmarks_are_listed_where_help_is_asked_for(tmp_path: Path) -> None:
    ran = await run(tmp_path, "bench", "--help")
    assert "replay" in ran.out
    assert ran.status == 0


async def test_the_doctor_names_a_fault_and_its_cure(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(token="secret-of-the-endpoint")
    ran = await run(tmp_path, "doctor", url=endpoint.url, MISTRAL_LSP_COMPLETION_DELAY_MS="soon")
    assert ran.status == 1
    assert "MISTRAL_LSP_TOKEN" in ran.out
    assert "completion.delay_ms" in ran.out
    assert "secret-of-the-endpoint" not in ran.out + ran.err


async def test_settings_tell_each_value_and_its_origin(tmp_path: Path) -> None:
    ran = await run(tmp_path, "settings", MISTRAL_LSP_COMPLETION_DELAY_MS="50")
    [line] = [line for line in ran.out.splitlines() if line.startswith("completion.delay_ms")]
    assert line.split() == ["completion.delay_ms", "50", "MISTRAL_LSP_COMPLETION_DELAY_MS"]
    assert ran.status == 0


async def test_an_unknown_command_is_told_with_the_known_ones(tmp_path: Path) -> None:
    ran = await run(tmp_path, "compleet")
    assert ran.status == 2
    assert "complete" in ran.err
