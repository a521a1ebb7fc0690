"""The user's own checkers and tests over real stdio: only a picked action runs them, and no repository names them."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.endpoint import turns

from mistral_lsp.bench.client import Refusal
from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.measure import server_command
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.endpoint import Endpoint

CODE = "def total(prices):\n    return sum(prise)\n\n\ndef count(prices):\n    return len(prices)\n"
TESTS = "from shop import total\n\nassert total([1, 2]) == 3, 'wrong sum'\n"
RIGHT = "def total(prices):\n    return sum(prices)"
ABLE: dict[str, Any] = {
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "resolveSupport": {"properties": ["edit"]},
            "dataSupport": True,
        },
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}, "configuration": True},
}
PYTHON = f"{sys.executable} -B"
RUFF = f"{shutil.which('ruff', path=Path(sys.executable).parent)} check --no-cache {{file}}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose tests pass with the right fix."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "shop.py").write_text(CODE)
    (root / "test_shop.py").write_text(TESTS)
    return root


def started(url: str, home: Path, actions: dict[str, Any], kind: type[Editor] = Editor) -> Any:
    """A server that may run programs; the one of the `start` fixture may not."""
    env = {"XDG_CONFIG_HOME": str(home / "config"), "MISTRAL_LSP_ENDPOINT_URL": url}
    options = {"endpoint": {"kind": "tgi"}, "explain": {"prepare": False}, "actions": actions}
    return kind.start(server_command(), env=env, options=options, capabilities=ABLE)


async def fix(editor: Editor, root: Path) -> dict[str, Any]:
    """The row that fixes the wrong name."""
    added = {"added": [{"uri": root.as_uri(), "name": root.name}], "removed": []}
    editor.notify("workspace/didChangeWorkspaceFolders", {"event": added})
    editor.open(root / "shop.py")
    editor.after("sum(pr")
    rows = await editor.code_actions(editor.diagnostic("prise", "Undefined name `prise`", source="Ruff", code="F821"))
    return next(row for row in rows if row["title"].startswith("Fix"))


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


async def test_checkers_and_tests_are_in_the_title(endpoint: Endpoint, root: Path, tmp_path: Path) -> None:
    endpoint.script = Script(reply=fenced(RIGHT))
    actions = {"checkers": [f"*.py: {RUFF}"], "test_command": f"{PYTHON} test_shop.py"}
    async with started(endpoint.url, tmp_path, actions) as editor:
        found = await editor.request("codeAction/resolve", await fix(editor, root))
    assert found["title"].endswith(", ruff agrees, tests pass)")
    assert names(root) == ["shop.py", "test_shop.py"]
    assert (root / "shop.py").read_text() == CODE


async def test_a_fix_that_breaks_the_tests_is_told_to_the_model_and_then_refused(
    endpoint: Endpoint, root: Path, tmp_path: Path
) -> None:
    endpoint.script = Script(reply=fenced("def total(prices):\n    return sum(count(prices) for count in prices)"))
    actions = {"test_command": f'{PYTHON} -c \'import shop; assert "for count" not in open("shop.py").read(), 7\''}
    async with started(endpoint.url, tmp_path, actions) as editor:
        with pytest.raises(Refusal, match="no fix found: the tests fail with it: AssertionError: 7"):
            await editor.request("codeAction/resolve", await fix(editor, root))
    assert "the tests fail with it: AssertionError: 7" in turns(endpoint)[-1]


async def test_a_cancelled_request_ends_the_tests(endpoint: Endpoint, root: Path, tmp_path: Path) -> None:
    endpoint.script = Script(reply=fenced(RIGHT))
    pid_file = tmp_path / "pid"
    code = f"import os, time; open('{pid_file}', 'w').write(f'{{os.getpid()}} '); time.sleep(600)"
    async with started(endpoint.url, tmp_path, {"test_command": f'{PYTHON} -c "{code}"'}) as editor:
        pending = editor.ask("codeAction/resolve", await fix(editor, root))
        async with asyncio.timeout(30):
            while not is_written(pid_file):
                await asyncio.sleep(0.01)
        editor.cancel(pending.id)
        with pytest.raises(Refusal):
            await pending.answer
        async with asyncio.timeout(30):
            while runs(int(pid_file.read_text())):
                await asyncio.sleep(0.01)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def is_written(path: Path) -> bool:
    return path.exists() and path.read_text().endswith(" ")


def runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.mark.parametrize("agrees", [False, True])
async def test_no_repository_names_a_program(
    start: Start, endpoint: Endpoint, root: Path, tmp_path: Path, *, agrees: bool
) -> None:
    """Neither by its files nor through the editor's configuration, nor with an endpoint that the user agreed to."""
    endpoint.script = Script(reply=fenced(RIGHT))
    ran = tmp_path / "ran"
    theirs = {"checkers": [f"touch {ran}"], "test_command": f"touch {ran}"}
    for name in ("pyproject.toml", "mistral-lsp.toml", ".mistral-lsp.toml", "config.toml"):
        (root / name).write_text(f'[actions]\ncheckers = ["touch {ran}"]\ntest_command = "touch {ran}"\n')
    settings = {"mistralLsp": {"actions": theirs, "endpoint": {"timeout_s": 9}}}
    options = {"endpoint": {"kind": "tgi"}, "explain": {"prepare": False}}
    async with start(endpoint.url, settings=settings, options=options, capabilities=ABLE) as editor:
        editor.choice = "Use it" if agrees else None
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        [told] = [await editor.notified("window/showMessage")]
        await editor.settle()
        found = await editor.request("codeAction/resolve", await fix(editor, root))
        assert "actions.test_command" in told["message"]
        assert found["title"].endswith("(parses, the error is gone, pyflakes finds nothing new)")
    assert not ran.exists()


