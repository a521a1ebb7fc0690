"""Why is there no suggestion? The last requests in words, and what to do; readable as it is and as Markdown."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mistral_lsp.core.advice import ADVICE
from mistral_lsp.core.visible import visible
from mistral_lsp.features.acceptance import KEPT_AFTER_S

if TYPE_CHECKING:
    from mistral_lsp.features.acceptance import Counts
    from mistral_lsp.features.records import Record, Records

TITLE = "Why is there no suggestion?"
SHOWN_RECORDS = 20
WAITS_S = 1.0  # a request that has waited so long is worth a word


def explain(records: Records, *, fault: str = "") -> str:
    """The whole answer; `fault` is what the model said last of itself, where it could not answer."""
    newest = records.newest(SHOWN_RECORDS)
    answer = [in_one_line(records), *([f"The model: {visible(fault)}"] if fault else [])]
    if not newest:
        return _paragraphs(TITLE, *answer)
    listed = "\n".join(map(_line, newest))
    heading = f"The last {len(newest)} of {records.count} requests, newest first:"
    return _paragraphs(TITLE, *answer, heading, listed)


def in_one_line(records: Records) -> str:
    """What became of the newest request that showed nothing, and what to do about it."""
    newest = records.newest(SHOWN_RECORDS)
    waiting = [f"A request has waited for {for_s:.1f} s." for for_s in records.open_for_s()[:1] if for_s >= WAITS_S]
    silent = next((record for record in newest if record.reason is not None), None)
    if silent is not None and silent.reason is not None:
        before = "" if silent is newest[0] else "The last request was answered with text. Before that: "
        told = f"{before}Nothing was shown, since {silent.reason}. What to do: {ADVICE[silent.reason]}"
    elif newest:
        told = "Each of the last requests was answered with text. Is it not on the screen? Then the editor hides it."
    elif waiting:
        told = "Run `mistral-lsp doctor` if it goes on waiting."
    else:
        told = "The editor has asked for nothing yet: type in a file, and see that its inline completion is on."
    return " ".join([*waiting, told])


def counted(requests: int, counts: Counts) -> str:
    """The numbers of this session."""
    rows = [
        f"- {requests:,} requests",
        f"- {counts.shown:,} answered with text",
        f"- {counts.accepted:,} accepted",
        f"- {counts.kept:,} of them still there {KEPT_AFTER_S:.0f} s later",
        f"- {counts.characters_saved:,} characters saved",
    ]
    return _paragraphs("This session, counted in memory only:", "\n".join(rows))


def _line(record: Record) -> str:
    asked = record.asked
    shown = f"nothing shown, since {record.reason}" if record.reason else f"shown, {record.shown_chars} characters"
    shown += " from memory" if record.is_from_memory else ""
    shown += "".join(f"; look twice: {risk.value}" for risk in record.risks)
    first = "" if record.first_text_ms is None else f", first text after {record.first_text_ms:.0f} ms"
    about = [
        asked.method.value,
        {True: "asked by hand", False: "automatic", None: ""}[asked.invoked],
        asked.language,
        f"up to {asked.lines:,} lines" if asked.lines else "",
        record.model,
        record.family and f"prompts {record.family}",
    ]
    at = time.strftime("%H:%M:%S", time.localtime(asked.at))
    return f"- {at} {shown}; {record.total_ms:.0f} ms{first} ({', '.join(filter(None, about))})"


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"
