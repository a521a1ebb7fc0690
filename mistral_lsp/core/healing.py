"""Healing: prompts that end where a token of the model ends.

Tokens run over the cursor: after four spaces of indentation, models expect three spaces and then " return". A prompt
that ends inside a token is one that the model has never seen, and it answers with nothing or with nonsense. So the
prompt's end is held back, the model writes it again, and it is taken off the answer.

Of whitespace one character is enough. For Mistral's tokenizers, and for those of GPT-2's kind, whitespace without its
last character ends where a token does, and what stays in the prompt tells the model how deep the cursor stands. A lone
newline is a token of its own and stays. A word that is begun is held back whole; a number isn't, as digits are tokens.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mistral_lsp.core.fence import code_in, is_closed
from mistral_lsp.core.reason import Reason

MAX_WORD_CHARS = 64  # what is longer is data, and no model writes it again

_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)*")
_INDENT = re.compile(r"[ \t]*")
_TAB_COLUMNS = 4
_ATTACHES = frozenset(".,;:)]}([`")  # what follows its left neighbour without a space; ` also begins a fence
_OPERATOR = frozenset("+-*/%=<>!&|^~?@$#")


@dataclass(frozen=True, slots=True)
class Healing:
    """What the answer has to begin with."""

    held_back: str  # at most one whitespace character, then at most one word
    before: str = ""  # the character before it; empty at the text's start
    indent: str | None = None  # of the cursor's line, where nothing but what is held back follows it
    in_fence: bool = False  # the answer is one of a chat, with its code in a fence that begins with the cursor's line

    def match(self, raw: str) -> str | Reason | None:
        """The answer from the cursor on; NOT_HEALED where it begins otherwise; None while it is too short to say.

        As the answer grows, so does what is returned: nothing of it changes any more.
        """
        if self.in_fence:
            code = code_in(raw)
            return None if code is None else self._match_on_new_line(code, self.indent or "", given="")
        if self.indent is not None:
            # What the prompt's end has of the indentation.
            given = self.indent[:-1] if self.held_back.startswith((" ", "\t")) else self.indent
            return self._match_on_new_line(raw, self.indent, given=given)
        if self.held_back.startswith(raw):
            return "" if raw == self.held_back else None
        if raw.startswith(self.held_back):
            return raw[len(self.held_back) :]
        return self._match_within_line(raw)

    def is_over(self, raw: str) -> bool:
        """Whether no more of the answer counts."""
        return self.in_fence and is_closed(raw)

    def _match_on_new_line(self, raw: str, indent: str, *, given: str) -> str | Reason | None:
        """Blank lines may come first, and the line may be deeper than the cursor; less deep, it ends the block."""
        word = self.held_back.lstrip()
        line = given + raw
        start = _end_of(_BLANK_LINES, line)
        own = line[start : _end_of(_INDENT, line, start)]
        body = line[start + len(own) :]
        if body in {"", "\r"}:
            return None
        if own.startswith(indent):
            deeper = own.removeprefix(indent)
        elif (not start and own == given and body[0] != "`") or _columns(own) >= _columns(indent):
            deeper = ""  # the model left out the held-back space, or it indents by other characters
        else:
            return Reason.NOT_HEALED
        return _after(word, body) if word else deeper + body

    def _match_within_line(self, raw: str) -> str | Reason | None:
        """The space before the answer may be another one, or missing where nothing runs together without it."""
        word = self.held_back.lstrip()
        has_gap = len(word) < len(self.held_back)
        body = raw.lstrip(" \t")
        if has_gap and not word and body[:1] in {"\n", "\r"}:
            return body  # the line was complete, and the space is the user's own
        if has_gap and body == raw and _runs_on(self.before, raw[0]):
            return Reason.NOT_HEALED
        return _after(word, body)


def hold_back(prefix: str) -> tuple[str, Healing]:
    """The text to end the prompt with, and what its answer then has to begin with."""
    line = prefix[prefix.rfind("\n") + 1 :]
    word = _begun_word(line)
    indent = line[: len(line) - len(word)]
    end = len(prefix) - len(word)
    if prefix[:end].endswith((" ", "\t", "\n\n")):
        end -= 1
    return prefix[:end], Healing(
        held_back=prefix[end:],
        before=prefix[max(0, end - 1) : end],
        indent=None if indent.strip(" \t") else indent,
    )


def hold_back_line(prefix: str) -> tuple[str, Healing]:
    """The same for an answer that nobody begins for the model: it writes the cursor's whole line again, in a fence."""
    start = prefix.rfind("\n") + 1
    line = prefix[start:]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return prefix[:start], Healing(held_back=line[len(indent) :], indent=indent, in_fence=True)


def _begun_word(line: str) -> str:
    """The word that the line ends with; none where that is a number, or too long to be written again."""
    start = len(line)
    stop = max(0, start - MAX_WORD_CHARS - 1)
    while start > stop and _is_word(line[start - 1]):
        start -= 1
    word = line[start:]
    return "" if len(word) > MAX_WORD_CHARS or word[:1].isdigit() else word


def _after(word: str, body: str) -> str | Reason | None:
    if body.startswith(word):
        return body[len(word) :]
    return None if word.startswith(body) else Reason.NOT_HEALED


def _runs_on(left: str, right: str) -> bool:
    """Whether two characters mean something else without a space between them."""
    return right in _ATTACHES or (_is_word(left) and _is_word(right)) or (left in _OPERATOR and right in _OPERATOR)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _end_of(pattern: re.Pattern[str], text: str, start: int = 0) -> int:
    """Where the match of a pattern that may be empty ends."""
    match = pattern.match(text, start)
    return match.end() if match else start


def _columns(indent: str) -> int:
    return len(indent.expandtabs(_TAB_COLUMNS))
