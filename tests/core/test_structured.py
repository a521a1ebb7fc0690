"""What a model answers is read with limits of our own, and checked against what was asked for."""

from __future__ import annotations

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
        ('{"name": "Ada"', "it ends before it is whole"),
        ('{"name": "Ad', "it ends before it is whole"),
        ("```json\n{}\n``` That is all.", "isn't JSON"),
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
        ('{"name": "Ada", "name": "Bob"}', "it has a key twice"),
        ('{"name": "Ada", "age": 1e999}', "/age is a number out of range"),
        ('{"name": "Ada", "tags": [1, NaN]}', "/tags/1 is no number"),
        ('{"name": "A\\ud800"}', "/name has half a character"),
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
        '"' + '\\"' * 30_000,  # these two took seconds each, once
        "```\n" + " " * 60_000,
    ],
)
def test_numbers_depth_size_and_keys_have_limits_whatever_the_schema(text: str) -> None:
    with pytest.raises(Unfit):
        checked(text, ANYTHING)


def test_what_the_schema_leaves_open_has_these_limits_too_and_its_keys_are_not_repeated() -> None:
    for text in ('{"Adalbert": [{"a": 1, "a": 1}]}', '{"Adalbert": [{"\\udc00": 1}]}', '{"Adalbert": [[1e999]]}'):
        with pytest.raises(Unfit, match=r"/\*/0") as raised:
            checked(text, ANYTHING)
        assert "Adalbert" not in str(raised.value)


def test_a_key_is_escaped_in_its_pointer() -> None:
    with pytest.raises(Unfit, match=r"^/a~1b~0 isn't of type null$"):
        checked('{"a/b~": 1}', json_of({"properties": {"a/b~": {"type": "null"}}}))


def test_a_pair_of_halves_is_a_character() -> None:
    assert checked(r'"\ud83d\ude00"', ANYTHING) == "😀"


def test_brackets_in_strings_nest_nothing() -> None:
    text = json.dumps("[" * 1_000 + '"\\')
    assert checked(text, ANYTHING) == "[" * 1_000 + '"\\'


@pytest.mark.parametrize(
    ("text", "word"), [("bug", "bug"), (' "style"\n', "style"), ("not a bug.", "not a bug"), ('**"bug".**', "bug")]
)
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
        ("**bug**.\n", True),
        ("bug, because", False),
        (" " * 300, False),
        ("I think", False),
        ("x" * 99_999, False),
    ],
)
def test_a_choice_that_can_not_come_any_more_ends_the_stream(text: str, may: bool) -> None:  # noqa: FBT001 - a row's
    assert KIND.may_become(text) is may


@pytest.mark.parametrize(
    ("text", "may"),
    [("", True), ("\n {", True), ("```js", True), ("-1", False), ("true", False), ("Sure", False), (" " * 300, False)],
)
def test_so_does_what_begins_like_no_json_of_its_type(text: str, may: bool) -> None:  # noqa: FBT001 - a row's
    assert PERSON.may_become(text) is may


def test_so_does_space_without_end() -> None:
    person = json_of({"type": "object"})
    assert person.may_become('{"a": 1,' + " " * 100 + '"b": 2')
    assert not person.may_become('{"a": 1,' + " " * 200)
    assert not person.may_become("{" + "\n\t" * 100)


def test_any_json_may_begin_where_no_type_is_asked_for() -> None:
    assert all(ANYTHING.may_become(text) for text in ('"', "-", "7", "t", "f", "n", "[", "{"))
    assert not ANYTHING.may_become("Sure")


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "a+"},
        {"type": "date"},
        {"properties": {"a": {"oneOf": []}}},
        {"items": {"format": "uri"}},
        {"additionalProperties": True},
        {"type": ["string", "null"]},
        {"properties": {"a": True}},
        {"properties": {7: {}}},
        {"items": [{}]},
        {"enum": []},
        {"maxLength": -1},
        {"minItems": True},
        {"minItems": 3, "maxItems": 2},
        {"maximum": "9"},
        {"minimum": 9, "maximum": 2},
        {"properties": {"a": {}}, "required": ["b"]},
        {"required": "a"},
    ],
)
def test_a_schema_that_says_more_than_is_checked_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="schema"):
        json_of(schema)


def test_what_is_wrong_with_a_schema_is_told_by_its_place() -> None:
    with pytest.raises(ValueError, match="can't say pattern at /a/items"):
        json_of({"properties": {"a": {"items": {"pattern": "x"}}}})


def test_properties_keep_their_order_for_that_is_the_order_in_which_a_model_writes_them() -> None:
    schema = json_of({"type": "object", "properties": {"why": {}, "answer": {}}}).schema
    assert schema.index("why") < schema.index("answer")


@pytest.mark.parametrize("choices", [[], ["a|b"], [""], ['a"'], ["x" * 65], [" x"], ["x-"]])
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


EDITS = st.lists(
    st.tuples(
        st.integers(0, 99), st.integers(0, 3), st.text(alphabet='{}[]",:\\0123456789.eE+-tfnaulrsNI \n`', max_size=4)
    ),
    max_size=4,
)


@given(VALUES, EDITS)
@example([], [(0, 0, "[" * 1_000 + '"' + "\\" * 1_001)])
def test_of_json_that_was_tampered_with_nothing_but_unfit_is_ever_raised(value: Any, edits: list[Any]) -> None:
    text = json.dumps({"name": "Ada", "tags": value})
    for at, gone, put in edits:
        text = text[:at] + put + text[at + gone :]
    for constraint in (PERSON, ANYTHING, KIND):
        try:
            found = checked(text, constraint)
        except Unfit:
            continue
        assert constraint.may_become(text)
        assert constraint is KIND or json.loads(json.dumps(found)) == found


@given(VALUES, st.integers(0, 200))
def test_a_stream_that_comes_to_fit_is_never_ended(value: Any, at: int) -> None:
    text = json.dumps(value, indent=1)
    assert ANYTHING.may_become(text[:at])
    assert ANYTHING.may_become(f"```json\n{text}"[:at])
