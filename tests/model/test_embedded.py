"""The embedded model on the real engine and the real weights."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model import engine_process, llamacpp_wire, weights
from mistral_lsp.model.address import Address
from mistral_lsp.model.base import Broken, Closed, ModelError, Refused, Unreachable
from mistral_lsp.model.embedded import EmbeddedModel
from mistral_lsp.model.http import Http

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVEN = '```python\ndef is_even(n):\n    """Return whether n is even."""'
PROMPT = Prompt(EVEN, 24, ("\n\n", "```"))
LONG = Prompt("".join(f"value_{n} = function_{n}(argument_{n})\n" for n in range(30)), 8)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(gguf: Path) -> AsyncIterator[EmbeddedModel]:
    model = EmbeddedModel(gguf)
    yield model
    await model.close()


async def said(model: EmbeddedModel, prompt: Prompt = PROMPT) -> str:
    return "".join([chunk async for chunk in model.stream(prompt)])


async def ask(model: EmbeddedModel, path: str, body: dict[str, Any] | None = None) -> Any:
    """A question to the engine itself, past the model."""
    engine = await model._running()
    if body is None:
        return (await engine.http.get(path)).json
    async with contextlib.aclosing(engine.http.events(path, json.dumps(body).encode())) as events:
        return [json.loads(event) async for together in events for event in together][-1]


async def freed(model: EmbeddedModel) -> float:
    """Seconds until the engine's slot is free."""
    clock = asyncio.get_running_loop().time
    started = clock()
    async with asyncio.timeout(10):
        while (await ask(model, "/slots"))[0]["is_processing"]:
            pass
    return clock() - started


async def test_the_real_model_completes_a_function(model: EmbeddedModel) -> None:
    assert await said(model) == "\n    return n % 2 == 0"


async def test_it_says_what_it_is(model: EmbeddedModel) -> None:
    info = await model.describe()
    assert (info.engine, info.name, info.context_tokens) == ("embedded", "SmolLM2-135M-Instruct.Q4_1", 4096)


async def test_the_answer_begins_as_the_prompt_wants_it(model: EmbeddedModel) -> None:
    for begins_with in ("\n    res", "\n    if", '\n\t"\\x: é'):
        assert (await said(model, Prompt(EVEN, 16, begins_with=begins_with))).startswith(begins_with)


async def test_a_second_prompt_with_the_same_beginning_reads_only_what_is_new(model: EmbeddedModel) -> None:
    await said(model, Prompt(LONG.text[:600], 1))
    body = json.loads(llamacpp_wire.body_of(Prompt(LONG.text[:600] + "x = ", 1)))
    timings = (await ask(model, "/completion", body))["timings"]
    assert timings["cache_n"] > 150
    assert timings["prompt_n"] < 20


async def test_leaving_a_stream_frees_the_slot(model: EmbeddedModel) -> None:
    async with contextlib.aclosing(model.stream(Prompt(EVEN, 2000))) as chunks:
        await anext(chunks)
    assert await freed(model) < 3  # 2000 tokens would take ten times that


async def test_cancelling_frees_the_slot_while_the_prompt_is_still_read(model: EmbeddedModel) -> None:
    prompt = Prompt("# other\n" + LONG.text, 8)
    task = asyncio.ensure_future(said(model, prompt))
    async with asyncio.timeout(10):
        while not (await ask(model, "/slots"))[0]["is_processing"]:
            pass
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await freed(model)
    read, total = await progress_of(model, prompt)
    assert total > 400
    assert read < total / 2  # it had not read on for nobody


async def progress_of(model: EmbeddedModel, prompt: Prompt) -> tuple[int, int]:
    """How many of a prompt's tokens the engine has read already, and how many there are."""
    engine = await model._running()
    async with contextlib.aclosing(engine.http.events("/completion", llamacpp_wire.body_of(prompt))) as events:
        progress = json.loads((await anext(events))[0])["prompt_progress"]
    return progress["cache"], progress["total"]


async def test_a_prompt_longer_than_the_context_names_the_setting(model: EmbeddedModel) -> None:
    with pytest.raises(Refused) as caught:
        await said(model, Prompt("x " * 9000, 4))
    assert "completion.context_tokens" in caught.value.advice


async def test_lone_surrogates_and_nothing_at_all_are_no_trouble(model: EmbeddedModel) -> None:
    await said(model, Prompt("a\ud800b", 2, ("\udfff",)))
    await said(model, Prompt("", 2))


async def test_only_who_has_the_key_gets_an_answer(model: EmbeddedModel) -> None:
    engine = await model._running()
    stranger = Http(Address(url=engine.http.where))
    try:
        for path in ("/props", "/slots", "/v1/models"):
            assert (await stranger.get(path)).status == 401
    finally:
        await stranger.close()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="only Linux shows a process's arguments as a file")
