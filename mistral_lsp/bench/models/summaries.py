"""Summaries: functions of Python's own library without their docstrings, and how much of those a summary says.

What counts are the docstring's words that don't stand in the code: a summary can't have them from there. A third of
them, each told by its first five letters, makes a summary good. It is a coarse measure, the same for every model.
"""

from __future__ import annotations

import ast
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.bench.models.stdlib import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = (
    "textwrap", "posixpath", "fnmatch", "shutil", "calendar", "statistics", "heapq", "bisect", "colorsys", "difflib",
    "inspect", "html", "email.utils", "ipaddress", "mimetypes", "tokenize", "gettext", "locale", "string", "copy",
    "linecache", "glob", "base64", "ast", "csv", "urllib.parse", "zipfile", "tempfile", "secrets", "shlex",
)  # fmt: skip
LINES = range(4, 31)  # of a function's body
FEWEST_WORDS = 4
GOOD = 1 / 3
STEM_CHARS = 5
COUNT = 40

_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "must",
        "no",
        "not",
        "of",
        "on",
        "one",
        "or",
        "our",
        "return",
        "returns",
        "should",
        "so",
        "such",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "use",
        "used",
        "using",
        "when",
        "where",
        "which",
        "will",
        "with",
        "without",
        "you",
        "your",
        "given",
        "value",
        "function",
        "argument",
        "arguments",
        "true",
        "false",
        "none",
    ]
)


@dataclass(frozen=True, slots=True)
class Subject:
    """One function to be summarised."""

    name: str
    code: str
    stems: frozenset[str]  # of its docstring, beyond the code's own


def subjects(*, seed: int) -> list[Subject]:
    """The same for the same seed and the same Python."""
    every = [one for module in MODULES for one in _of_module(module)]
    return random.Random(seed).sample(every, min(COUNT, len(every)))


def coverage(subject: Subject, summary: str) -> float:
    """The share of the docstring's own words that a summary has."""
    return len(subject.stems & _stems(summary)) / len(subject.stems)


def _of_module(module: str) -> Iterator[Subject]:
    tree = source_of(module)
    for node in tree.body if tree else ():
        if not isinstance(node, ast.FunctionDef) or (words := ast.get_docstring(node)) is None or len(node.body) == 1:
            continue
        node.body = node.body[1:]
        code = ast.unparse(node)
        stems = _stems(words.partition("\n\n")[0]) - _stems(code)
        if code.count("\n") in LINES and len(stems) >= FEWEST_WORDS:
            yield Subject(f"{module}.{node.name}", code, stems)


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"[a-z]{3,}", re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).lower())
    return frozenset(word[:STEM_CHARS] for word in words if word not in _SMALL)
