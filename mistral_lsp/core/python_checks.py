"""Python checks: what the compiler's own parser and pyflakes tell of an edit, without running anything.

All of it takes time with the size of the file (pyflakes some 60 ms for 1,000 lines), so it is work for a thread.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_lsp.core.diagnostic import Diagnostic

MAX_CHARS = 1_000_000
_QUOTES = "'\"`\u2018\u2019\u201c\u201d"
_QUOTED = re.compile(f"[{_QUOTES}]([^{_QUOTES}]+)[{_QUOTES}]")
# Of new code: it may well be for what is written next.
_YET_UNUSED = re.compile(r"assigned to but never used|imported but unused")
# The same problem in the words of several tools.
_KINDS = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        "undefined|not defined|not found",
        "unused|never used|not used|not accessed",
        "redefin|obscured|already defined",
        "before assignment|unbound",
    )
)
_NO_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W\d]\w*")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def tree_of(text: str) -> ast.Module | None:
    """The syntax tree; None where this Python can't read the text."""
    if len(text) > MAX_CHARS:
        return None
    try:
        return ast.parse(text.replace("\r\n", "\n").replace("\r", "\n"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def error_line(text: str) -> int:
    """The line, counted from 1, where this Python stops reading a text; 0 where it can't tell."""
    try:
        ast.parse(text.replace("\r\n", "\n").replace("\r", "\n"))
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return 0
    return 0


def problems(tree: ast.Module) -> Counter[str]:
    """What pyflakes finds, each message with how often; none of it says where."""
    from pyflakes.checker import Checker

    try:
        found = Checker(tree, filename="file.py").messages
    except RecursionError:
        return Counter()
    return Counter(str(one.message % one.message_args) for one in found)


def new_problems(before: ast.Module, after: ast.Module, *, is_begun: bool = False) -> list[str]:
    """What pyflakes finds after an edit and didn't before; code that is only begun may set what nobody uses yet."""
    return [
        f"it brings a new problem: {message}"
        for message in problems(after) - problems(before)
        if not (is_begun and _YET_UNUSED.search(message))
    ]


def problems_of_mended(after: ast.Module, text_before: str) -> Iterator[str]:
    """What is new in code that did not parse before: names, parameters and decorators that are nowhere in it."""
    words, squeezed = set(_WORD.findall(text_before)), _NO_SPACE.sub("", text_before)
    for message in problems(after):
        if message.startswith("undefined name") and not words.issuperset(_QUOTED.findall(message)):
            yield f"it brings a new problem: {message}"
    for node in ast.walk(after):
        if isinstance(node, _Function):
            if not words.issuperset(one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)):
                yield f"it changes how {node.name} is called"
            if any(
                _NO_SPACE.sub("", ast.unparse(one)) not in squeezed.replace('"', "'") for one in node.decorator_list
            ):
                yield f"it changes what {node.name} is decorated with"


def is_gone(diagnostic: Diagnostic, before: ast.Module, after: ast.Module) -> bool | None:
    """Whether what the diagnostic tells of is mended; None where pyflakes can't tell."""
    known = problems(before)
    same = [message for message in known if _is_same(message, diagnostic.message)]
    if not same:
        return None
    left = problems(after)
    return all(left[message] < known[message] for message in same)


def changed_promises(
    before: ast.Module, after: ast.Module, name: str, first_line: int, flagged_line: int = 0
) -> Iterator[str]:
    """What callers of a function rely on that is another after an edit; lines count from 1.

    What the diagnostic itself is about may change: a decorator, or a parameter's default, but not its name.
    """
    was, now = _function(before, name, first_line), _function(after, name, first_line)
    if was is None:
        return
    if now is None:
        yield f"{name} is gone"
        return
    in_head = was.lineno <= flagged_line < was.body[0].lineno or flagged_line == was.lineno
    if (_called_with(was) != _called_with(now)) if in_head else (_parameters(was) != _parameters(now)):
        yield f"it changes how {name} is called"
    if _nature(was)[:2] != _nature(now)[:2]:
        yield f"it makes {name} another kind of function"
    elif _nature(was)[2] and not _nature(now)[2]:
        yield f"{name} no longer returns a value"
    on_decorator = any(one.lineno <= flagged_line <= (one.end_lineno or 0) for one in was.decorator_list)
    is_kept = len(_decorators(was)) >= len(_decorators(now)) if on_decorator else _decorators(was) == _decorators(now)
    if not is_kept:
        yield f"it changes what {name} is decorated with"
    if _swallows(now) > _swallows(was):
        yield "it hides errors (except: pass)"


def function_within(text: str, first_line: int, last_line: int) -> str | None:
    """The function that begins on these lines, counted from 1, as "name" or "Class.name"; None for one in another."""
    tree = tree_of(text)
    nodes: list[tuple[str, ast.stmt]] = [("", one) for one in tree.body] if tree is not None else []
    while nodes:
        inside, node = nodes.pop(0)
        if isinstance(node, _Function) and first_line <= node.lineno <= last_line:
            return f"{inside}{node.name}"
        if isinstance(node, ast.ClassDef):
            nodes = [(f"{inside}{node.name}.", one) for one in node.body] + nodes
    return None


def same_but_docstrings(before: ast.Module, after: ast.Module) -> bool:
    """Whether two trees are the same code."""
    return _dumped(before, _WithoutDocstrings()) == _dumped(after, _WithoutDocstrings())


def same_but_types(before: ast.Module, after: ast.Module) -> bool:
    """Whether two trees are the same code but for annotations, and imports for them."""
    return _dumped(before, _WithoutTypes()) == _dumped(after, _WithoutTypes())


def _is_same(message: str, said: str) -> bool:
    """Whether a tool's words tell of what pyflakes' do: the same names in quotes, and the same kind of problem."""
    if _NO_SPACE.sub("", message.lower()) == _NO_SPACE.sub("", said.lower()):
        return True
    if not set(_QUOTED.findall(message)) & set(_QUOTED.findall(said)):
        return False
    return any(kind.search(message) and kind.search(said) for kind in _KINDS)


def _function(tree: ast.Module, name: str, first_line: int) -> _Function | None:
    """The function of this name that begins nearest to a line."""
    found = [node for node in ast.walk(tree) if isinstance(node, _Function) and node.name == name]
    return min(found, key=lambda node: abs(node.lineno - first_line), default=None)


def _parameters(node: _Function) -> str:
    """Names, order and defaults; not the annotations."""
    arguments = ast.parse(ast.unparse(node)).body[0]
    if not isinstance(arguments, _Function):
        raise TypeError
    for one in ast.walk(arguments.args):
        if isinstance(one, ast.arg):
            one.annotation = None
    return ast.dump(arguments.args)


def _called_with(node: _Function) -> list[tuple[str, str]]:
    """The names that callers may use, each with whether it has a default; what a method is called on has any name."""
    every = node.args
    optional = [*every.posonlyargs, *every.args][len(every.posonlyargs) + len(every.args) - len(every.defaults) :]
    optional += [one for one, default in zip(every.kwonlyargs, every.kw_defaults, strict=True) if default is not None]
    names = [*every.posonlyargs, *every.args, every.vararg, *every.kwonlyargs, every.kwarg]
    return [
        ("" if number == 0 and one.arg in {"self", "cls"} else one.arg, "=" if one in optional else "")
        for number, one in enumerate(names)
        if one is not None
    ]


def _nature(node: _Function) -> tuple[bool, bool, bool]:
    """Whether it is async, a generator, and returns a value."""
    own = list(_own_nodes(node))
    is_generator = any(isinstance(one, ast.Yield | ast.YieldFrom) for one in own)
    has_value = any(isinstance(one, ast.Return) and one.value is not None and not _is_none(one.value) for one in own)
    return isinstance(node, ast.AsyncFunctionDef), is_generator, has_value


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All in a function but for functions in it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _Function | ast.Lambda | ast.ClassDef):
            yield child
            yield from _own_nodes(child)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _decorators(node: _Function) -> list[str]:
    return [ast.dump(one) for one in node.decorator_list]


