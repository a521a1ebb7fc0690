"""Packages: which ones a suggestion imports, and whether the project knows them.

Models make up names of packages, and others register those names with what they like (slopsquatting: Spracklen et al.,
USENIX Security 2025). What a project knows comes in as a value; a language of which nothing is known isn't judged.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.language import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PYTHON, NODE, GO, RUST = "python", "node", "go", "rust"  # whose packages a language imports


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NODE_BUILTINS = _words(
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain"
    " events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl"
    " stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib"
    " bun vscode atom electron"  # the last four are there in the programs of that name
)
_RUST_BUILTINS = _words("std core alloc proc_macro test crate self super")
BUILTIN: Mapping[str, frozenset[str]] = {
    PYTHON: sys.stdlib_module_names,
    NODE: _NODE_BUILTINS,
    GO: frozenset(),  # the first part of a path has a dot in all others
    RUST: _RUST_BUILTINS,
}


@dataclass(frozen=True, slots=True, eq=False)
class KnownPackages:
    """What the imports of a project may begin with, by whose packages they are."""

    names: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def knows(self, package: Package) -> bool:
        """Whether the project has it, or nothing is known of such packages."""
        known = self.names.get(package.kind)
        if known is None or package.name in BUILTIN[package.kind]:
            return True
        if package.kind == GO:
            return any(name in known for name in _go_modules(package.name))
        return package.name in known or package.name.partition("/")[0] in known  # an alias: @app/button


NOTHING_KNOWN = KnownPackages()


class Package(NamedTuple):
    """One that is imported."""

    kind: str
    name: str  # as KnownPackages has it
    start: int  # where it is named
    end: int


def imported(language: str, code: str) -> Iterator[Package]:
    """The packages that code imports, but for files of its own; comments in it count as code."""
    for kind, word, statement, names in _STATEMENTS.get(language, ()):
        if word not in code:
            continue
        for found in pattern(statement).finditer(code):
            at = found.start("names")
            for part in pattern(names).finditer(found["names"]):
                if name := _NAME_OF[kind](part["name"]):
                    yield Package(kind, name, at + part.start("name"), at + part.end("name"))


def _first_module(module: str) -> str | None:
    return module.partition(".")[0]


def _node_package(module: str) -> str | None:
    """What a path or an alias begins with isn't a package."""
    module = module.removeprefix("node:")
    if ":" in module or module[:1] in "./#~$" or module.startswith("@/"):
        return None
    return "/".join(module.split("/")[: 2 if module.startswith("@") else 1])


def _go_path(path: str) -> str | None:
    return path if "." in path.partition("/")[0] else None


def _crate(path: str) -> str | None:
    return path.removeprefix("r#")


def _go_modules(path: str) -> Iterator[str]:
    """The modules that a package's path may be in."""
    while path:
        yield path
        path = path.rpartition("/")[0]


_NAME_OF: Mapping[str, Callable[[str], str | None]] = {
    PYTHON: _first_module,
    NODE: _node_package,
    GO: _go_path,
    RUST: _crate,
}

_WHOLE = r"(?P<name>[^\s'\"]+)"
_LISTED = r"(?:^|,)[ \t]*(?P<name>[A-Za-z_]\w*)"  # a, b.c as d


def _statement(kind: str, word: str, source: str, names: str = _WHOLE) -> _Statement:
    return kind, word, f"(?m){source}", names


_Statement = tuple[str, str, str, str]  # whose, a word of it, and what it and its names look like
_SCRIPT: tuple[_Statement, ...] = (
    _statement(NODE, "from", r"\bfrom\s{0,8}['\"](?P<names>[^'\"\n]{1,200})"),
    _statement(NODE, "import", r"\bimport\s{0,8}(?:\(\s{0,8})?['\"](?P<names>[^'\"\n]{1,200})"),
    _statement(NODE, "require", r"\brequire(?:\.resolve)?\s{0,8}\(\s{0,8}['\"](?P<names>[^'\"\n]{1,200})"),
)
_STATEMENTS: Mapping[str, tuple[_Statement, ...]] = {
    "python": (
        _statement(PYTHON, "import", r"(?:^|[;:])[ \t]*import[ \t]+(?P<names>[\w., \t]{1,300})", _LISTED),
        _statement(PYTHON, "from", r"(?:^|[;:])[ \t]*from[ \t]+(?P<names>[A-Za-z_]\w*)[\w.]*[ \t]*(?:\bimport\b|$)"),
        _statement(PYTHON, "import_module", r"\bimport_module\([ \t]*['\"](?P<names>[A-Za-z_]\w*)"),
    ),
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "typescriptreact": _SCRIPT,
    "go": (
        _statement(GO, '"', r"^[ \t]*(?:import[ \t]+)?(?:[\w.]+[ \t]+)?\"(?P<names>[\w.-]+/[^\s\"]{1,200})\"[ \t]*$"),
    ),
    "rust": (
        _statement(
            RUST,
            "use",
            r"^[ \t]*(?:pub(?:\([^)\n]{0,40}\))?[ \t]+)?use[ \t]+(?:::)?(?P<names>(?:r#)?[a-z_]\w*)[ \t]*(?:::|;|as\b)",
        ),
        _statement(RUST, "crate", r"\bextern[ \t]+crate[ \t]+(?P<names>(?:r#)?[a-z_]\w*)"),
    ),
}
