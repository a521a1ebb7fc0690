from __future__ import annotations

from mistral_lsp.bench.replay.policy import POLICIES, Choice, choose, words

PERSON, EXACT, DELETING, NEVER = (POLICIES[name] for name in ("person", "exact", "deleting", "never"))


def test_what_was_meant_up_to_the_lines_end_is_taken() -> None:
    assert choose(EXACT, "a + b", "a + b\nx") == Choice(("a + b",), 5, 4, is_whole=True)
    assert choose(EXACT, "a + b", "a + b") is not None
    assert choose(EXACT, "a\nb", "a\nb\nc") is not None


def test_a_short_beginning_of_a_line_is_typed() -> None:
    assert choose(PERSON, "a +", "a + b\n") is None
    assert choose(PERSON, "a + bee", "a + bee + c\n") is not None


def test_what_goes_wrong_is_not_taken_by_who_takes_only_what_is_right() -> None:
    assert choose(EXACT, "value + wrong", "value + right\n") is None


def test_who_never_takes_types_all() -> None:
    assert choose(NEVER, "value", "value\n") is None


def test_a_long_beginning_is_taken_and_the_rest_deleted() -> None:
    assert choose(DELETING, "value + wrong", "value + right\n") == Choice(("value + wrong",), 8, 6, is_whole=True)


def test_deleting_costs_a_key_for_each_word() -> None:
    assert choose(DELETING, "value = a b c d e f", "value * x\n") is None


def test_word_by_word_where_that_is_cheaper() -> None:
    choice = choose(PERSON, "value + one two three four five", "value + right\n")
    assert choice is not None
    assert choice.parts == ("value", " +")
    assert not choice.is_whole


def test_words_are_all_of_the_text() -> None:
    text = "  def f(a, b):\n    return a_1  "
    assert "".join(words(text)) == text


def test_the_closer_right_of_the_caret_is_an_end() -> None:
    assert choose(EXACT, "a, b", "a, b):\n", right=")") is not None
    assert choose(EXACT, "a, b", "a, b):\n") is None
