"""Which texts from elsewhere a prompt has, and in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.core.context import FRAME_CHARS, Snippet
from mistral_lsp.core.snippets import Candidate, Kind, pack


def passage(*names: str) -> str:
    return "\n".join(f"{name}_first = {name}_second({name}_third)" for name in names)


def candidate(kind: Kind, text: str, *, path: str = "b.py", worth: float = 1.0) -> Candidate:
    return Candidate(kind, path, text, worth)


def texts(*candidates: Candidate, budget: int = 10_000, around: str = "", shown: str = "") -> list[str]:
    return [snippet.text for snippet in pack(candidates, budget_chars=budget, around=around, shown=shown)]


EDIT = candidate(Kind.EDIT, passage("edit", "edits", "editing"))
SIMILAR = candidate(Kind.SIMILAR, passage("like", "likes", "liking"))
DEFINITION = candidate(Kind.DEFINITION, "def define(x): ...\ndef redefine(y): ...")
OUTLINE = candidate(Kind.OUTLINE, "class Outline:\n    def outlined(self): ...")


def test_what_seldom_changes_stands_first() -> None:
    assert texts(EDIT, SIMILAR, DEFINITION, OUTLINE) == [one.text for one in (OUTLINE, DEFINITION, SIMILAR, EDIT)]


def test_where_the_budget_is_short_worth_decides_and_not_the_order() -> None:
    small = len(EDIT.text) + len("b.py") + FRAME_CHARS
    low = candidate(Kind.OUTLINE, OUTLINE.text, worth=0.01)
    assert texts(low, EDIT, budget=small) == [EDIT.text]


def test_of_two_with_the_same_worth_the_shorter_one_comes_in() -> None:
    long = candidate(Kind.SIMILAR, passage(*(f"long{n}" for n in range(40))))
    assert texts(long, SIMILAR, budget=len(SIMILAR.text) + 40) == [SIMILAR.text]


def test_what_is_too_long_is_cut_at_a_line_s_end() -> None:
    text = passage(*(f"name{number}" for number in range(20)))
    [cut] = texts(candidate(Kind.SIMILAR, text), budget=400)
    assert text.startswith(cut + "\n")
    assert 300 < len(cut) <= 400


def test_one_or_two_lines_of_a_text_are_not_worth_a_place() -> None:
    text = passage(*(f"name{number}" for number in range(20)))
    assert texts(candidate(Kind.SIMILAR, text), budget=120) == []
    assert texts(candidate(Kind.SIMILAR, text), budget=0) == []


def test_what_is_nearly_the_same_comes_once() -> None:
    text = passage(*(f"name{number}" for number in range(20)))
    again = text.replace("name7_first", "name8_first")
    assert texts(candidate(Kind.SIMILAR, text), candidate(Kind.EDIT, again, worth=0.5)) == [text]


def test_what_is_too_like_the_code_at_the_cursor_would_be_repeated() -> None:
    assert texts(SIMILAR, EDIT, around=passage("like", "likes")) == [EDIT.text]


def test_a_passage_that_shares_some_words_with_the_cursor_stays() -> None:
    assert texts(SIMILAR, around=passage("like", "other", "another", "more")) == [SIMILAR.text]


def test_signatures_that_the_prompt_has_are_left_out() -> None:
    assert texts(DEFINITION, shown="def define(x): ...\n") == ["def redefine(y): ..."]


def test_a_passage_loses_what_the_prompt_has_at_its_ends_alone() -> None:
    inner = ["aa = 1", "import os", "", "bb = 2"]
    text = "\n".join(["import os", "", *inner, "", "import os"])
    assert texts(candidate(Kind.EDIT, text), shown="import os\n") == ["\n".join(inner)]


def test_what_the_prompt_has_altogether_is_no_snippet() -> None:
    assert texts(SIMILAR, shown=SIMILAR.text) == []


def test_new_ones_are_appended_to_what_was_there() -> None:
    before = pack([EDIT, SIMILAR], budget_chars=10_000)
    after = pack([OUTLINE, DEFINITION, EDIT, SIMILAR], budget_chars=10_000, before=before)
    assert after[:2] == before
    assert [one.text for one in after[2:]] == [OUTLINE.text, DEFINITION.text]


def test_behind_one_that_went_the_order_is_by_kind_again() -> None:
    before = (Snippet("b.py", DEFINITION.text), Snippet("gone.py", "gone = 1"), Snippet("b.py", EDIT.text))
    after = pack([EDIT, SIMILAR, DEFINITION], budget_chars=10_000, before=before)
    assert [one.text for one in after] == [DEFINITION.text, SIMILAR.text, EDIT.text]


def test_a_little_more_worth_does_not_push_out_what_was_there() -> None:
    other = candidate(Kind.SIMILAR, passage("nice", "nicer", "nicest"), worth=1.1)
    much_better = candidate(Kind.SIMILAR, passage("nice", "nicer", "nicest"), worth=2.0)
    budget = len(other.text) + 40
    before = pack([SIMILAR], budget_chars=budget)
    assert pack([SIMILAR, other], budget_chars=budget, before=before) == before
    assert pack([SIMILAR, much_better], budget_chars=budget, before=before) != before
    assert pack([SIMILAR, other], budget_chars=budget) != before


@given(
    st.lists(
        st.builds(
            Candidate,
            st.sampled_from(Kind),
            st.text(alphabet="ab/.", max_size=8),
            st.text(alphabet="abcde \n\r", max_size=300),
            st.floats(0, 2),
        ),
        max_size=12,
    ),
    st.integers(-10, 900),
)
def test_the_budget_is_kept_and_every_snippet_is_whole_lines_of_a_candidate(
    candidates: list[Candidate], budget: int
) -> None:
    packed = pack(candidates, budget_chars=budget)
    assert sum(len(one.text) + len(one.path) + FRAME_CHARS for one in packed) <= max(0, budget)
    for snippet in packed:
        assert snippet.text.strip()
        lines = {line for one in candidates if one.path == snippet.path for line in one.text.splitlines()}
        assert set(snippet.text.splitlines()) <= lines
    assert pack(candidates, budget_chars=budget, before=packed) == packed
