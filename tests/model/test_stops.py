from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from mistral_lsp.model.stops import StopFilter


def through(stops: tuple[str, ...], *chunks: str) -> list[str]:
    stop = StopFilter(stops)
    return [*(stop.feed(chunk) for chunk in chunks), stop.end()]


def test_text_without_a_stop_string_passes_at_once() -> None:
    assert through(("\n\n",), "a", " + b") == ["a", " + b", ""]


def test_text_ends_before_the_stop_string() -> None:
    assert through(("\n\n",), "a\n\nb", "c") == ["a", "c", ""]


def test_a_stop_string_across_chunks_is_never_seen() -> None:
    assert through(("\ndef ",), "a\n", "de", "f x") == ["a", "", "", ""]


def test_what_only_began_like_a_stop_string_comes_with_the_next_chunk() -> None:
    assert through(("\ndef ",), "a\nde", "cide") == ["a", "\ndecide", ""]


def test_the_end_lets_go_of_what_was_held_back() -> None:
    assert through(("\ndef ",), "a\nde") == ["a", "\nde"]


def test_the_first_of_several_stop_strings_counts() -> None:
    assert through(("```", "\n\n"), "a\n\nb```")[0] == "a"


TEXTS = st.text("ab\n", max_size=12)


@example(chunks=["\na", "\n"], stops=("a", "\na\n"))  # of two that overlap, the one that is whole first
@given(st.lists(TEXTS), st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=3).map(tuple))
def test_any_split_gives_the_text_before_the_first_stop_string(chunks: list[str], stops: tuple[str, ...]) -> None:
    text = "".join(chunks)
    found = [(at + len(stop), at) for stop in stops if (at := text.find(stop)) >= 0]
    stop, shown = StopFilter(stops), ""
    for chunk in chunks:
        shown += stop.feed(chunk)
        if stop.is_stopped:
            break
    assert shown + stop.end() == (text[: min(found)[1]] if found else text)
