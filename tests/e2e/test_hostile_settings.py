"""Wrong settings of any type and depth, from each place that has some: told once, and ghost text goes on.

The real server, one for several examples: starting one takes longer than a hundred changes of its settings.
"""

from __future__ import annotations

import asyncio
import json
import random
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench import client
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.settings.resolve import MAX_TOLD
from mistral_lsp.settings.rule import Wrong, shown
from mistral_lsp.settings.tree import RULES, SECTIONS, variable_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.session import Start

    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

ASKED = "workspace/configuration"
WITHIN_S = 20.0
ROUNDS = 40
EACH = 5  # wrong settings at a time: all of them fit into one message
TAKEN = {"endpoint.url", "completion.delay_ms", "completion.fetch_ahead"}  # the fixture's environment sets these

TEXTS = (
    *("", " ", "true", "-1", "1e999", "nan", "0x10", "yes", "%s%n", "{0.__class__}", "{{7*7}}", "../../etc/passwd"),
    *("\x00", "\x1b[31mred", "\n\n", "\u202e", "\ud800", "😀" * 300, "x" * 100_000, "javascript:alert(1)", "C:\\nul"),
)
NUMBERS = (-1, 0, 10**30, -(10**30), 0.5, -0.0, 1e308, 2**63)


def deep(value: Any, depth: int, rng: random.Random) -> Any:
    for _ in range(depth):
        value = [value] if rng.random() < 0.5 else {rng.choice(["a", "url", "mistralLsp", "", "."]): value}
    return value


def anything(rng: random.Random) -> Any:
    """A value of any type, and of any depth."""
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: rng.choice(TEXTS),
        lambda: rng.choice(NUMBERS),
        lambda: rng.random() < 0.5,
        lambda: [rng.choice(TEXTS), rng.choice(NUMBERS)],
        lambda: {"default": rng.choice(TEXTS)},
        lambda: deep(rng.choice(TEXTS), rng.choice([1, 2, 200]), rng),
        lambda: [rng.choice(TEXTS) for _ in range(rng.choice([2, 1_000]))],
    )
    return rng.choice(kinds)()


def is_wrong(key: str, value: Any) -> bool:
    if value is None or value == []:  # these are unset
        return False
    try:
        RULES[key].check(value)
    except Wrong:
        return True
    return False


def wrong_settings(rng: random.Random, count: int) -> dict[str, Any]:
    """So many real settings, each with a value that it can't have."""
    keys = rng.sample(sorted(set(RULES) - TAKEN), count)
    return {key: next(value for value in iter(lambda: anything(rng), None) if is_wrong(key, value)) for key in keys}


def unknown(rng: random.Random) -> str:
    """The name of no setting."""
    return rng.choice(["", f"{rng.choice(list(SECTIONS))}."]) + rng.choice(
        ["zz", "Url_", "dela y", "ключ", "__class__"]
    )


