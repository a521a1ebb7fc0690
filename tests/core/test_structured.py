"""What a model answers is read with limits of our own, and checked against what was asked for."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_lsp.core.structured import MAX_CHARS, MAX_DEPTH, Unfit, checked, json_of, one_of

PERSON = json_of(
    {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 5},
            "age": {"type": "integer", "minimum": 0, "maximum": 150},
            "tags": {"type": "array", "items": {"enum": ["a", 1]}, "maxItems": 2},
        },
        "required": ["name"],
        "additionalProperties": False,
    }
)
ANYTHING = json_of({})
KIND = one_of(["bug", "style", "not a bug"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"name": "Ada", "age": 36}', {"name": "Ada", "age": 36}),
        ('```json\n{"name": "Ada"}\n```', {"name": "Ada"}),
        (' {"name": "Ada", "tags": ["a", 1]} \n', {"name": "Ada", "tags": ["a", 1]}),
    ],
)
def test_what_fits_is_the_value(text: str, value: Any) -> None:
    assert checked(text, PERSON) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "isn't JSON"),
        ("Sure! {}", "isn't JSON"),
        ('{"name": "Ada"} That is all.', "isn't JSON: Extra data at character 17"),
        ('{"name": "Ada"', "isn't JSON"),
        ("[]", "it isn't of type object"),
        ("{}", "it has no name"),
        ('{"name": ""}', "/name has fewer than 1 characters"),
        ('{"name": "Adalbert"}', "/name has more than 5 characters"),
        ('{"name": 7}', "/name isn't of type string"),
        ('{"name": "Ada", "age": true}', "/age isn't of type integer"),
        ('{"name": "Ada", "age": 1.5}', "/age isn't of type integer"),
        ('{"name": "Ada", "age": -1}', "/age is out of range"),
        ('{"name": "Ada", "tags": ["b"]}', "/tags/0 is none of the values"),
        ('{"name": "Ada", "tags": [true]}', "/tags/0 is none of the values"),
        ('{"name": "Ada", "tags": [1, 1, 1]}', "/tags has more than 2 items"),
        ('{"name": "Ada", "__proto__": 1}', "a key that isn't in the schema"),
        ('{"name": "Ada", "name": "Bob"}', "a key twice"),
    ],
)
def test_what_does_not_is_told_by_its_place(text: str, why: str) -> None:
    with pytest.raises(Unfit) as raised:
        checked(text, PERSON)
    assert why in str(raised.value)
    assert "Adalbert" not in str(raised.value)  # nothing of the answer is repeated


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        "NaN",
        "-Infinity",
        "1e999",
        "9" * 5_000,
        "1." + "9" * 5_000,
        '"' + "x" * MAX_CHARS + '"',
        '{"a": [{"b": 1, "b": 2}]}',
    ],
)
def test_numbers_depth_size_and_keys_have_limits_whatever_the_schema(text: str) -> None:
    with pytest.raises(Unfit):
        checked(text, ANYTHING)


def test_brackets_in_strings_nest_nothing() -> None:
    text = json.dumps("[" * 1_000 + '"\\')
    assert checked(text, ANYTHING) == "[" * 1_000 + '"\\'


@pytest.mark.parametrize(("text", "word"), [("bug", "bug"), (' "style"\n', "style"), ("not a bug.", "not a bug")])
def test_a_choice_is_one_of_its_words(text: str, word: str) -> None:
    assert checked(text, KIND) == word


@pytest.mark.parametrize("text", ["", "bugs", "Bug", "bug or style", "a bug"])
def test_another_word_is_none(text: str) -> None:
    with pytest.raises(Unfit, match="it is none of bug, style, not a bug"):
        checked(text, KIND)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("", True),
        ("  ", True),
        ("b", True),
        ('"st', True),
        ("not a b", True),
        ("I think", False),
        ("x" * 99_999, False),
    ],
)
def test_a_choice_that_can_not_come_any_more_ends_the_stream(text: str, may: bool) -> None:  # noqa: FBT001 - a row's
    assert KIND.may_become(text) is may


@pytest.mark.parametrize(("text", "may"), [("", True), ("{", True), ("```js", True), ("-1", True), ("Sure", False)])
def test_so_does_what_begins_like_no_json(text: str, may: bool) -> None:  # noqa: FBT001 - a row's
    assert PERSON.may_become(text) is may


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "a+"},
        {"type": "date"},
        {"properties": {"a": {"oneOf": []}}},
        {"items": {"format": "uri"}},
        {"additionalProperties": True},
    ],
)
def test_a_schema_that_says_more_than_is_checked_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"schema|additionalProperties"):
        json_of(schema)


@pytest.mark.parametrize("choices", [[], ["a|b"], [""], ['a"'], ["x" * 65]])
def test_choices_are_words(choices: list[str]) -> None:
    with pytest.raises(ValueError, match="words"):
        one_of(choices)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    assert checked(json.dumps(value), ANYTHING) == value


@given(st.text(alphabet='{}[]",:\\0123456789.eE+-tfnaulrsNI \n`', max_size=60))
@example("[" * 1_000 + '"' + "\\" * 1_001)
def test_nothing_but_unfit_is_ever_raised(text: str) -> None:
    for constraint in (PERSON, ANYTHING, KIND):
        constraint.may_become(text)
        with contextlib.suppress(Unfit):
            checked(text, constraint)