def _swallows(node: _Function) -> int:
    """How many handlers pass over any error."""
    broad = {"Exception", "BaseException"}
    return sum(
        isinstance(one, ast.ExceptHandler)
        and (one.type is None or (isinstance(one.type, ast.Name) and one.type.id in broad))
        and all(isinstance(line, ast.Pass) or _is_doc(line) for line in one.body)
        for one in ast.walk(node)
    )


def _is_doc(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _dumped(tree: ast.Module, without: ast.NodeTransformer) -> str:
    copy = ast.parse(ast.unparse(tree))
    return ast.dump(without.visit(copy))


class _WithoutDocstrings(ast.NodeTransformer):
    """Takes docstrings out; a body of nothing else keeps a pass."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        holds = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if holds and isinstance(body, list) and body and _is_doc(body[0]):
            node.body = [line for line in body[1:] if not isinstance(line, ast.Pass)] or [ast.Pass()]  # type: ignore[attr-defined]
        elif holds and isinstance(body, list):
            node.body = [line for line in body if not isinstance(line, ast.Pass)] or [ast.Pass()]  # type: ignore[attr-defined]
        return node


class _WithoutTypes(ast.NodeTransformer):
    """Takes annotations out, and imports."""

    def visit_arg(self, node: ast.arg) -> Any:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)

    def visit_Import(self, node: ast.Import) -> Any:  # noqa: ARG002 - ast's name
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:  # noqa: ARG002 - ast's name
        return None