SLOW = """\
def unique(items):
    found = []
    for item in items:
        if item not in found:
            found.append(item)
    return found
"""
FAST = "def unique(items):\n    return list(dict.fromkeys(items))"


async def optimise(editor: Editor, root: Path) -> dict[str, Any]:
    """The optimised function, as the editor gets it."""
    (root / "shop.py").write_text(SLOW)
    editor.open(root / "shop.py")
    editor.after("for item")
    row = next(row for row in await editor.code_actions() if row["title"].startswith("Optimise"))
    found: dict[str, Any] = await editor.request("codeAction/resolve", row)
    return found


async def test_the_user_is_asked_before_code_is_run_to_measure_it(
    endpoint: Endpoint, root: Path, tmp_path: Path
) -> None:
    endpoint.script = Script(reply=fenced(FAST))
    async with started(endpoint.url, tmp_path, {}) as editor:
        editor.choice = "Measure"
        found = await optimise(editor, root)
        [asked] = [about for method, about in editor.asked if method == "window/showMessageRequest"]
    assert [one["title"] for one in asked["actions"]] == ["Measure", "Don't"]
    assert "x as fast on " in found["title"]


@pytest.mark.parametrize("choice", ["Don't", None])
async def test_without_consent_nothing_runs(start: Start, endpoint: Endpoint, root: Path, choice: str | None) -> None:
    endpoint.script = Script(reply=fenced(FAST))
    options = {"endpoint": {"kind": "tgi"}, "explain": {"prepare": False}}
    async with start(endpoint.url, options=options, capabilities=ABLE) as editor:
        editor.choice = choice
        found = await optimise(editor, root)
    assert found["title"].endswith(", not measured)")


class Helix(Editor):
    name = "helix"


async def test_an_editor_that_could_not_answer_is_not_asked_and_its_user_hears_why(
    endpoint: Endpoint, root: Path, tmp_path: Path
) -> None:
    endpoint.script = Script(reply=fenced(FAST))
    async with started(endpoint.url, tmp_path, {}, Helix) as editor:
        editor.choice = "Measure"
        found = await optimise(editor, root)
        told = await editor.notified("window/showMessage")
    assert found["title"].endswith(", not measured)")
    assert not any(method == "window/showMessageRequest" for method, _ in editor.asked)
    assert "Helix can't be asked" in told["message"]
    assert 'actions.measure = "always"' in told["message"]
