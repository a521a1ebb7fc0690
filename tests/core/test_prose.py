"""What a model writes for people can't do anything."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mistral_lsp.core.prose import MAX_CHARS, plain_text, safe_markdown
from mistral_lsp.core.prose_inline import CLICKABLE
from mistral_lsp.core.unseen import show_unseen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

OWN = "file:///p/a.py#L3"


def tokens(markdown: str) -> Iterator[Token]:
    """As the most lenient client reads it: HTML and any target count, and so do tables."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign] # noqa: ARG005 - the parser names it
    for token in parser.parse(markdown):
        yield token
        yield from token.children or []


def kinds(markdown: str) -> list[str]:
    return [token.type for token in tokens(markdown)]


@pytest.mark.parametrize(
    "markdown",
    [
        "The error *happens* here, **always**.",
        "# Title\n\n## Below\n\nText in\ntwo lines.",
        "1. First\n2. Second\n   - nested\n   - more\n3. Third",
        "- loose\n\n- list\n\n  of two paragraphs",
        "> A quote\n> of two lines\n>\n> - and a list",
        "```python\ndef f(x):\n\n    return [x]\n```",
        "Call `f(a, *b)` and ``a`b``, then snake_case it.",
        "One  \nhard break",
        "- a\n  ```c\n  int x;\n  ```\n- b",
        "7. seven\n8. eight",
        "above\n\n___\n\nbelow",
        "- a\n- b\n\n* another list\n* of its own",
    ],
)
def test_plain_markdown_stays_as_it_is(markdown: str) -> None:
    assert safe_markdown(markdown) == markdown


@pytest.mark.parametrize(
    ("markdown", "safe"),
    [
        ("![x](http://evil.example/?q=1)", "x"),
        ("![x][1]\n\n[1]: http://evil.example", "x"),
        ("[go](http://evil.example)", "go"),
        ("[go][1]\n\n[1]: http://evil.example 'title'", "go"),
        ("[go]\n\n[go]: command:foo", "go"),
        ("[![a](http://b.example)](http://c.example)", "a"),
        ("[a [b](command:c) d](e)", r"\[a b d\](e)"),
        ("<http://evil.example>", "`http://evil.example`"),
        ("see http://evil.example/?q=1.", "see `http://evil.example/?q=1`."),
        ("www.evil.example or me@evil.example", "`www.evil.example` or `me@evil.example`"),
        ("[go](javascript:alert)", "go"),
        ("[go](data:text/html,x)", "go"),
        ("[go](vscode:extension/a.b)", "go"),
        ("[go](&#99;ommand:foo)", "go"),
        ("[go](command\\:foo)", "go"),
        ("[go](\tcommand:foo)", "go"),
        ("command:foo", "`command:foo`"),
        ("h&#116;tp://evil.example", "`http://evil.example`"),
        ("ht*tp:*//evil.example", "ht*tp:*//evil.example"),
        ('<img src="x">', r'\<img src="x">'),
        ("<a href='command:x'>y</a>", r"\<a href='`command:x'>y</a>`"),
        ("<!-- hidden -->", r"\<!-- hidden -->"),
        ("&lt;b&gt; &amp;lt;", r"\<b> \&lt;"),
        (r"\[a\](http:x)", r"\[a\](http:x)"),
        ("a\r[1]: http://evil.example\rb", "a\n\\[1\\]: `http://evil.example`\nb"),
        ("```\nopen", "```\nopen\n```"),
        ("````\n```\n[a](b)\n````", "````\n```\n[a](b)\n````"),
        ("```a\"onload='x'\nb\n```", "```\nb\n```"),
        ("a\x1b[31mb\x00c", r"a\[31mbc"),
        ("a\u202eb\u200bc", r"a\<U+202E>b\<U+200B>c"),
        ("a&#x202e;b&#27;c", "a\\<U+202E>b\ufffdc"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "\\| a | b |\n\\|---|---|\n\\| 1 | 2 |"),
        ("", ""),
    ],
)
def test_what_could_act_is_text(markdown: str, safe: str) -> None:
    assert safe_markdown(markdown) == safe


