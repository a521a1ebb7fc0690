"""How long the scanners take: of a prompt for secrets and for characters that nobody sees, of what a model writes.

`python -m mistral_lsp.bench.scanners`

On 100 KB of ordinary code, and on a megabyte of each input that is made to be hard for one of their patterns. JSON of a
megabyte is refused unread: there the longest that is read is measured. A suggestion is of ordinary length, or as long
and as hard as one may be.
"""

from __future__ import annotations

import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.measure import Bar, arguments, report
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.packages import KnownPackages
from mistral_lsp.core.prose import safe_markdown
from mistral_lsp.core.risks import risks_in
from mistral_lsp.core.secrets import mask
from mistral_lsp.core.structured import MAX_CHARS, Unfit, checked, json_of
from mistral_lsp.core.text import Text
from mistral_lsp.core.unseen import show_unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ORDINARY_CHARS, HARD_CHARS = 100_000, 1_000_000
SUGGESTION_CHARS = 8_000
ORDINARY_MS, HARD_MS = 10.0, 100.0  # the bars
USUAL_MS, RISK_MS = 0.1, 10.0
RUNS = 5
FILES = ("argparse.py", "ssl.py", "http/client.py", "typing.py")

# The beginnings of secrets, over and over: each may be the one that is found, and none is.
HARD = (
    *("a", "A+/=", "://a:b", 'token="', "password = ", "-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n"),
    *("eyJaaaaaaaaa.", "sk-", "Bearer ", "A" * 64 + "\n", "12345678:AA", "xoxb-", "='", "\u200d", "a\u200b", " "),
)
# The same for what a suggestion may add.
RISKY = ("eval(", "curl ", "import a, ", "verify=False ", "from a import b\n", "require('a')", "'", "subprocess ")


# What is dear in JSON: values, brackets, escapes, what is cut off, and fences.
ANSWERS = ("0,", "[],", "{},", '"",', '"a":{},', '\\"', '"', "[", " ", "``` ", "9", "1e9,")
ANYTHING = json_of({})


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    code = _ordinary()
    rows: list[dict[str, Any]] = []
    for name, scan in (("secrets", mask), ("unseen", show_unseen), ("prose", safe_markdown)):
        hard = {text: _took_ms(scan, text * (HARD_CHARS // len(text)), 1 if options.quick else RUNS) for text in HARD}
        worst = max(hard, key=lambda text: hard[text])
        rows.append(
            {"scanner": name, "ordinary ms": _took_ms(scan, code, RUNS), "worst ms": hard[worst], "of": ascii(worst)}
        )
    ordinary = sum(row["ordinary ms"] for row in rows if row["scanner"] != "prose")
    rows.append(_answers(1 if options.quick else RUNS))
    usual, worst_risk = _risks_ms(code, RUNS)
    bars = [Bar("secrets and unseen, 100 KB of code", ordinary, ORDINARY_MS, "ms")]
    bars += [Bar("risks, a usual suggestion", usual, USUAL_MS, "ms"), Bar("risks, at worst", worst_risk, RISK_MS, "ms")]
    bars += [Bar(f"{row['scanner']}, at worst", row["worst ms"], HARD_MS, "ms") for row in rows]
    return report(options, rows, bars)


def _answers(runs: int) -> dict[str, Any]:
    texts = {
        f"{start}{text}": start + text * ((MAX_CHARS - 8) // len(text)) + end
        for text in ANSWERS
        for start, end in (("[", "0]"), ('{"a":[', "0]}"), ('"', '"'), ("```\n", "\n```"))
    }
    took_ms = {name: _took_ms(_check, text, runs) for name, text in texts.items()}
    worst = max(took_ms, key=lambda name: took_ms[name])
    ordinary = "[" + '{"line": 7, "fix": "a = b\\n"},' * 2_000 + "{}]"
    huge_ms = _took_ms(_check, ordinary * (HARD_CHARS // len(ordinary)), runs)
    row = {"scanner": "answers", "ordinary ms": _took_ms(_check, ordinary, runs)}
    return row | {"worst ms": max(huge_ms, took_ms[worst]), "of": ascii(worst)}


def _check(text: str) -> str:
    try:
        checked(text, ANYTHING)
    except Unfit as error:
        return str(error)
    return ""


def _ordinary() -> str:
    """Code with one character beyond ASCII, so that nothing is skipped."""
    folder = Path(sysconfig.get_path("stdlib"))
    return "".join((folder / name).read_text("utf-8") for name in FILES)[: ORDINARY_CHARS - 1] + "é"


def _risks_ms(code: str, runs: int) -> tuple[float, float]:
    """Of the suggestion that is the file's own next lines, and of the worst; in Python and in JavaScript."""
    texts = ("\n".join(code.split("\n")[40:52]), *(unit * (SUGGESTION_CHARS // len(unit)) for unit in RISKY))
    known = KnownPackages({"python": frozenset(), "node": frozenset()})
    found: list[float] = []
    for text in texts:
        for language in ("python", "javascript"):
            document = Document("file:///a", language, 1, Text.of(code))
            cursor = Cursor(document, len(code))
            found.append(_took_ms(lambda text, cursor=cursor: risks_in(text, cursor, known=known), text, runs))  # type: ignore[misc]
    return max(found[:2]), max(found[2:])


def _took_ms(scan: Callable[[str], object], text: str, runs: int) -> float:
    """The best of some runs, by the processor's time: what others on the machine take isn't the scanner's."""
    best = float("inf")
    for _ in range(runs):
        started = time.thread_time()
        scan(text)
        best = min(best, time.thread_time() - started)
    return best * 1000


if __name__ == "__main__":
    sys.exit(main())
