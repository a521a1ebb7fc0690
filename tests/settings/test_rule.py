"""What a value of each setting may be."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mistral_lsp.settings import RULES
from mistral_lsp.settings.rule import Wrong, kind_of, shown

GOOD = [
    ("endpoint.kind", "tgi", "tgi"),
    ("endpoint.url", "", ""),
    ("endpoint.url", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("endpoint.url", "https://gpu.example/tgi/", "https://gpu.example/tgi"),
    ("endpoint.url", "http://[::1]:80", "http://[::1]:80"),
    ("endpoint.model", "mistralai/Mistral-7B-Instruct-v0.3", "mistralai/Mistral-7B-Instruct-v0.3"),
    ("endpoint.model", "/models/mistral.gguf", "/models/mistral.gguf"),
    ("endpoint.adapter", "our/adapter@rev2.gguf", "our/adapter@rev2.gguf"),
    ("endpoint.family", "mistral-v3", "mistral-v3"),
    ("endpoint.token_env", "", ""),
    ("endpoint.token_env", "HF_TOKEN", "HF_TOKEN"),
    ("endpoint.ca_file", "", ""),
    ("endpoint.timeout_s", 10, 10.0),
    ("endpoint.timeout_s", 0.1, 0.1),
    ("completion.enabled", False, False),
    ("completion.delay_ms", 0, 0),
    ("completion.delay_ms", 75.0, 75),
    ("completion.delay_ms", "adaptive", "adaptive"),
    ("completion.max_tokens", 1024, 1024),
    ("completion.disabled_languages", ["markdown"], ("markdown",)),
    ("completion.disabled_languages", {}, ()),
]

BAD = [
    ("endpoint.kind", ""),
    ("endpoint.kind", "TGI"),
    ("endpoint.kind", ["tgi"]),
    ("endpoint.url", "localhost:8080"),
    ("endpoint.url", "ftp://host"),
    ("endpoint.url", "file:///etc/passwd"),
    ("endpoint.url", "http://"),
    ("endpoint.url", "http://host:0"),
    ("endpoint.url", "http://host:99999"),
    ("endpoint.url", "http://[::1"),
    ("endpoint.url", "http://user:pass@host"),
    ("endpoint.url", "http://host/?key=1"),
    ("endpoint.url", "http://host/#a"),
    ("endpoint.url", "http://ho st"),
    ("endpoint.url", "http://host\n"),
    ("endpoint.url", "http://host\\@evil"),
    ("endpoint.url", "http://h\ud800"),
    ("endpoint.url", "http://höst"),
    ("endpoint.model", "mistral.gguf"),
    ("endpoint.model", "../mistral.GGUF"),
    ("endpoint.model", "a\nb"),
    ("endpoint.adapter", "a\x1b[31m"),
    ("endpoint.family", ""),
    ("endpoint.family", "../../etc/passwd"),
    ("endpoint.family", ".hidden"),
    ("endpoint.token_env", "hf_abcdefgh"),
    ("endpoint.token_env", "A B"),
    ("endpoint.token_env", "A" * 65),
    ("endpoint.ca_file", "ca.pem"),
    ("endpoint.ca_file", "/ca\0.pem"),
    ("endpoint.timeout_s", 0),
    ("endpoint.timeout_s", "10"),
    ("endpoint.timeout_s", True),
    ("endpoint.timeout_s", math.nan),
    ("endpoint.timeout_s", math.inf),
    ("completion.enabled", 1),
    ("completion.enabled", "true"),
    ("completion.delay_ms", -1),
    ("completion.delay_ms", 75.5),
    ("completion.delay_ms", "soon"),
    ("completion.delay_ms", "75"),
    ("completion.delay_ms", None),
    ("completion.delay_ms", True),
    pytest.param("completion.delay_ms", 10**5000, id="an integer that str refuses"),
    ("completion.disabled_languages", "markdown"),
    ("completion.disabled_languages", [""]),
    ("completion.disabled_languages", ["a", 1]),
    ("completion.disabled_languages", {"a": 1}),
]


@pytest.mark.parametrize(("key", "raw", "value"), GOOD)
def test_a_good_value_is_taken_in_the_trees_type(key: str, raw: Any, value: Any) -> None:
    taken = RULES[key].check(raw)
    assert taken == value
    assert type(taken) is type(value)


@pytest.mark.parametrize(("key", "raw"), BAD)
def test_a_wrong_value_is_refused(key: str, raw: Any) -> None:
    with pytest.raises(Wrong):
        RULES[key].check(raw)


@pytest.mark.parametrize("key", RULES)
def test_every_default_is_allowed_and_every_key_refuses_an_object(key: str) -> None:
    rule = RULES[key]
    assert rule.check(rule.default) == rule.default
    with pytest.raises(Wrong):
        rule.check({"a": 1})


@pytest.mark.parametrize("key", RULES)
def test_every_number_has_both_limits_and_says_them(key: str) -> None:
    rule = RULES[key]
    if rule.type_name in {"integer", "number"}:
        assert rule.low <= rule.default <= rule.high
        assert rule.low < rule.high
        assert str(rule.high) in rule.allowed


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("guardrails.categories", ["illegal"], ["illegal", "rude"]),
        ("guardrails.categories", [], "illegal"),
        ("guardrails.prompt", "Be kind.\nBe true.", "a\x1bb"),
        ("guardrails.prompt", "x" * 4_000, "x" * 4_001),
    ],
)
def test_guardrails_are_words_that_are_known_and_texts_that_can_be_read(key: str, good: Any, bad: Any) -> None:
    assert RULES[key].check(good) == (tuple(good) if isinstance(good, list) else good)
    with pytest.raises(Wrong):
        RULES[key].check(bad)


def test_home_is_filled_in_where_a_path_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert RULES["endpoint.ca_file"].check("~/ca.pem") == "/home/me/ca.pem"
    assert RULES["endpoint.model"].check("~/m.gguf") == "/home/me/m.gguf"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("completion.enabled", "off", False),
        ("completion.enabled", " TRUE ", True),
        ("completion.enabled", "maybe", "maybe"),
        ("completion.delay_ms", "120", 120),
        ("completion.delay_ms", "soon", "soon"),
        ("endpoint.timeout_s", "2.5", 2.5),
        ("endpoint.url", " http://host ", "http://host"),
        ("completion.disabled_languages", "markdown, plaintext,", ("markdown", "plaintext")),
    ],
)
def test_a_text_is_read_by_the_keys_type(key: str, text: str, value: Any) -> None:
    assert RULES[key].from_text(text) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (75, "75"),
        (math.nan, "NaN"),
        pytest.param(10**5000, "a huge number", id="an integer that str refuses"),
        ("a\x1b[31m", r'"a\x1b[31m"'),
        ("x" * 100, '"' + "x" * 59 + '…"'),
        (("a", "b"), '["a", "b"]'),
        ([1, [2]], "a list"),
        ({"a": 1}, "an object"),
        (object(), "a object"),
        ("hf_0123456789", "(hidden)"),
        ("Bearer x", "(hidden)"),
        ("http://user:pass@host", "(hidden)"),
        ("http://host?key=1", "(hidden)"),
        (["http://user:pass@host"], "[(hidden)]"),
    ],
)
def test_a_value_is_shown_short_printable_and_without_a_secret(value: Any, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(("value", "kind"), [([], "a list"), ("", "a string"), (1, "a number"), ({}, "an object")])
def test_kinds_are_named_in_jsons_words(value: Any, kind: str) -> None:
    assert kind_of(value) == kind
