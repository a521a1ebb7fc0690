from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.bench.replay.typist import Hands, Typist, indent_of, is_closed_twice, next_press, straight

CODE = """\
    def f(self, a):
        if a:
            return [
                a,
            ]

        return None"""


def typed(have: str, wanted: str, *, limit: int = 10_000) -> tuple[str, int]:
    """What is there when no key is left, and how many it took."""
    indent, count = indent_of(wanted), 0
    while press := next_press(have, wanted, indent=indent):
        have = have[: len(have) - press.erased] + press.typed
        count += 1
        assert count < limit
    return have, count


def test_straight_typing_writes_the_text_with_the_editors_indentation() -> None:
    have, count = typed("    ", CODE)
    assert have == CODE
    assert count == len(CODE.replace("    ", "")) + 2  # no key for what the editor indents; two to go back a step


@given(st.text(alphabet="ab:([ \t\n", max_size=60), st.text(alphabet="ab:( \n", max_size=20))
def test_whatever_stands_there_it_ends_at_what_is_wanted(wanted: str, have: str) -> None:
    clean = "\n".join(line.rstrip() for line in wanted.split("\n"))
    assert typed(have, clean)[0] == clean


def test_what_is_wrong_is_deleted_by_words() -> None:
    press = next_press("return wrong_name(x", "return right", indent="    ")
    assert press is not None
    assert (press.erased, press.typed) == (1, "")
    press = next_press("return wrong_name", "return right", indent="    ")
    assert press is not None
    assert press.erased == len("wrong_name")


def test_a_blank_line_keeps_no_indentation() -> None:
    press = next_press("    a\n    ", "    a\n\n    b", indent="    ")
    assert press is not None
    assert (press.erased, press.typed) == (4, "\n    ")


def test_after_a_return_the_editor_goes_back_a_step() -> None:
    press = next_press("if a:\n    return", "if a:\n    return\nb", indent="    ")
    assert press is not None
    assert press.typed == "\n"


def test_keys_without_help_are_counted() -> None:
    assert straight("if a:\n    b", given="", indent="    ") == len("if a:") + 1 + 1


def test_a_seed_decides_every_interval_and_slip() -> None:
    first, again, other = (Typist("a.py", seed=seed) for seed in (1, 1, 2))
    times = [[one.before_s(CODE, at) for at in range(len(CODE))] for one in (first, again, other)]
    slips = [[one.slip(CODE, at) for at in range(len(CODE))] for one in (first, again, other)]
    assert times[0] == times[1] != times[2]
    assert slips[0] == slips[1]


def test_a_place_takes_the_same_time_whatever_came_before() -> None:
    one = Typist("a.py", seed=1)
    alone = one.before_s(CODE, 20)
    for at in range(40):
        one.before_s(CODE, at)
    assert one.before_s(CODE, 20) == alone


def test_a_slip_is_a_letters_neighbour() -> None:
    clumsy = Typist("a.py", seed=1, hands=Hands(typo_share=1.0))
    assert clumsy.slip("q", 0) == "w"
    assert clumsy.slip("s", 0) == "a"
    assert clumsy.slip("(", 0) is None
    assert clumsy.slip("", 0) is None


def test_a_line_begins_with_a_thought() -> None:
    even = Typist("a", seed=1, hands=Hands(key_sigma=0.0, think_sigma=0.0, think_s=1.0))
    assert even.before_s("a\nb", 1) == pytest.approx(0.15)
    assert even.before_s("a\nb", 2) == pytest.approx(1.15)


def test_a_closer_without_its_opener_is_seen() -> None:
    assert is_closed_twice("f(a)", ")")
    assert not is_closed_twice("f(a", ")")
    assert not is_closed_twice("g(f(a)", ")")
    assert is_closed_twice("g(f(a)", "))")
    assert not is_closed_twice("f(a)", "")
