"""Oracle: a model that knows the file being typed, but for fixed blind spots.

Which lines it doesn't know, and what it writes instead, is a hash of the file's name and the line: the same in every
run, whatever is asked before. So two engines, or two settings, meet the same model.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate

from mistral_lsp.bench.replay.odds import Fate, drawn
from mistral_lsp.bench.replay.tokens import pieces
from mistral_lsp.bench.tgi_rules import Piece

_TAILS = (400, 200, 100, 50, 25, 12, 6)  # characters of a prompt's end that are looked for, the longest first
_NAME = re.compile(r"[^\W\d]\w*")
_LONG_NAME = re.compile(r"[^\W\d]\w{2,}")
_MAX_LINES = 40
_MAX_HELD_BACK = 80  # characters before the hole in which a prompt's end may stand

STOP_SHARE = 0.12  # of the lines, after which it stops though more is missing
STOP_WRONG_SHARE = 0.5  # of the lines that it got wrong
OVERRUN_SHARE = 0.5  # of the functions behind whose end it goes on with what stands there
WORD_SHARE = 0.4  # of the blind spots that are one name; others reach to the line's end


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """Columns of a line that the model doesn't know, and what it writes there."""

    start: int
    end: int
    instead: str


@dataclass(frozen=True)
class Oracle:
    """The model for one file with one hole. It reads nothing of a prompt but where it ends."""

    name: str
    text: str
    start: int  # of the hole
    end: int
    skill: float = 0.45  # the share of lines without a blind spot

    def answer(self, prompt: str) -> str:
        """What it writes behind a prompt."""
        return self._answer(prompt)[0]

    def tokens(self, prompt: str) -> list[Piece]:
        """The same in tokens, each with the probability that a model gives such a one: see `odds`."""
        written, at = self._answer(prompt)
        rated, said, fate = list[Piece](), "", Fate.RIGHT
        for token in pieces(written):
            before, said = said, said + token
            if fate is not Fate.RIGHT:
                fate = Fate.AFTER
            elif at is None or not self.text.startswith(said, at):
                fate = Fate.WRONG
            where = f"{fate.value}:{(at or 0) + len(before)}:{token if fate is Fate.AFTER else ''}"
            rated.append(Piece.of(token, drawn(fate, before, token, self._chance("odds", where))))
        return rated

    def _answer(self, prompt: str) -> tuple[str, int | None]:
        """What it writes, and where in the file that would be true."""
        place = self.find(prompt)
        if place is None:
            return self._wrong_line("".join(prompt[-40:].split())), None
        at, given = place
        written = self._written(at)
        if not given or not written.startswith(given):
            return written, at
        return written.removeprefix(given), at + len(given)

    def find(self, prompt: str) -> tuple[int, str] | None:
        """Where in the file a prompt ends, and what it already has of the next line's indentation; None if nowhere."""
        if (at := self._end_of(prompt)) is not None:
            return at, ""
        bare = prompt.rstrip(" \t\n")
        blank = prompt[len(bare) :]
        lead = blank[blank.rfind("\n") + 1 :]
        at = self._end_of(bare)
        if at is None or "\n" not in blank:
            return None
        following = at + len(self.text[at:]) - len(self.text[at:].lstrip(" \t\n"))
        line_start = self.text.rfind("\n", 0, following) + 1
        is_deeper = self.text[line_start:following].startswith(lead)
        return (line_start, lead) if is_deeper else None

    def blind_spot(self, line: int) -> BlindSpot | None:
        """What it doesn't know of a line."""
        content = self._lines[line].rstrip("\n")
        names = list(_NAME.finditer(content))
        if not names or self._chance("known", line) < self.skill:
            return None
        name = names[int(self._chance("where", line) * len(names))]
        other = self._other_name(name[0], line)
        if self._chance("kind", line) < WORD_SHARE:
            return BlindSpot(name.start(), name.end(), other)
        donor = self._wrong_line(f"{line}")
        return BlindSpot(name.start(), len(content), other + donor[len(donor) // 2 :])

    def _end_of(self, prompt: str) -> int | None:
        for length in _TAILS:
            if len(prompt) >= length:
                found = self.text.find(prompt[-length:], max(0, self.start - length - _MAX_HELD_BACK), self.end)
                if found >= 0:
                    return found + length
        return None

    def _written(self, at: int) -> str:
        line = bisect_right(self._starts, at) - 1
        column, parts = at - self._starts[line], list[str]()
        for number in range(line, min(line + _MAX_LINES, len(self._lines))):
            content = self._lines[number].rstrip("\n")
            said = self._line(number, column)
            parts.append(said)
            is_wrong = said != content[column:]
            if self._stops(number, is_wrong=is_wrong):
                break
            parts.append("\n")
            column = 0
        return "".join(parts)

    def _line(self, line: int, column: int) -> str:
        content, spot = self._lines[line].rstrip("\n"), self.blind_spot(line)
        if spot is None or column >= spot.end:
            return content[column:]
        name = _NAME.search(content, column)  # inside of a blind spot, it fails at the next name
        start = max(spot.start, name.start() if name else len(content))
        return content[column:start] + (spot.instead if name else "") + content[max(start, spot.end) :]

    def _stops(self, line: int, *, is_wrong: bool) -> bool:
        ends_at = self._starts[line] + len(self._lines[line])
        if ends_at >= self.end and self._chance("overrun", self.start) >= OVERRUN_SHARE:
            return True
        return self._chance("stop", line) < (STOP_WRONG_SHARE if is_wrong else STOP_SHARE)

    def _other_name(self, name: str, line: int) -> str:
        others = [other for other in self._names if other != name] or ["value"]
        return others[int(self._chance("name", line) * len(others))]

    def _wrong_line(self, key: str) -> str:
        full = [line.strip() for line in self._lines if len(line.strip()) > 8]
        return full[int(self._chance("line", key) * len(full))] if full else "pass"

    def _chance(self, what: str, where: int | str) -> float:
        digest = blake2b(f"{self.name}:{what}:{where}".encode(errors="replace"), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self._lines[:-1]), initial=0))

    @cached_property
    def _names(self) -> list[str]:
        return sorted(set(_LONG_NAME.findall(self.text)))
