"""What is wrong with a prompt file shows when it is read, with its line."""

from __future__ import annotations

import pytest

from mistral_lsp.core.context import Context, Snippet
from mistral_lsp.core.prompt_file import PromptFileError, parse
from mistral_lsp.core.trigger import Shape

HEAD = '{% set max_tokens = 64 %}\n{% set stop = ["END"] %}\n{% set control_tokens = [] %}\n'


def rendered(body: str, context: Context) -> str:
    return parse(HEAD + body).render(context, Shape.LINE, prefix=context.prefix)[0]


@pytest.mark.parametrize(
    ("source", "what", "line"),
    [
        ("", "stop must be set", None),
        (HEAD, "must end with {{ prefix }}", None),
        (HEAD + "{{ prefix }}\n\n", "must end with {{ prefix }}", None),
        (HEAD + "{{ prefix }}<end>", "must end with {{ prefix }}", None),
        (HEAD + "<s>{{ prefix }}", "must not begin with <s>", None),
        (HEAD + "{{ prefix }", "unexpected '}'", 4),
        (HEAD + "{% if suffix %}{{ prefix }}", "endif", 4),
        (HEAD + "\n{{ nothing }}{{ prefix }}", "'nothing' is undefined", 5),
        (HEAD + "{{ prefix.nothing() }}{{ prefix }}", "no attribute 'nothing'", 4),
        (HEAD + "{{ 1 / 0 }}{{ prefix }}", "division by zero", 4),
        (HEAD + "{% include '/etc/passwd' %}{{ prefix }}", "no loader", 4),
        (HEAD + "{{ ''.__class__.__mro__ }}{{ prefix }}", "unsafe", 4),
        (HEAD + "{% set _ = snippets.append(1) %}{{ prefix }}", "'append' of 'list' object is unsafe", 4),
        (HEAD + "{% if shape == 'block' %}{{ broken }}{% endif %}{{ prefix }}", "'broken' is undefined", 4),
        (HEAD + "{% set stop = ['1', '2', '3', '4'] %}{{ prefix }}", "stop may have 3 strings", None),
        (HEAD + "{% set stop = 'x' %}{{ prefix }}", "stop must be set to a list of strings", None),
        (HEAD + "{% set stop = [''] %}{{ prefix }}", "stop must be set to a list of strings", None),
        (HEAD + "{% set max_tokens = '64' %}{{ prefix }}", "max_tokens must be set to a whole number", None),
        (HEAD + "{% set max_tokens = 0 %}{{ prefix }}", "max_tokens must be set to a whole number", None),
        (HEAD + "{% set max_tokens = true %}{{ prefix }}", "max_tokens must be set to a whole number", None),
        (HEAD + "{% set context_tokens = none %}{{ prefix }}", "context_tokens must be set to a whole number", None),
    ],
)
def test_a_broken_file_is_refused(source: str, what: str, line: int | None) -> None:
    with pytest.raises(PromptFileError) as raised:
        parse(source)
    assert what in str(raised.value)
    assert raised.value.line == line


def test_a_file_says_how_much_it_is_good_for() -> None:
    file = parse(HEAD + "{% set context_tokens = 200 %}{% set control_tokens = ['<x>'] %}{{ prefix }}")
    assert (file.max_tokens, file.context_tokens, file.control_tokens) == (64, 200, ("<x>",))
    assert parse(HEAD + "{{ prefix }}").context_tokens is None


CHAT = HEAD + "{% set user %}Go on.{% if not prefills %} {{ prefix }}{{ line }}{% endif %}{% endset %}{{ prefix }}"


def test_a_chat_has_a_turn_and_the_answer_s_beginning_where_the_engine_can_begin_it() -> None:
    file, context = parse(CHAT), Context("a.py", "python", "a = 1\nb = 2", "")
    assert file.is_chat
    assert file.render(context, Shape.LINE, prefix="a = 1\nb =") == ("a = 1\nb =", ("END",), "Go on.")
    assert file.render(context, Shape.LINE, prefix="a = 1\n", prefills=False) == ("", ("END",), "Go on. a = 1\nb = 2")
    assert not parse(HEAD + "{{ prefix }}").is_chat


