"""What each folder may import, so that the layers stay what their names say."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import mistral_lsp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PACKAGE = Path(mistral_lsp.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# What a folder or a module of the package may import of the package itself; the longest entry that fits counts.
ANY = ("",)
ARROWS = {
    "core": ("core",),
    "model": ("model", "core"),
    "features": ("features", "core", "model.base"),
    "settings": ("settings", "core.visible", "core.tools"),
    "templates": ("core",),
    "logs": ("core.visible",),
    "terminal": (),
    "workspace": ("workspace", "core"),
    "running": ("running", "workspace", "core"),
    "lsp": ("lsp", "features", "core", "model.base", "settings"),
    "deploy": ("deploy", "core"),
    "bench": ANY,
    "commands": ANY,
    "wiring": ANY,
    "survey": ("workspace", "running", "features", "core", "settings"),
    "cli": ANY,
    "__main__": ("cli",),
    "__init__": (),
}

# Who alone may import a library; no other one is imported anywhere but in bench.
LIBRARIES = {
    "pygls": ("lsp",),
    "lsprotocol": ("lsp",),
    "cattrs": ("lsp",),
    "attrs": ("lsp",),
    "httptools": ("model",),
    "text_generation": ("model",),
    "pydantic": ("model",),
    "xllamacpp": ("model",),
    "jinja2": ("core", "deploy"),
    "markdown_it": ("core",),
    "tree_sitter": ("core",),
    "keyring": ("model",),
    "pyflakes": ("core",),
    "pathspec": ("workspace",),
}

# Who alone may use these of the standard library: the network, other processes, disk and clock.
OUTSIDE = {
    "socket": ("model", "lsp.transport", "running.limited"),  # which closes the network
    "ssl": ("model",),
    "http": ("model",),
    "urllib.request": (),
    "subprocess": ("model", "running"),
    "multiprocessing": ("model",),
    "shutil": ("model", "commands", "workspace.rules", "workspace.shelf", "running"),
    "tempfile": ("model", "workspace.shelf", "running"),
    "time": ("model", "features", "workspace", "running", "lsp", "commands", "wiring", "survey", "terminal"),
    "asyncio": ("model", "features", "workspace", "running", "lsp", "commands", "cli"),
    "os": (
        "model",
        "deploy.keys",
        "workspace",
        "running",
        "lsp",
        "settings",
        "logs",
        "terminal",
        "wiring",
        "survey",
        "commands",
        "cli",
    ),
    "pathlib": (
        "model",
        "deploy.keys",
        "deploy.writing",
        "workspace",
        "settings",
        "templates",
        "commands",
        "wiring",
        "cli",
    ),
}
MAY_PRINT = ("cli", "commands", "terminal", "bench", "lsp.transport")


class Import(NamedTuple):
    """One name that a module imports."""

    module: str  # within the package: "core.text"
    name: str
    line: int


def test_imports_follow_the_arrows() -> None:
    wrong = [
        found
        for found in _imports()
        if found.name.split(".")[0] == "mistral_lsp" and not _is_in(_own(found.name), _allowed(found.module))
    ]
    assert _told(wrong) == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_in_its_place_alone(library: str) -> None:
    assert _told(found for found in _elsewhere(LIBRARIES[library]) if _is_in(found.name, (library,))) == []


def test_no_other_library_is_imported() -> None:
    known = (*LIBRARIES, *sys.stdlib_module_names, "mistral_lsp")
    assert _told(found for found in _elsewhere() if not _is_in(found.name, known)) == []


@pytest.mark.parametrize("name", OUTSIDE)
def test_the_world_outside_is_touched_in_its_place_alone(name: str) -> None:
    assert _told(found for found in _elsewhere(OUTSIDE[name]) if _is_in(found.name, (name,))) == []


def test_only_the_command_line_prints() -> None:
    """Standard output belongs to the protocol."""
    wrong = [
        f"{module}:{node.lineno}"
        for module, tree in _modules().items()
        for node in ast.walk(tree)
        if not _is_in(module, MAY_PRINT)
        and isinstance(node, ast.Name | ast.Attribute)
        and ast.unparse(node) in {"print", "input", "sys.stdout"}
    ]
    assert wrong == []


def test_every_module_has_its_place() -> None:
    assert [module for module in _modules() if not _place(module)] == []


def test_no_module_is_too_long() -> None:
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: count for name, count in lengths.items() if count > 300} == {}


@cache
def _modules() -> dict[str, ast.Module]:
    return {_name(path): ast.parse(path.read_text("utf-8")) for path in MODULES}


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


@cache
def _imports() -> tuple[Import, ...]:
    return tuple(_each_import())


def _each_import() -> Iterator[Import]:
    """Those in functions and for type checkers too."""
    for module, tree in _modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (Import(module, alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{module}:{node.lineno} imports by a relative name"
                yield from (Import(module, f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def _elsewhere(places: tuple[str, ...] = ()) -> Iterator[Import]:
    """The imports outside of these places; bench may import what it measures with."""
    return (found for found in _imports() if not _is_in(found.module, (*places, "bench")))


def _allowed(module: str) -> tuple[str, ...]:
    return ARROWS[_place(module)]


def _place(module: str) -> str:
    return max((place for place in ARROWS if _is_in(module, (place,))), key=len, default="")


def _own(name: str) -> str:
    """A name of ours within the package; what stands in its __init__ is anyone's."""
    inner = name.removeprefix("mistral_lsp").removeprefix(".")
    return "" if inner == "__version__" else inner


def _is_in(name: str, places: tuple[str, ...]) -> bool:
    return not name or any(not place or name == place or name.startswith(place + ".") for place in places)


def _told(found: Iterable[Import]) -> list[str]:
    return [f"{one.module}:{one.line} imports {one.name}" for one in found]
