from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.human_eval.cuts import cuts_of
from mistral_lsp.bench.human_eval.tasks import Task
from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from mistral_lsp.bench.human_eval.cuts import Cut

HEAD = 'def total(rows):\n    """Add.\n\n    >>> total([])\n    """\n'
SOLUTION = "    # begin\n    out = 0\n\n    for row in rows:\n        out += row\n    return out\n"


def task(solution: str, head: str = HEAD) -> Task:
    return Task("Tiny/0", head, solution, "def check(f):\n    assert f([1, 2]) == 3\n", "total")


def shown(cut: Cut) -> str:
    """The cut's text with the cursor, and what was taken out."""
    return f"{cut.prefix}█{cut.suffix}|{cut.line}"


def lines(solution: str, head: str = HEAD) -> list[str]:
    """All that may be taken out."""
    return [cut.line for cut in cuts_of(task(solution, head), 1000, seed=1)]


def test_a_line_is_taken_out_and_its_indentation_stays() -> None:
    cuts = cuts_of(task(SOLUTION), 1000, seed=1)
    assert [shown(cut) for cut in cuts] == [
        f"{HEAD}    # begin\n    █\n\n    for row in rows:\n        out += row\n    return out\n|out = 0",
        f"{HEAD}    # begin\n    out = 0\n\n    █\n        out += row\n    return out\n|for row in rows:",
        f"{HEAD}    # begin\n    out = 0\n\n    for row in rows:\n        █\n    return out\n|out += row",
        f"{HEAD}    # begin\n    out = 0\n\n    for row in rows:\n        out += row\n    █\n|return out",
    ]
    assert [cut.line_number for cut in cuts] == [7, 9, 10, 11]


@pytest.mark.parametrize(
    ("solution", "taken"),
    [
        ("    x = [\n        1,\n    ]\n    return x\n", ["x = [", "1,", "return x"]),
        ("    f(\n        *rows,\n    )\n", ["f(", "*rows,"]),
        ('    text = """\n    of words\n    """\n    return text\n', ['text = """', "return text"]),
        ('    names = [\n        "a",\n        f"b",\n    ]\n', ["names = [", '"a",', 'f"b",']),
        ("    try:\n        pass\n    except:\n        ...\n", ["try:", "pass", "except:"]),
        ("    return 1  # why\n", ["return 1  # why"]),
        ("    return 1   \n", ["return 1"]),
        ("    return 1", ["return 1"]),
        ("\treturn 1\n", ["return 1"]),
        ("    x = '\x0c'\n    return x\n", ["x = '\x0c'", "return x"]),
    ],
)
def test_lines_of_nothing_but_brackets_comments_and_strings_insides_stay(solution: str, taken: list[str]) -> None:
    assert lines(solution) == taken


def test_a_head_without_an_end_of_line_is_gone_on_with() -> None:
    (cut,) = cuts_of(task(" return 1\n", head="def total(rows):"), 1000, seed=1)
    assert shown(cut) == "█\n|def total(rows): return 1"


def test_the_seed_decides_and_the_order_is_that_of_the_lines() -> None:
    long = task("".join(f"    x{number} = {number}\n" for number in range(100)))
    cuts = cuts_of(long, 10, seed=1)
    numbers = [cut.line_number for cut in cuts]
    assert len(set(numbers)) == 10
    assert numbers == sorted(numbers)
    assert cuts_of(long, 10, seed=1) == cuts
    assert cuts_of(long, 10, seed=2) != cuts


def test_a_solution_that_is_not_python_is_told() -> None:
    with pytest.raises(Problem, match="Tiny/0 isn't Python"):
        lines("    return (\n")
    with pytest.raises(Problem, match="Tiny/0 isn't Python"):
        lines("    x\n  y\n")


def test_the_answer_takes_the_lines_place_and_the_tests_follow() -> None:
    cut = cuts_of(task(SOLUTION), 1000, seed=1)[0]
    program = cut.program("out = 0")
    assert program == f"{HEAD}{SOLUTION}\ndef check(f):\n    assert f([1, 2]) == 3\n\n\ncheck(total)\n"
    exec(program, {})
    with pytest.raises(AssertionError):
        exec(cut.program("out = 1"), {})