@pytest.mark.parametrize(
    ("user", "what"), [("' '", "user must not be empty"), ("7", "user must be set"), ("'Go on.'", "without prefills")]
)
def test_a_turn_that_does_not_ask_is_refused(user: str, what: str) -> None:
    with pytest.raises(PromptFileError, match=what):
        parse(HEAD + f"{{% set user = {user} %}}{{{{ prefix }}}}")


@pytest.mark.parametrize("body", ["{{ below }}{{ path }}:{{ prefix }}", "{{ prefix | length }}:{{ prefix }}"])
def test_each_prompt_is_of_its_own_values(body: str) -> None:
    contexts = [
        Context("a.py", "python", prefix, "", below=below) for prefix in ("", "a", "ab") for below in ("", "c\n")
    ]
    heads = [f"{context.below}a.py" if "below" in body else str(len(context.prefix)) for context in contexts]
    file = parse(HEAD + body)
    texts = [file.render(context, Shape.LINE, prefix=context.prefix)[0] for context in contexts]
    assert texts == [f"{head}:{context.prefix}" for head, context in zip(heads, contexts, strict=True)]


def test_text_of_the_document_is_never_read_as_a_template() -> None:
    context = Context("{{ a }}.py", "python", "{{ 7 * 7 }}{% if %}", "{# b #}")
    assert rendered("{{ path }}{{ suffix }}{{ prefix }}", context) == "{{ a }}.py{# b #}{{ 7 * 7 }}{% if %}"


def test_nothing_is_escaped() -> None:
    assert rendered("{{ prefix }}", Context("", "html", "<a href='x'>&", "")) == "<a href='x'>&"


@pytest.mark.parametrize(
    ("prefix", "fence"), [("x", "```"), ("a ``` b", "````"), ("`````\n```", "``````"), ("``", "```")]
)
def test_the_fence_is_longer_than_any_in_the_text(prefix: str, fence: str) -> None:
    assert rendered("{{ fence }}|{{ prefix }}", Context("", "", prefix, "")) == f"{fence}|{prefix}"


@pytest.mark.parametrize(
    ("language", "comment"),
    [("python", "# x"), ("go", "// x"), ("tsx", "// x"), ("css", "/* x */"), ("html", "<!-- x -->"), ("", " x")],
)
def test_comments_are_written_as_in_the_language(language: str, comment: str) -> None:
    assert rendered("{{ comment[0] }} x{{ comment[1] }}{{ prefix }}", Context("", language, "", "")) == comment


def test_snippets_are_pairs_of_a_path_and_a_text() -> None:
    context = Context("", "", "p", "", (Snippet("b.py", "b = 1"), Snippet("c.py", "c = 1")))
    body = "{% for from, text in snippets %}{{ from }}:{{ text }};{% endfor %}{{ prefix }}"
    assert rendered(body, context) == "b.py:b = 1;c.py:c = 1;p"


def test_a_file_that_does_not_name_snippets_uses_none() -> None:
    needed = "{% set max_tokens = 1 %}{% set stop = [] %}{% set control_tokens = [] %}"
    assert not parse(needed + "{# snippets #}{{ prefix }}").uses_snippets
    assert not parse(needed + "{% set snippets = [] %}{{ snippets | length }}{{ prefix }}").uses_snippets
    assert parse(needed + "{% for from, text in snippets %}{{ text }}{% endfor %}{{ prefix }}").uses_snippets


def test_secrets_and_unseen_characters_stay_out_of_every_value() -> None:
    key = "ghp_" + "Zx9Kq2Lm7Pw4Rt8Vb3Nc6Yd1Sf5Gh0Jk4T"
    dirty = f"token = {key!r}  # \u202e\n"
    file = parse(HEAD + "{{ below }}{{ suffix }}{{ snippets }}{{ prefix }}")
    context = Context("a.py", "python", dirty, dirty, (Snippet("b.py", dirty),), dirty)
    text, _, _ = file.render(context, Shape.LINE, prefix=dirty)
    assert key not in text
    assert "\u202e" not in text
    assert text.count("<U+202E>") == 4
