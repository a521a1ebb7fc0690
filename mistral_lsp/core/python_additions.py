"""Python additions: what an edit brings in that nobody asked for. For a thread, as `python_checks`."""

from __future__ import annotations

import ast
import re
from collections import Counter

_REACHING = frozenset({"subprocess", "socket", "ctypes", "pickle", "marshal", "ftplib", "smtplib", "telnetlib"})
_REACHING |= {"requests", "httpx", "urllib", "http", "shutil", "pty", "multiprocessing", "importlib", "webbrowser"}


def new_modules(before: ast.Module | None, after: ast.Module, text_before: str) -> list[str]:
    """Modules that reach beyond the program, which the file spoke of nowhere before."""
    added = _modules(after) - (_modules(before) if before is not None else set())
    return [f"it brings in {name}" for name in sorted(added & _REACHING) if not re.search(rf"\b{name}\b", text_before)]


def new_calls(before: ast.Module, after: ast.Module) -> list[str]:
    """Calls beyond the program that there are more of than before."""
    more = _reaching_calls(after) - _reaching_calls(before)
    grows = more.total() > (_reaching_calls(before) - _reaching_calls(after)).total()
    return [f"it adds a call of {name}" for name in more][:1] if grows else []


def main_blocks(tree: ast.Module) -> int:
    """How often a file asks whether it is run by itself."""
    return sum(isinstance(node, ast.If) and "__name__" in ast.unparse(node.test) for node in tree.body)


def _reaching_calls(tree: ast.Module) -> Counter[str]:
    names = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return Counter(name for name in names if name.partition(".")[0] in _REACHING or name in {"os.system", "os.popen"})


def _modules(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            found.add("importlib")
    return found
