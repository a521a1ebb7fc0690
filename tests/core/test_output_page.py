"""What is shown of a printed text without a model, and the links in what a model says of it."""

from __future__ import annotations

from mistral_lsp.core.complaint import Frame
from mistral_lsp.core.document import Document
from mistral_lsp.core.output import read_output
from mistral_lsp.core.output_page import NO_ERROR, NOT_HERE, Located, for_editor, for_terminal, linked
from mistral_lsp.core.text import Text

CODE = "def price(item):\n    return item['`price`']\n"
OUTPUT = """\
Traceback (most recent call last):
  File "cart.py", line 2, in price
    return item['`price`']
KeyError: '[x](http://a.example)'
"""
URI = "file:///srv/my%20shop/cart.py"


def place(*, uri: str = URI, line: int = 2, code: str = CODE) -> Located:
    return Located(Frame("cart.py", line, name="price"), Document(uri, "python", 0, Text.of(code)), "src/cart.py", line)


def test_a_terminal_gets_the_error_and_its_places() -> None:
    assert for_terminal(read_output(OUTPUT), [place()]) == (
        "KeyError: '[x](http://a.example)'\n  src/cart.py:2 in price  return item['`price`']"
    )


def test_a_line_of_code_cannot_act_on_a_terminal() -> None:
    assert "\x1b" not in for_terminal(read_output(OUTPUT), [place(code="a\n\x1b]0;owned\x07\n")])


def test_an_editor_gets_links_to_the_places_and_to_nothing_else() -> None:
    shown = for_editor(read_output(OUTPUT), [place()])
    assert shown.count("](") == 2  # the link, and the code that the message is shown as
    assert f"[src/cart.py:2](<{URI}#L2>) in `price`: ``return item['`price`']``" in shown
    assert "`KeyError: '[x](http://a.example)'`" in shown


def test_a_document_that_is_no_file_has_no_link() -> None:
    assert "](<" not in for_editor(read_output(""), [place(uri="untitled:Untitled-1")])


def test_nothing_found_is_said() -> None:
    assert for_terminal(read_output("all well"), []) == NO_ERROR
    assert NOT_HERE in for_terminal(read_output(OUTPUT), [])
    assert NOT_HERE in for_editor(read_output(OUTPUT), [])


def test_other_errors_are_counted_and_some_are_named() -> None:
    text = "".join(f"a.c:{n}:1: error: number {n}\n" for n in range(1, 9))
    shown = for_terminal(read_output(text), [])
    assert shown.startswith("a.c:1: number 1\n")
    assert "7 other errors" in shown
    assert shown.endswith("a.c:6: number 6")


def test_places_that_a_model_names_become_links() -> None:
    prose = "See `src/cart.py:2`, src/cart.py:2 and src/cart.py:21, not other/src/cart.py:2 or [x](http://a.example)."
    shown = linked(prose, [place()])
    assert shown.count(f"](<{URI}#L2>)") == 2
    assert "src/cart.py:21" in shown
    assert "](http" not in shown
