"""The workspace over real stdio: what is indexed, followed and kept out, and what never reaches the endpoint."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.core.reason import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from support.session import Start

    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

WATCHING = {"workspace": {"workspaceFolders": True, "didChangeWatchedFiles": {"dynamicRegistration": True}}}
WITHIN_S = 30.0
LINE = "total = a \n"
CREATED, CHANGED, DELETED = 1, 2, 3


def write(root: Path, **files: str) -> None:
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        (root / f"{name}.py").write_text(text)


def add_folder(editor: Editor, *roots: Path, removed: tuple[Path, ...] = ()) -> None:
    event = {
        "added": [{"uri": root.as_uri(), "name": root.name} for root in roots],
        "removed": [{"uri": root.as_uri(), "name": root.name} for root in removed],
    }
    editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})


def watched(editor: Editor, kind: int, *paths: Path) -> None:
    changes = [{"uri": path.as_uri(), "type": kind} for path in paths]
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})


async def indexed(editor: Editor, files: int) -> None:
    """Wait until the last thing that the log says is that so many files are indexed."""
    async with asyncio.timeout(WITHIN_S):
        while [int(n) for n in re.findall(r"index: (\d+) files", editor.stderr)][-1:] != [files]:
            await asyncio.sleep(0.01)


async def newest(editor: Editor) -> str:
    """What became of the last request."""
    told: str = await editor.request("workspace/executeCommand", {"command": "mistralLsp.why", "arguments": ["quiet"]})
    return next(line for line in told.splitlines() if line.startswith("- "))


async def ask(editor: Editor, path: Path, *, invoked: bool = False) -> list[dict[str, Any]] | None:
    """Ghost text in a file, whose text the editor has."""
    editor.open(LINE, uri=path.as_uri())
    editor.after("a ")
    return await editor.ghost_text(invoked=invoked)


async def test_folders_files_and_documents_are_followed(start: Start, endpoint: Endpoint, tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    write(root, a="def one(): pass\n", b="def two(): pass\n")
    write(other, c="def three(): pass\n")
    async with start(endpoint.url, capabilities=WATCHING) as editor:
        add_folder(editor, root)
        await indexed(editor, 2)
        add_folder(editor, other)
        await indexed(editor, 3)
        write(root, new="def new(): pass\n")
        watched(editor, CREATED, root / "new.py")
        await indexed(editor, 4)
        (root / "a.py").unlink()
        (root / "b.py").unlink()
        watched(editor, DELETED, root / "a.py", root / "b.py")
        await indexed(editor, 2)
        add_folder(editor, removed=(root,))
        await indexed(editor, 1)
        registered = [item for m, p in editor.asked if m == "client/registerCapability" for item in p["registrations"]]
        [files] = [item for item in registered if item["method"] == "workspace/didChangeWatchedFiles"]
        globs = [watcher["globPattern"] for watcher in files["registerOptions"]["watchers"]]
        assert any("py" in glob for glob in globs)
        assert any(".gitignore" in glob for glob in globs)
    assert str(tmp_path) not in editor.stderr


async def test_an_editor_that_watches_nothing_tells_by_saving_and_by_its_file_tree(
    start: Start, endpoint: Endpoint, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    write(root, a="def one(): pass\n")
    async with start(endpoint.url, capabilities={}) as editor:
        add_folder(editor, root)
        await indexed(editor, 1)
        write(root, b="def two(): pass\n", c="def three(): pass\n", d="def four(): pass\n")
        editor.notify("textDocument/didSave", {"textDocument": {"uri": (root / "b.py").as_uri()}})
        await indexed(editor, 2)
        editor.notify("workspace/didCreateFiles", {"files": [{"uri": (root / "c.py").as_uri()}]})
        await indexed(editor, 3)
        (root / "c.py").rename(root / "e.py")
        (root / "d.py").unlink()
        names = {"oldUri": (root / "c.py").as_uri(), "newUri": (root / "e.py").as_uri()}
        editor.notify("workspace/didRenameFiles", {"files": [names]})
        (root / "a.py").unlink()
        editor.notify("workspace/didDeleteFiles", {"files": [{"uri": (root / "a.py").as_uri()}]})
        await indexed(editor, 2)
        assert not [method for method, _ in editor.asked if method == "client/registerCapability"]


async def test_the_root_of_an_editor_without_folders_is_indexed_too(endpoint: Endpoint, tmp_path: Path) -> None:
    import sys

    from mistral_lsp.bench.client import Client

    class Rooted(Client):
        async def request(self, method: str, params: Any = None, **more: Any) -> Any:
            if method == "initialize":
                params |= {"rootUri": (tmp_path / "root").as_uri()}
            return await super().request(method, params, **more)

    write(tmp_path / "root", a="def one(): pass\n")
    env = {"XDG_CONFIG_HOME": str(tmp_path), "MISTRAL_LSP_ENDPOINT_URL": endpoint.url, "MISTRAL_LSP_LOG": "info"}
    async with Rooted.start([sys.executable, "-m", "mistral_lsp"], env=env, capabilities={}) as client:
        async with asyncio.timeout(WITHIN_S):
            while "index: 1 files" not in client.stderr:
                await asyncio.sleep(0.01)


async def test_many_changes_at_once_are_followed_by_looking_again(
    start: Start, endpoint: Endpoint, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    write(root, a="def one(): pass\n")
    async with start(endpoint.url) as editor:
        add_folder(editor, root)
        await indexed(editor, 1)
        write(root, b="def two(): pass\n")
        watched(editor, CREATED, root / "b.py", *(root / f"gone{number}.py" for number in range(600)))
        await indexed(editor, 2)


async def test_the_doctor_tells_what_is_indexed(start: Start, endpoint: Endpoint, tmp_path: Path) -> None:
    write(tmp_path / "root", a="def one(): pass\n")
    async with start(endpoint.url) as editor:
        add_folder(editor, tmp_path / "root")
        await indexed(editor, 1)
        told = await editor.request("workspace/executeCommand", {"command": "mistralLsp.doctor"})
        assert "Workspace   1 files indexed" in told


async def test_settings_decide_what_is_read(start: Start, endpoint: Endpoint, tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, a="def one(): pass\n", b="def two(): pass\n")
    async with start(endpoint.url, options={"privacy": {"ignore": ["a.py"]}}) as editor:
        add_folder(editor, root)
        await indexed(editor, 1)
        editor.settings = {"mistralLsp": {"workspace": {"index": False}}}
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        await indexed(editor, 0)
        editor.settings = {"mistralLsp": {"privacy": {"ignore": ["!a.py", "c.py"]}}}  # a repository can write there
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        await indexed(editor, 1)


@pytest.mark.parametrize("invoked", [False, True])
async def test_nothing_of_a_secret_or_an_ignored_file_is_sent_though_it_is_open(
    start: Start, endpoint: Endpoint, tmp_path: Path, *, invoked: bool
) -> None:
    endpoint.script = Script(reply="+ b\n")
    root, home = tmp_path / "root", tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_rsa").write_text(LINE)
    write(root, hidden=LINE, fine=LINE)
    (root / ".env").write_text(LINE)
    (root / ".gitignore").write_text("hidden.py\n")
    (root / "notes.py").symlink_to(home / ".ssh" / "id_rsa")
    os.link(root / ".env", root / "hard.py")
    async with start(endpoint.url, env={"HOME": str(home)}) as editor:
        add_folder(editor, root)
        secret = [root / ".env", root / ".ENV", root / "sub" / ".." / ".env", root / "notes.py", root / "hard.py"]
        for path in secret:
            assert await ask(editor, path, invoked=invoked) == [], path
            assert str(Reason.SECRET) in await newest(editor), path
        assert await ask(editor, root / "hidden.py", invoked=invoked) == []
        assert str(Reason.IGNORED) in await newest(editor)
        assert not endpoint.requests
        assert [item["insertText"] for item in await ask(editor, root / "fine.py", invoked=invoked) or []] == ["+ b"]


async def test_an_ignore_file_that_comes_later_counts_for_what_is_open(
    start: Start, endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.script = Script(reply="+ b\n")
    root = tmp_path / "root"
    write(root, a=LINE)
    async with start(endpoint.url) as editor:
        add_folder(editor, root)
        assert await ask(editor, root / "a.py")
        (root / ".gitignore").write_text("a.py\n")
        watched(editor, CREATED, root / ".gitignore")
        async with asyncio.timeout(WITHIN_S):
            while await editor.ghost_text():
                await asyncio.sleep(0.01)
        assert str(Reason.IGNORED) in await newest(editor)


async def test_a_hostile_workspace_holds_nobody_up(start: Start, endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.script = Script(reply="+ b\n")
    root = tmp_path / "root"
    write(root, a="def one(): pass\n", broken="def " + "(" * 5000, binary="x\0y")
    for name in ("fifo.py", ".gitignore"):
        os.mkfifo(root / name)
    (root / "zero.py").symlink_to("/dev/zero")
    (root / "proc").symlink_to("/proc")
    (root / "loop").symlink_to(root)
    (root / ".ignore").write_text("*a*a*a*a*a*a*a*a*b\n[\n" + "x" * 5000)
    (root / ("a" * 200 + ".py")).write_text("def two(): pass\n")
    async with start(endpoint.url) as editor:
        add_folder(editor, root)
        watched(editor, CHANGED, root / "fifo.py", root / "proc" / "self" / "environ", root / ".." / ".." / "x.py")
        await editor.settle()
        assert await ask(editor, root / "fifo.py") is not None
        async with asyncio.timeout(WITHIN_S):
            while "index: " not in editor.stderr:
                await asyncio.sleep(0.01)


async def test_files_of_one_folder_are_not_of_another_s_index(start: Start, endpoint: Endpoint, tmp_path: Path) -> None:
    root, inner = tmp_path / "root", tmp_path / "root" / "inner"
    write(root, a="def one(): pass\n")
    write(inner, b="def two(): pass\n")
    async with start(endpoint.url) as editor:
        add_folder(editor, root, inner)
        await indexed(editor, 2)  # not three: the inner one's file is once here


async def test_a_prompt_has_the_definitions_of_its_own_folder_alone(
    start: Start, endpoint: Endpoint, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    main = "from prices import total_of\n\n\ntotal = total_of(a \n"
    for root, name in ((one, "mine"), (two, "theirs")):
        write(root, prices=f"def total_of(orders, {name}):\n    return orders\n")
        write(root / "src", main=main)
    async with start(endpoint.url, options={"endpoint": {"family": "mistral-v3"}}) as editor:
        add_folder(editor, one, two)
        await indexed(editor, 4)
        editor.open(main, uri=(one / "src" / "main.py").as_uri())
        editor.after("total_of(a ")
        await editor.ghost_text()
    [sent] = [request.body["inputs"] for request in endpoint.requests if request.path == "/generate_stream"]
    assert "def total_of(orders, mine)" in sent
    assert "theirs" not in sent
    assert "src/main.py up to the cursor" in sent
    assert str(tmp_path) not in sent