async def test_the_key_is_where_other_users_cannot_read_it(model: EmbeddedModel) -> None:
    engine = await model._running()
    shown = await asyncio.to_thread(public_parts, engine._process.pid)
    assert "engine.py" in shown
    assert str(engine.http._token) not in shown


def public_parts(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/environ").read_text()


async def test_an_engine_that_dies_is_told_and_started_anew(gguf: Path) -> None:
    model = EmbeddedModel(gguf)
    chunks = model.stream(Prompt(EVEN, 2000))
    await anext(chunks)
    assert model._engine is not None
    model._engine._process.kill()
    with pytest.raises(Broken, match="ended within its answer"):
        async for _ in chunks:
            pass
    assert "return" in await said(model)
    await model.close()


async def test_however_many_wait_one_engine_starts_and_goes_on_when_they_leave(
    gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = 0
    start = engine_process.start

    async def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal starts
        starts += 1
        return await start(*arguments, **options)

    monkeypatch.setattr(engine_process, "start", counted)
    model = EmbeddedModel(gguf)
    waiting = [asyncio.ensure_future(said(model)) for _ in range(5)]
    await asyncio.sleep(0)
    for task in waiting[:4]:
        task.cancel()
    assert "return" in await waiting[4]
    await model.describe()
    assert starts == 1
    await model.close()


async def test_closing_ends_the_process_also_while_it_starts(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()

    async def never_ready(process: asyncio.subprocess.Process, _wanted: Any) -> None:
        processes.put_nowait(process)
        await asyncio.Event().wait()

    monkeypatch.setattr(engine_process, "_ask", never_ready)
    model = EmbeddedModel(gguf)
    task = asyncio.ensure_future(said(model))
    process = await processes.get()
    await model.close()
    assert process.returncode is not None
    with pytest.raises((asyncio.CancelledError, ModelError)):
        await task
    with pytest.raises(Closed):
        await said(model)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"not a model", "can't load"), (b"", "can't load"), (None, "there is no model in")],
)
async def test_a_file_that_is_no_model_is_told_once_and_not_tried_at_every_keystroke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, words: str
) -> None:
    path = tmp_path / "my.gguf"
    if content is not None:
        path.write_bytes(content)
    model = EmbeddedModel(path)
    for _ in range(3):
        with pytest.raises(Unreachable, match=words) as caught:
            await said(model)
        assert "endpoint.model" in caught.value.advice
        monkeypatch.setattr(engine_process, "start", None)  # not called again
    await model.close()


async def test_a_model_cut_off_in_the_middle_says_so(gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.gguf"
    with gguf.open("rb") as whole:
        path.write_bytes(whole.read(40_000_000))
    model = EmbeddedModel(path)
    with pytest.raises(Unreachable, match="corrupted or incomplete"):
        await said(model)
    await model.close()


async def test_without_the_engine_the_advice_is_how_to_install_it(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "no_engine"))
    model = EmbeddedModel(gguf)
    with pytest.raises(Unreachable) as caught:
        await said(model)
    assert 'pip install "mistral-lsp[embedded]"' in caught.value.advice
    await model.close()


async def test_a_workspace_cannot_put_its_own_engine_in_the_way(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xllamacpp.py").write_text("raise SystemExit('from the workspace')")
    (tmp_path / "json.py").write_text("raise SystemExit('from the workspace')")
    monkeypatch.chdir(tmp_path)
    model = EmbeddedModel(gguf)
    assert (await model.describe()).engine == "embedded"
    await model.close()


async def test_weights_that_may_not_be_fetched_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "find", lambda: None)
    model = EmbeddedModel(fetch=False)
    with pytest.raises(Unreachable) as caught:
        await said(model)
    assert "mistral-lsp fetch" in caught.value.advice
    await model.close()


async def test_weights_that_are_missing_are_fetched_with_progress(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fetched(*, on_progress: Any) -> Path:
        on_progress(1, 2)
        return gguf

    told: list[tuple[int, int]] = []
    monkeypatch.setattr(weights, "find", lambda: None)
    monkeypatch.setattr(weights, "fetch", fetched)
    model = EmbeddedModel(on_progress=lambda done, total: told.append((done, total)))
    assert "return" in await said(model)
    assert told == [(1, 2)]
    await model.close()


PARENT = """
import asyncio, sys
from pathlib import Path
from mistral_lsp.model.embedded import EmbeddedModel

async def main():
    model = EmbeddedModel(Path(sys.argv[1]))
    await model.describe()
    print(model._engine._process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells of the death of a process that isn't ours")
async def test_the_engine_does_not_outlive_a_killed_server(gguf: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(gguf), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    engine = os.pidfd_open(int(await parent.stdout.readline()))
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(engine, gone.set)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    try:
        async with asyncio.timeout(5):
            await gone.wait()
    finally:
        loop.remove_reader(engine)
        os.close(engine)
