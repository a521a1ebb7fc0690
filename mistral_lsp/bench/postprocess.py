"""What postprocessing makes of a model's faults: `python -m mistral_lsp.bench.postprocess`.

Files, the standard library's unless told otherwise, are cut at lines that a suggestion is made for. The true middle is
the answer, with a fault that models have. A row is a fault: how often the outcome is right, with all steps and with
the few that version 0.1 had. Then what the steps cost, and how often they take a true middle for broken code.
"""

from __future__ import annotations

import argparse
import random
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.measure import Bar, arguments, percentile, report
from mistral_lsp.bench.model_faults import FAULTS, Hole
from mistral_lsp.bench.source import python_source
from mistral_lsp.core import postprocess
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.file_types import language_id_of
from mistral_lsp.core.lexing import indentation
from mistral_lsp.core.place import Place
from mistral_lsp.core.postprocess import STEPS, rehearse, tidy
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.syntax import Syntax, SyntaxCache
from mistral_lsp.core.text import Text
from mistral_lsp.core.trigger import Shape, shape_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mistral_lsp.bench.model_faults import Fault
    from mistral_lsp.core.postprocess import Step


OLD_STEPS = (
    "normalise_newlines",
    "refuse_unsafe",
    "cut_at_shape",
    "refuse_endless",
    "drop_what_the_line_has",
    "drop_following_lines",
    "trim_end",
)
FILES, CUTS = 200, 12  # of each file
MAX_BYTES = 200_000
MAX_LINES = 12  # of a middle
LINES = 5_000  # of the file that the time is measured in
ANSWER_CHARS = 300


