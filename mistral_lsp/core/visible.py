"""Visible: text from elsewhere on one line of a log or a terminal, unable to act there."""

from __future__ import annotations


def visible(text: str) -> str:
    r"""The text with line ends, escapes, bidirectional marks and lone surrogates spelled out, such as \x1b."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def shortened(text: str, most: int = 60) -> str:
    """At most `most` characters, with an ellipsis where something was left out."""
    return text if len(text) <= most else text[: most - 1] + "…"