def test_only_the_targets_that_are_named_are_links() -> None:
    markdown = f"[here]({OWN}), [there](file:///p/b.py) and [here too][1]\n\n[1]: {OWN} 'with a title'"
    safe = safe_markdown(markdown, links=[OWN])
    assert safe == f"[here](<{OWN}>), there and [here too](<{OWN}>)"
    assert safe_markdown("[x](file:///p/a%20b.py)", links=["file:///p/a b.py"]) == "[x](<file:///p/a%20b.py>)"


def test_an_exclamation_mark_makes_no_image_of_a_link() -> None:
    safe = safe_markdown(f"Look!&#8288;[here]({OWN}) and \\![here]({OWN})", links=[OWN])
    assert "image" not in kinds(safe)
    assert kinds(safe).count("link_open") == 2


# What Markdown is made of, and what tricks are made of.
PIECES = st.sampled_from(
    [
        *"[]()<>!*_`~#-+=|:&;\\/\"'.?1aé \n\t\r",
        *(
            "http://e.co",
            "www.e.co",
            "a@e.co",
            "command:x",
            "&#60;",
            "&lt;",
            "&#10;",
            "&#32;",
            "\n\n",
            "\n    ",
            "  \n",
        ),
        *(
            "[a](b)",
            "![a](b)",
            "[a]: b\n",
            "<b>",
            "<!--",
            "```",
            "~~~",
            "- ",
            "1. ",
            "> ",
            "# ",
            "\u202e",
            "\u200b",
            "\x1b",
        ),
        *(
            "**",
            "***",
            f"[x]({OWN})",
            f"[y][1]\n\n[1]: {OWN}",
            "\ufeff",
            "\u2028",
            "\x0b",
            "\xa0",
            "---\n",
            "===\n",
            "$",
            "javascript:",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60)


@given(TEXTS)
@example("- \n  -")
@example("*a**b*")
@example("1) a\n1. b\n1) c")
@example("- - -\n- * *")
def test_nothing_but_what_is_allowed_is_left_and_it_is_its_own_safe_form(text: str) -> None:
    safe = safe_markdown(text, links=[OWN])
    found = list(tokens(safe))
    types = {token.type for token in found}
    assert not types & {"image", "html_inline", "html_block", "table_open", "definition"}
    assert {token.attrs["href"] for token in found if token.type == "link_open"} <= {OWN}
    for token in found:
        if token.type == "text":
            assert CLICKABLE.search(token.content) is None
    assert show_unseen(safe) == safe
    assert not [char for char in safe if category(char) in {"Cc", "Cs"} and char != "\n"]
    assert safe_markdown(safe, links=[OWN]) == safe


@given(TEXTS)
def test_plain_text_has_no_whole_address_and_nothing_that_acts(text: str) -> None:
    plain = plain_text(text)
    assert CLICKABLE.search(plain) is None
    assert not {"\x1b", "\r", "\u202e", "\u200b"} & set(plain)


def test_plain_text_reads_as_text() -> None:
    markdown = "# Why\n\nThe `x` is **None**, see [docs](http://e.example).\n\n- one\n- two\n\n```py\na = [1]\n```\n"
    assert plain_text(markdown) == "Why\n\nThe x is None, see docs.\n\n- one\n- two\n\na = [1]"


@pytest.mark.parametrize(
    "unit", ["word ", "[", "![a](", "`a", "*a_ ", "> ", "- ", "<a", "&#32;\n", "http://", "\u202e", "\n"]
)
def test_a_megabyte_is_cut_before_it_is_read(unit: str) -> None:
    """A parser takes minutes for some of these."""
    text = unit * (1_000_000 // len(unit))
    safe = safe_markdown(text)
    assert len(safe) <= MAX_CHARS + 3
    assert safe_markdown(safe) == safe
    plain_text(text)
