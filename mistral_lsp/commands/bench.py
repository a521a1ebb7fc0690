"""`mistral-lsp bench`: each benchmark by its name, with its own options."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# The module of each, and what it measures.
BENCHES = {
    "replay": ("replay.command", "what typing real functions is like: keys saved, times, the endpoint's work"),
    "human-eval": ("human_eval.command", "how often the ghost text of one line makes a function pass its tests"),
    "guard": ("guard.command", "what a model refuses, answers and obeys, with and without guardrails"),
    "models": ("models.command", "endpoints scored on five kinds of question, with their times"),
    "infill": ("infill.command", "one line, several lines and random spans of functions, filled so that tests pass"),
    "load": ("load.command", "how many editors an endpoint holds, and what each of them waits"),
    "report": ("runs.report", "saved runs of the benchmarks of models, side by side"),
    "fix": ("errors.fix", "how many fixes of known errors are offered, and how many of these are right"),
    "explain": ("errors.explain", "whether explanations of known errors name the cause, and what they make up"),
    "overhead": ("overhead", "what the server adds to the endpoint's own time"),
    "typethrough": ("typethrough", "what a key costs while typing through a suggestion"),
    "start": ("start", "time to the answer of initialize"),
    "memory": ("memory", "resident memory with 200 files open"),
    "soak": ("soak", "growth and unanswered requests over 10,000 edits"),
    "connect": ("connect", "time to the first token after a hang-up, with a connection ahead and without"),
    "edits": ("edits", "cost of one edit"),
    "syntax": ("syntax", "the longest that a parse holds the loop"),
    "index": ("index", "idle time, memory and held loop while 2,000 files are indexed"),
}


def run(words: Sequence[str]) -> int:
    """Run the benchmark that the first word names with the words after it; without one, list them."""
    name, options = (words[0], words[1:]) if words else ("", [])
    if name not in BENCHES:
        print("usage: mistral-lsp bench NAME [OPTION ...]\n")
        print(*(f"  {known:<12} {help_}" for known, (_, help_) in BENCHES.items()), sep="\n")
        return 0 if name in {"", "-h", "--help"} else 2
    module = importlib.import_module(f"mistral_lsp.bench.{BENCHES[name][0]}")
    return int(module.main(options))
