"""Programs with limits."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.running.process import Limits, environment, find, run

if TYPE_CHECKING:
    from mistral_lsp.core.tools import Ran

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the limits are POSIX's")


async def python(code: str, folder: Path, stdin: bytes = b"", **limits: float) -> Ran:
    command = (sys.executable, "-I", "-S", "-c", code)
    return await run(command, cwd=str(folder), env=environment(), limits=Limits(**limits), stdin=stdin)  # type: ignore[arg-type]


async def test_both_streams_and_the_status_are_told(tmp_path: Path) -> None:
    ran = await python("import sys; print('out'); sys.stderr.write('err'); sys.exit(3)", tmp_path)
    assert ran.status == 3
    assert sorted(ran.output.split()) == ["err", "out"]


async def test_it_runs_in_its_folder_with_its_input(tmp_path: Path) -> None:
    ran = await python("import os, sys; print(os.getcwd(), sys.stdin.read())", tmp_path, b"hello")
    assert ran.output.split() == [str(tmp_path), "hello"]


async def test_no_shell_reads_the_words(tmp_path: Path) -> None:
    ran = await run(["/bin/echo", "$HOME;", "*"], cwd=str(tmp_path), env=environment())
    assert ran.output == "$HOME; *\n"


async def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    ran = await run(["/nowhere/at-all"], cwd=str(tmp_path), env=environment())
    assert ran.status == 127
    assert "No such file" in ran.output


async def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    ran = await python("import time; time.sleep(600)", tmp_path, wall_s=0.5)
    assert (ran.status, ran.fault) == (None, "it takes over 0 s")


async def test_what_says_too_much_is_ended(tmp_path: Path) -> None:
    ran = await python("while True: print('x' * 1000)", tmp_path, output_bytes=10_000)
    assert (ran.status, ran.fault, ran.output) == (None, "it says too much", "")


async def test_memory_processor_time_and_files_are_limited(tmp_path: Path) -> None:
    assert "MemoryError" in (await python("b'x' * 2**30", tmp_path, memory_bytes=2**28)).output
    assert (await python("while True: pass", tmp_path, cpu_s=1)).status not in {0, None}
    assert (await python("open('f', 'wb').write(b'x' * 2**21)", tmp_path, file_bytes=2**20)).status != 0
    assert (tmp_path / "f").stat().st_size <= 2**20


async def test_nothing_that_it_started_outlives_a_cancelling(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pids.new', 'w').write(f'{os.getpid()} {child.pid}'); os.rename('pids.new', 'pids')\n"
        "time.sleep(600)"
    )
    task = asyncio.ensure_future(python(code, tmp_path))
    async with asyncio.timeout(20):
        while not (tmp_path / "pids").exists():
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        async with asyncio.timeout(20):
            while _runs(pid):
                await asyncio.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_the_network_is_out_of_reach_where_it_can_be(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5); print('reached')"
        ran = await python(code, tmp_path)
    if not ran.is_offline:
        pytest.skip("this system doesn't let a process leave the network")
    assert "reached" not in ran.output


async def test_a_program_can_talk_to_itself(tmp_path: Path) -> None:
    code = (
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname(), 5)\n"
        "print('reached')"
    )
    assert (await python(code, tmp_path)).output == "reached\n"


def test_a_tool_gets_no_token() -> None:
    given = {"PATH": "/bin", "MISTRAL_LSP_TOKEN": "t", "AWS_SECRET_ACCESS_KEY": "k", "LC_ALL": "C", "HTTP_PROXY": "p"}
    assert set(environment(given)) - set(environment({})) == {"PATH", "LC_ALL"}


def test_no_repository_brings_a_program_along(tmp_path: Path) -> None:
    for folder in ("mine", "theirs"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tool").write_text("#!/bin/sh\n")
        (tmp_path / folder / "tool").chmod(0o700)
    path = os.pathsep.join(["theirs", str(tmp_path / "theirs"), str(tmp_path / "mine")])
    assert find("tool", [str(tmp_path / "theirs")], path) == str(tmp_path / "mine" / "tool")
    assert find("tool", [str(tmp_path)], path) is None
    assert find("./tool", [str(tmp_path)], path) == "./tool"
