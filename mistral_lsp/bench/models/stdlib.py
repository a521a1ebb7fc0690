"""Stdlib: pure functions of Python's own library, with arguments to try them on, to be broken and mended."""

from __future__ import annotations

import ast
import importlib
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRIES = 24  # sets of arguments for each function

# fmt: off
_WORDS = ("a", "b.c", "..", ".", "", "dir", "x y", "é", "long-name", "a&b", "<i>", "'q'", "tail\n", "  indented", "A-B")


def _word(r: random.Random) -> str:
    return r.choice(_WORDS) + r.choice(("", "z", " ", "/"))


def _path(r: random.Random) -> str:
    return r.choice(("", "/", "//")) + "/".join(r.choice(_WORDS) for _ in range(r.randrange(5)))


def _numbers(r: random.Random) -> list[int]:
    return [r.randrange(-9, 30) for _ in range(r.randrange(1, 9))]


def _share(r: random.Random) -> float:
    return r.randrange(0, 11) / 10


# Module, function, and what its arguments are made by. The Python source counts, even where C takes its place.
TABLE: tuple[tuple[str, str, Callable[[random.Random], tuple[Any, ...]]], ...] = (
    ("bisect", "bisect_left", lambda r: (sorted(_numbers(r)), r.randrange(-9, 30))),
    ("bisect", "bisect_right", lambda r: (sorted(_numbers(r)), r.randrange(-9, 30))),
    ("heapq", "heappush", lambda r: (sorted(_numbers(r)), r.randrange(-9, 30))),
    ("heapq", "heappop", lambda r: (sorted(_numbers(r)),)),
    ("heapq", "heapreplace", lambda r: (sorted(_numbers(r)), r.randrange(-9, 30))),
    ("heapq", "nlargest", lambda r: (r.randrange(5), _numbers(r))),
    ("heapq", "nsmallest", lambda r: (r.randrange(5), _numbers(r))),
    ("textwrap", "dedent", lambda r: ("\n".join(" " * r.randrange(5) + _word(r) for _ in range(4)),)),
    ("textwrap", "indent", lambda r: ("\n".join(_word(r) for _ in range(3)), r.choice(("  ", "> ")))),
    ("posixpath", "join", lambda r: (_path(r), _path(r), _path(r))),
    ("posixpath", "split", lambda r: (_path(r),)),
    ("posixpath", "basename", lambda r: (_path(r),)),
    ("posixpath", "dirname", lambda r: (_path(r),)),
    ("posixpath", "commonpath", lambda r: (["/a/b/c", "/a/b" + r.choice(("", "/d", "x")), "/a/" + r.choice("bcd")],)),
    ("genericpath", "commonprefix", lambda r: ([r.choice(("inter", "in", "i")) + _word(r) for _ in range(3)],)),
    ("colorsys", "rgb_to_hsv", lambda r: (_share(r), _share(r), _share(r))),
    ("colorsys", "hsv_to_rgb", lambda r: (_share(r), _share(r), _share(r))),
    ("colorsys", "rgb_to_hls", lambda r: (_share(r), _share(r), _share(r))),
    ("calendar", "isleap", lambda r: (r.choice((1900, 2000, 2004, 2023, 2100)) + r.choice((0, 0, 4, 400)),)),
    ("calendar", "leapdays", lambda r: (r.randrange(1800, 2000), r.randrange(2000, 2200))),
    ("calendar", "monthrange", lambda r: (r.randrange(1900, 2100), r.randrange(1, 13))),
    ("html", "escape", lambda r: (_word(r) + _word(r) + '"', r.random() < 0.5)),
    ("string", "capwords", lambda r: (" ".join(_word(r) for _ in range(3)),)),
    ("shlex", "quote", lambda r: (_word(r),)),
    ("statistics", "median", lambda r: (_numbers(r),)),
    ("statistics", "median_low", lambda r: (_numbers(r),)),
    ("statistics", "multimode", lambda r: ([r.randrange(3) for _ in range(r.randrange(6))],)),
    ("stat", "filemode", lambda r: (r.choice((0o100000, 0o040000, 0o120000)) | r.randrange(0o10000),)),
    ("fnmatch", "translate", lambda r: ("".join(r.choice(("*", "?", "[a-c]", "[!x]", "a", "[")) for _ in range(5)),)),
    ("ipaddress", "_count_righthand_zero_bits", lambda r: (r.choice((0, 1, 8, 12, 96, 256)), r.choice((4, 8, 32)))),
    ("quopri", "ishex", lambda r: (bytes([r.randrange(40, 110)]),)),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Function:
    """One of them, with what it gives for each set of arguments."""

    module: str
    name: str
    source: str  # as Python writes its tree, so without comments
    calls: tuple[tuple[str, str], ...]  # the arguments, and the result with what became of them, or the error's name

    def program(self, source: str) -> str:
        """What is run: another source in its place, which ends with Case<n> at the first call that gives another."""
        return PROGRAM.format(module=self.module, name=self.name, source=source, calls=self.calls)


PROGRAM = """\
import {module} as _module
globals().update({{name: value for name, value in vars(_module).items() if name[:2] != "__"}})
{source}
for _number, (_arguments, _expected) in enumerate({calls!r}):
    _arguments = eval(_arguments)
    try:
        _got = repr(({name}(*_arguments), _arguments))
    except Exception as _error:
        _got = type(_error).__name__
    if _got != _expected:
        raise type(f"Case{{_number}}", (Exception,), {{}})
"""


def functions(*, seed: int) -> Iterator[Function]:
    """Those that this Python has."""
    for module, name, arguments in TABLE:
        found = _function(module, name)
        if found is None:
            continue
        source, namespace = found
        r = random.Random(f"{seed} {module}.{name}")
        calls = dict.fromkeys(repr(arguments(r)) for _ in range(TRIES))
        yield Function(module, name, source, tuple((one, _given(namespace[name], one)) for one in calls))


def source_of(module: str) -> ast.Module | None:
    """The tree of a module's file; None where there is none."""
    file = getattr(importlib.import_module(module), "__file__", None)
    return ast.parse(Path(file).read_text(encoding="utf-8")) if file and file.endswith(".py") else None


def _function(module: str, name: str) -> tuple[str, dict[str, Any]] | None:
    tree = source_of(module)
    node = (
        next((one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name), None)
        if tree
        else None
    )
    if node is None:
        return None
    source = ast.unparse(node)
    namespace = {key: value for key, value in vars(importlib.import_module(module)).items() if key[:2] != "__"}
    exec(compile(source, module, "exec"), namespace)  # noqa: S102 - Python's own
    return source, namespace


def _given(function: Callable[..., Any], written: str) -> str:
    arguments = ast.literal_eval(written)
    try:
        return repr((function(*arguments), arguments))
    except Exception as error:  # noqa: BLE001 - which one it is is what is wanted
        return type(error).__name__
