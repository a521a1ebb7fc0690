"""Command lines and what tools say."""

from __future__ import annotations

import pytest

from mistral_lsp.core.tools import Tool, is_still_there, last_words, messages, new_messages, tool_of


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("mypy {file}", "mypy"),
        ("python -m pytest -x -q", "pytest"),
        ("python3.12 -m mypy --strict .", "mypy"),
        ("npx eslint {file}", "eslint"),
        ("/usr/local/bin/ruff check {file}", "ruff"),
        ("env DEBUG=1 go vet ./...", "go"),
        ("./node_modules/.bin/tsc --noEmit", "tsc"),
        ("*.py: ruff check {file}", "ruff"),
    ],
)
def test_a_tool_is_called_what_people_call_it(line: str, name: str) -> None:
    assert tool_of(line).name == name


def test_a_pattern_says_which_files_a_tool_is_for() -> None:
    tool = tool_of("*.py: ruff check {file}")
    assert tool == Tool(("ruff", "check", "{file}"), "*.py")
    assert tool.is_for("file:///home/me/src/a.py")
    assert not tool.is_for("file:///home/me/src/a.js")
    assert tool_of("make check").is_for("a.js")


def test_a_file_is_one_word_and_no_option() -> None:
    assert tool_of("mypy '{file}' --strict").words_for("a b; rm -rf.py") == ("mypy", "a b; rm -rf.py", "--strict")
    assert tool_of("mypy {file}").words_for("--config=x.py") == ("mypy", "./--config=x.py")


@pytest.mark.parametrize("line", ["", "   ", "mypy 'a", "*.py: ", "'' a"])
def test_what_names_no_program_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"program|quotation"):
        tool_of(line)


# What each tool prints for one message.
SAID = {
    "ruff": ("a.py:1:8: F401 [*] `os` imported but unused\nFound 1 error.\n", "F401 [*] `os` imported but unused"),
    "mypy": (
        'a.py:3: error: Name "b" is not defined  [name-defined]\na.py:3: note: see\nFound 1 error in 1 file\n',
        'error: Name "b" is not defined  [name-defined]',
    ),
    "pyright": ('  /tmp/a.py:1:8 - error: "b" is not defined\n1 error, 0 warnings\n', 'error: "b" is not defined'),
    "pylint": (
        "************* Module a\na.py:1:0: W0611: Unused import os\n\n---\nrated 0/10\n",
        "W0611: Unused import os",
    ),
    "tsc": ("a.ts(1,7): error TS2322: Type 'string'\n", "error TS2322: Type 'string'"),
    "eslint": ("\n/tmp/a.js\n  1:7  error  'a' is unused  no-unused-vars\n\n1 problem\n", None),
    "gcc": ("a.c: In function 'f':\na.c:1:20: error: expected ';'\n    1 | int f() {\n", "error: expected ';'"),
    "go": ("# a\n./a.go:3:2: undefined: b\n", "undefined: b"),
    "rustc": ("error[E0425]: no `b`\n --> src/main.rs:2:5\nerror: could not compile `a`\n", "no `b`"),
}


@pytest.mark.parametrize("tool", SAID)
def test_each_tools_messages_are_found(tool: str) -> None:
    output, said = SAID[tool]
    assert list(messages(output)) == [said or "error  'a' is unused  no-unused-vars"]
    assert messages(f"\x1b[31m{output}\x1b[0m") == messages(output)


def test_a_message_elsewhere_in_the_file_is_not_new() -> None:
    assert new_messages("a.py:1:1: E501 Line too long (121 > 120)", "a.py:9:1: E501 Line too long (130 > 120)") == []


def test_one_more_of_the_same_is_new() -> None:
    one = "a.py:1:1: F821 Undefined name `b`"
    assert new_messages(one, f"{one}\na.py:2:1: F821 Undefined name `b`") == ["F821 Undefined name `b`"]
    assert new_messages(f"{one}\nFound 2 errors.", "All checks passed!") == []


def test_whether_a_message_is_still_there() -> None:
    said = "a.py:1:8: F401 [*] `os` imported but unused"
    assert is_still_there("'os' imported but unused", said, said)
    assert not is_still_there("`os` imported but unused", said, "All checks passed!")
    assert not is_still_there("something else", said, said)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("E   assert 1 == 2\nFAILED test_a.py::test_f - assert 1 == 2\n1 failed in 0.1s\n", "FAILED test_a.py::test_f"),
        ("--- FAIL: TestF (0.00s)\nFAIL\nexit status 1\n", "FAIL"),
        ("Traceback\nValueError: no\n", "ValueError: no"),
        ("", ""),
    ],
)
def test_the_last_words_of_a_test_run(output: str, words: str) -> None:
    assert last_words(output).startswith(words)
