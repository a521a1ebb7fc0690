"""Code: the function in an answer, and the programs that judge it."""

from __future__ import annotations

import re
import textwrap

_FENCED = re.compile(r"```[^\n`]*\n(.*?)(?:\n```|\Z)", re.DOTALL)

TIMING = """\
import copy, random, time
_slow, _new = {{}}, {{}}
exec({slow!r}, _slow)
exec({new!r}, _new)
def _make(r, n):
    return {inputs}
def _took(function, arguments):
    arguments = copy.deepcopy(arguments)
    began = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - began
for _seed in range(40):
    _r = random.Random(_seed)
    _arguments = _make(_r, _seed % 20)
    if _slow[{name!r}](*copy.deepcopy(_arguments)) != _new[{name!r}](*copy.deepcopy(_arguments)):
        raise type("Wrong", (Exception,), {{}})
_arguments = _make(random.Random({seed}), {size})
_before = _after = float("inf")
for _ in range(4):  # in turns, so that a busy machine is busy for both
    _before = min(_before, _took(_slow[{name!r}], _arguments))
    _after = min(_after, _took(_new[{name!r}], _arguments))
raise type("Faster%d" % min(99999, int(100 * _before / max(_after, 1e-7))), (Exception,), {{}})
"""


def code_in(answer: str, function: str) -> str:
    """The code block that defines the function, or else the first, or else the whole answer."""
    blocks: list[str] = _FENCED.findall(answer)
    named = re.compile(rf"^\s*(?:async )?def {re.escape(function)}\b", re.MULTILINE)
    code = next((block for block in blocks if named.search(block)), blocks[0] if blocks else answer)
    return textwrap.dedent(code)


def completed(head: str, answer: str, function: str) -> str:
    """A program's beginning with the function that an answer has; an answer that is only the body goes below it."""
    code = code_in(answer, function)
    if re.search(rf"^\s*(?:async )?def {re.escape(function)}\b", code, re.MULTILINE):
        return f"{head.rstrip()}\n\n\n{code}"
    return f"{head.rstrip()}\n{textwrap.indent(code, '    ')}"


def times_faster(told: str) -> float | None:
    """What the timing program ended with; None where the function is wrong or fails."""
    found = re.fullmatch(r"Faster(\d+)", told)
    return int(found[1]) / 100 if found else None
