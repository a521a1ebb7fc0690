"""Language: what the core needs to know of a language, and the patterns that many languages share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache


class Blocks(Enum):
    """What ends a block."""

    INDENT = "indent"  # a line that stands further left
    BRACES = "braces"  # the closing bracket
    WORDS = "words"  # a closing word or tag: end, fi, </div>
    PROSE = "prose"  # a blank line


# How strings look, for the lexer. An unfinished one runs to the line's end, or to the text's where it may span lines.
DOUBLE = r'"(?:[^"\\\n]|\\.)*"?'
SINGLE = r"'(?:[^'\\\n]|\\.)*'?"
# One character, or as much of it as there is. Nothing else that begins with ': Rust's lifetimes, C++'s 1'000.
CHAR = r"'(?:\\(?:[^\n][^'\n]{0,8})?|[^'\\\n])?(?:'|\Z)"
TRIPLE_DOUBLE = r'"""(?:[^"\\]|\\.|"(?!""))*(?:""")?'
TRIPLE_SINGLE = r"'''(?:[^'\\]|\\.|'(?!''))*(?:''')?"
BACKTICK = r"`(?:[^`\\]|\\.)*`?"
RAW_BACKTICK = r"`[^`]*`?"
RAW_SINGLE = r"'[^']*'?"
DOUBLE_LINES = r'"(?:[^"\\]|\\.)*"?'  # spans lines
HASHED = r'\bb?r(?P<hashes>#*)"(?:[^"]|"(?!(?P=hashes)))*(?:"(?P=hashes))?'
LONG_BRACKET = r"\[(?P<level>=*)\[(?:[^\]]|\](?!(?P=level)\]))*(?:\](?P=level)\])?"

# What a line looks like that opens a block; in braces also a lambda or a case.
BRACE_OPENS = (
    r"\{\s*(?:\|[^|]*\|)?\s*$|\{[^{}]*(?:->|\bin)\s*$|^\s*(?:case\b.*|default\s*|public|private|protected)\s*:\s*$"
)
PYTHON_OPENS = (
    r"^\s*(?:async\s+)?(?:def|class|if|elif|else|for|while|try|except|finally|with|match|case)\b.*:\s*$"
    r"|^\s*[)\]}].*:\s*$"
)
RUBY_OPENS = (
    r"^(?!.*\bend\s*$)(?:\s*(?:def|class|module|if|unless|while|until|case|begin|for|else|elsif|when|in|rescue|ensure)\b"
    r"|.*=\s*(?:if|unless|case|begin)\b|.*\bdo\s*(?:\|[^|]*\|)?\s*$|.*\{\s*(?:\|[^|]*\|)?\s*$)"
)
HTML_OPENS = (
    r"<(?!(?:a|area|b|base|br|button|code|em|h[1-6]|hr|i|img|input|label|li|link|meta|option|p|span|strong|td|th|title)\b"
    r"|[/!?])[\w:.-]+(?:\s[^<>]*)?(?<!/)>\s*$"
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Language:
    """What the core needs to know of a language. Node names are those of its grammar."""

    name: str
    ids: tuple[str, ...] = ()  # the editors' ids for it, besides the name
    grammar: str = ""  # module, and ":function" where that isn't "language"; none: indentation answers
    blocks: Blocks = Blocks.BRACES
    opens: str = BRACE_OPENS  # what a line of code looks like that opens a block, its comment cut off
    closes: str = r"(?!)"  # a word or tag at a line's start that closes a block
    line_comments: tuple[str, ...] = ("//",)
    block_comments: tuple[tuple[str, str], ...] = (("/*", "*/"),)
    strings: tuple[str, ...] = (DOUBLE, CHAR)
    scopes: frozenset[str] = frozenset()
    string_nodes: frozenset[str] = frozenset()
    comment_nodes: frozenset[str] = frozenset({"comment"})
    hazard: str | None = None  # text that crashes the grammar's scanner, or keeps it busy for seconds

    @property
    def comment_marks(self) -> tuple[str, str]:
        """What stands before and after a comment on one line; both empty where the language has none."""
        if self.line_comments:
            return self.line_comments[0], ""
        before, after = next(iter(self.block_comments), ("", ""))
        return before, f" {after}" if after else ""


@cache
def pattern(source: str) -> re.Pattern[str]:
    """A row's pattern, compiled when first used."""
    return re.compile(source)