def tree(flat: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """As one of the ways in which editors write settings."""
    way = rng.randrange(3)
    if way == 0:
        return flat
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        *sections, name = key.split(".")
        inner = nested
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[name] = value
    return nested if way == 1 else {"mistralLsp": nested}


def told(editor: Editor) -> list[str]:
    """Each line of each message, in order."""
    messages = [params["message"] for method, params in editor.notifications if method == "window/showMessage"]
    return list(chain.from_iterable(message.removeprefix("mistral-lsp: ").splitlines() for message in messages))


def about(lines: list[str], source: str, key: str) -> list[str]:
    """The lines that tell of one setting of one source."""
    return [line for line in lines if line.startswith((f"{source}: {key} is ", f"{source}: {key} = "))]


def is_whole(line: str) -> bool:
    """Whether a line says what is wrong and what would be right, in words that a screen can show."""
    return line.isprintable() and len(line) < 1_000 and ("it must be " in line or " is unknown" in line)


async def goes_on(editor: Editor) -> bool:
    editor.type("\ntotal = a ")
    return [item["insertText"] for item in await editor.ghost_text() or []] == ["+ b"]


@pytest.mark.parametrize("seed", range(3))
async def test_while_it_runs(start: Start, endpoint: Endpoint, seed: int) -> None:
    rng = random.Random(seed)
    endpoint.script = Script(reply="+ b\n")
    async with start(endpoint.url, capabilities={}) as editor:
        editor.open("")
        assert await goes_on(editor)
        before: dict[str, dict[str, Any]] = {}
        for _ in range(ROUNDS):
            source = rng.choice(["initializationOptions", "workspace/configuration"])
            wrong = wrong_settings(rng, rng.randint(0, EACH - 1)) | {unknown(rng): anything(rng)}
            seen = len(told(editor))
            if source == "initializationOptions":
                editor.notify("$/mistralLsp/settings", {"settings": tree(wrong, rng)})
            else:
                editor.notify("workspace/didChangeConfiguration", {"settings": tree(wrong, rng)})
            assert await goes_on(editor)
            lines = told(editor)[seen:]
            for key in wrong.keys() & RULES.keys():
                assert len(about(lines, source, key)) == 1 or shown(wrong[key]) == shown(before[source][key]), key
            assert all(line.startswith(source) and is_whole(line) for line in lines), lines
            assert len(lines) == len(set(lines)) <= EACH
            before[source] = wrong


@pytest.mark.parametrize(
    "settings", [7, "all", [1], True, deep(1, 200, random.Random(0)), {"completion": 1, "endpoint": [2]}]
)
async def test_what_is_no_tree_at_all(start: Start, endpoint: Endpoint, settings: Any) -> None:
    endpoint.script = Script(reply="+ b\n")
    async with start(endpoint.url, capabilities={}, options=settings) as editor:
        editor.open("")
        assert await goes_on(editor)
        editor.notify("workspace/didChangeConfiguration", {"settings": settings})
        assert await goes_on(editor)
        lines = told(editor)
        assert lines
        assert len(lines) == len(set(lines))


REPLIES: dict[str, Any] = {
    "a number": {"result": 7},
    "a text": {"result": "all"},
    "null": {"result": None},
    "none of them": {"result": []},
    "more of them": {"result": [{"completion": {"delay_ms": "soon"}}] * 9},
    "a tree in a tree": {"result": [[{"completion": {"delay_ms": "soon"}}]]},
    "deep": {"result": [deep({"completion": 1}, 200, random.Random(1))]},
    "an error": {"error": {"code": -32603, "message": "no"}},
    "an odd error": {"error": 5},
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
async def test_what_an_editor_answers_when_it_is_asked(
    start: Start, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, reply: dict[str, Any]
) -> None:
    granted = client.Client._reply
    answer = lambda self, method, params: reply if method == ASKED else granted(self, method, params)  # noqa: E731
    monkeypatch.setattr(client.Client, "_reply", answer)
    endpoint.script = Script(reply="+ b\n")
    async with start(endpoint.url) as editor:
        editor.open("")
        for _ in range(3):
            editor.notify("workspace/didChangeConfiguration", {"settings": None})
            assert await goes_on(editor)
        async with asyncio.timeout(WITHIN_S):
            while [method for method, _ in editor.asked].count(ASKED) < 4:  # at the start, and for each change
                await asyncio.sleep(0.01)
        assert await goes_on(editor)
        assert len(told(editor)) == len(set(told(editor)))


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=not isinstance(value, str) or not value.isprintable())


def writable(wrong: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wrong.items() if "\\ud8" not in json.dumps(value)}  # TOML has no surrogates


def variables(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Settings with texts that they can't have, by key."""
    for key in rng.sample(sorted(set(RULES) - TAKEN), EACH):
        wrong = [text for text in TEXTS if text and text.isprintable() and is_wrong(key, RULES[key].from_text(text))]
        if wrong:
            yield key, rng.choice(wrong)


@pytest.mark.parametrize("seed", range(4))
async def test_from_the_start(start: Start, endpoint: Endpoint, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    endpoint.script = Script(reply="+ b\n")
    file = tmp_path / "config" / "mistral-lsp" / "config.toml"
    file.parent.mkdir(parents=True)
    wrong = {
        str(file): writable(wrong_settings(rng, 2)),
        "initializationOptions": wrong_settings(rng, 2),
        **{variable_of(key): {key: text} for key, text in dict(variables(rng)).items()},
    }
    env = {source: text for source, told_of in wrong.items() for text in told_of.values() if source.startswith("MIST")}
    file.write_text("".join(f"{key} = {toml(value)}\n" for key, value in wrong[str(file)].items()), encoding="utf-8")
    options = tree(wrong["initializationOptions"], rng)
    async with start(endpoint.url, env=env, options=options, capabilities={}) as editor:
        editor.open("")
        assert await goes_on(editor)
        lines = told(editor)
        count = sum(map(len, wrong.values()))
        for line in lines[:MAX_TOLD]:
            assert is_whole(line), line
        named = [key for source, keys in wrong.items() for key in keys if len(about(lines, source, key)) == 1]
        assert len(named) == min(count, MAX_TOLD)
        assert (f"And {count - MAX_TOLD} more." in lines) is (count > MAX_TOLD)


FILES = {
    "NULs": b"\x00" * 1_000,
    "no UTF-8": b"\xff\xfe[",
    "a number for a table": b"completion = 1",
    "deep": b"a = " + b"[" * 50_000,
    "broken off": b"[completion]\nmax_tokens",
    "two megabytes": b"x" * 2**21,
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
async def test_a_file_that_is_no_settings(start: Start, endpoint: Endpoint, tmp_path: Path, content: bytes) -> None:
    endpoint.script = Script(reply="+ b\n")
    file = tmp_path / "config" / "mistral-lsp" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    async with start(endpoint.url) as editor:
        editor.open("")
        assert await goes_on(editor)
        [line] = told(editor)
        assert line.startswith(str(file))
        assert line.isprintable()