def main(argv: Sequence[str] | None = None) -> int:
    """Print a row for each fault."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--files", type=Path, metavar="FOLDER", default=Path(sysconfig.get_paths()["stdlib"]))
    own, rest = parser.parse_known_args(argv)
    options, folder = arguments(__doc__, rest), own.files
    chance = random.Random(options.seed)
    found = list(holes(folder, chance, 8 if options.quick else FILES))
    if not found:
        return report(options, [{"fault": f"no code in {folder}"}], [])
    rows = [row(name, fault, found, chance) for name, fault in FAULTS.items()]
    cost = costs(found[: 20 if options.quick else 200], chance)
    false = [hole for hole in found if is_taken_for_broken(hole, chance)]
    true = [hole for hole in found if tidy(broken(hole, chance) + "\n", hole.place) is Reason.BREAKS_SYNTAX]
    bars = [
        Bar("true middles taken for broken code", 100 * len(false) / len(found), 0.5, "% "),
        Bar("a call of the steps but the parse, p50", percentile(cost["steps"], 50), 300, "us"),
        Bar("the same, p95", percentile(cost["steps"], 95), 1_000, "us"),
        Bar("what is found out before the answer, p50", percentile(cost["before"], 50), 2_000, "us"),
        Bar("the same, longest", max(cost["before"]), 8_000, "us"),
        Bar("the parse, p50", percentile(cost["parse"], 50), 2_000, "us"),
        Bar("the same, longest", max(cost["parse"]), 4_000, "us"),
    ]
    status = report(options, rows, bars)
    print(f"{len(found)} holes; of corrupted middles {100 * len(true) / len(found):.1f} % are taken for broken code")
    return status


def row(name: str, fault: Fault, found: Sequence[Hole], chance: random.Random) -> dict[str, Any]:
    """How often the outcome is right, by the steps of before and by those of now."""
    cases = [(hole, *case) for hole in found if (case := fault(hole, chance)) is not None]
    old = [getattr(postprocess, step) for step in OLD_STEPS]
    before = sum(is_right(_run(old, raw, hole.place), right) for hole, raw, right in cases)
    after = sum(is_right(tidy(raw, hole.place), right) for hole, raw, right in cases)
    count = len(cases)
    return {
        "fault": name,
        "cases": count,
        "before %": 100 * before / count if count else None,
        "after %": 100 * after / count if count else None,
    }


def is_right(outcome: str | Reason, right: str | None) -> bool:
    """Whether the middle is shown, or nothing where there is none."""
    return isinstance(outcome, Reason) if right is None else outcome == right


def holes(folder: Path, chance: random.Random, files: int) -> Iterator[Hole]:
    """Places in the code of a folder, each with what stood there."""
    paths = sorted(path for path in folder.rglob("*.*") if _is_code(path))
    for path in chance.sample(paths, min(files, len(paths))):
        text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        lines = text.split("\n")
        for number in chance.sample(range(len(lines)), min(CUTS, len(lines))):
            if lines[number].strip() and (hole := _hole(lines, number, language_id_of(path.name), chance)):
                yield hole


def _is_code(path: Path) -> bool:
    if "site-packages" in path.parts:
        return False
    skips = {"plaintext", "markdown", "json", "yaml", "toml"}
    return path.is_file() and language_id_of(path.name) not in skips and path.stat().st_size < MAX_BYTES


def _hole(lines: list[str], number: int, language: str, chance: random.Random) -> Hole | None:
    """A hole from somewhere in a line on; it ends where the shape that is asked for does."""
    line = lines[number]
    indent = len(line) - len(line.lstrip())
    column = indent if chance.random() < 0.5 else chance.randint(indent, len(line))
    while indent < column < len(line) and line[column - 1].isalnum():
        column += 1
    after = _block_stop(lines, number)
    for stop in (number + 1, after):
        below = lines[stop:]
        source = "\n".join((*lines[:number], line[:column], *below))
        document = Document("file:///a", language, 1, Text.of(source))
        cursor = Cursor(document, sum(map(len, lines[:number])) + number + column)
        syntax = _syntax(cursor)
        shape = shape_at(cursor, syntax, invoked=False)
        middle = "\n".join((line[column:], *lines[number + 1 : stop])).rstrip()
        is_its_own = (shape is Shape.LINE) == (stop == number + 1) or (shape is Shape.BLOCK and after == number + 1)
        if isinstance(shape, Shape) and middle.strip() and is_its_own and stop - number <= MAX_LINES:
            return Hole(cursor, shape, middle, tuple(below), syntax)
    return None


def _block_stop(lines: list[str], number: int) -> int:
    """The line after the paragraph of a block that begins on a line, or of the body that it opens."""
    indent = indentation(lines[number])
    stop = number + 1
    while stop < len(lines) and lines[stop].strip() and indentation(lines[stop]) >= indent:
        if indentation(lines[stop]) == indent and indentation(lines[stop - 1]) > indent:
            break
        stop += 1
    return stop


def _syntax(cursor: Cursor) -> Syntax:
    parse = SyntaxCache(clock=time.perf_counter).parse(cursor)
    while not parse.step():
        pass
    return parse.syntax


def _run(steps: Sequence[Step], raw: str, place: Place) -> str | Reason:
    text = raw
    for step in steps:
        result = step(text, place)
        if isinstance(result, Reason):
            return result
        text = result
    return text or Reason.EMPTY


def is_taken_for_broken(hole: Hole, chance: random.Random) -> bool:
    """Whether the true middle is, whole or cut where a model may run out of tokens."""
    raw = hole.middle + "\n"
    cut = chance.randint(1, len(raw)) if chance.random() < 0.5 else len(raw)
    return tidy(raw[:cut], hole.place) is Reason.BREAKS_SYNTAX


def broken(hole: Hole, chance: random.Random) -> str:
    """The middle with an operator or a bracket in the midst of it that can't be there."""
    at = chance.randint(0, len(hole.middle))
    return hole.middle[:at] + chance.choice((" = = ", " ) ", " ] ", " ; ; = ", " in in ")) + hole.middle[at:]


def costs(found: Sequence[Hole], chance: random.Random) -> dict[str, list[float]]:
    """Microseconds of the steps at 300 characters in a long file; of what comes before an answer, and of its parse."""
    *steps, parse, _ = STEPS
    timed: dict[str, list[float]] = {"steps": [], "before": [], "parse": []}
    text = Text.of(python_source(LINES, seed=1))
    lines = "".join(text.lines(LINES // 2, LINES // 2 + 20))
    for _ in found:
        cursor = Cursor(Document("file:///a.py", "python", 1, text), text.offset(chance.randrange(LINES), 10_000))
        place = Place(cursor, Shape.BLOCK, _syntax(cursor))
        timed["steps"].append(_micros(lambda: _run(steps, lines[:ANSWER_CHARS], place)))  # noqa: B023 - called at once
    for hole in found:
        for raw in (hole.middle + "\n", broken(hole, chance) + "\n"):
            place = hole.place
            timed["before"].append(_micros(lambda: rehearse(place)))  # noqa: B023 - called at once
            timed["parse"].append(_micros(lambda: parse(raw, place)))  # noqa: B023 - called at once
    return timed


def _micros(call: Callable[[], object]) -> float:
    began = time.thread_time()  # what else runs on the machine has no part in it
    call()
    return (time.thread_time() - began) * 1e6


if __name__ == "__main__":
    raise SystemExit(main())
