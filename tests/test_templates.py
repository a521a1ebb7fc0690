"""Prompt files are found, the user's before the built-in ones; a broken one is one clear problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp import templates

if TYPE_CHECKING:
    from pathlib import Path

OWN = '{% set max_tokens = 8 %}\n{% set stop = ["END"] %}\n{% set control_tokens = [] %}\nmine: {{ prefix }}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "completion").mkdir()
    return tmp_path


def test_the_built_in_ones_are_there() -> None:
    loaded = templates.load()
    assert set(loaded.sources) == {"base", "chat", "codestral", "mistral-v1", "mistral-v3", "smollm2"}
    assert loaded.problems == ()


def test_the_user_s_file_takes_the_place_of_the_built_in_one(folder: Path) -> None:
    (folder / "completion" / "base.j2").write_text(OWN, encoding="utf-8")
    loaded = templates.load(folder)
    assert loaded.sources["base"] == OWN
    assert loaded.sources["smollm2"] == templates.load().sources["smollm2"]
    assert loaded.problems == ()


def test_the_user_s_file_may_add_a_family(folder: Path) -> None:
    (folder / "completion" / "qwen.j2").write_text(OWN, encoding="utf-8")
    assert templates.load(folder).sources["qwen"] == OWN


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (OWN.encode().replace(b"}}", b"}"), ":4", "unexpected '}'"),
        (OWN.encode() + b"after", "", "must end with {{ prefix }}"),
        (OWN.encode() + b"\xff", ":5", "isn't UTF-8"),
        (OWN.encode() + b" " * templates.MAX_BYTES, "", "larger than 16 KB"),
    ],
)
def test_a_broken_file_is_one_problem_and_the_built_in_one_is_used(
    folder: Path, content: bytes, where: str, what: str
) -> None:
    path = folder / "completion" / "base.j2"
    path.write_bytes(content)
    loaded = templates.load(folder)
    (problem,) = loaded.problems
    assert problem.startswith(f"{path}{where}: ")
    assert what in problem
    assert problem.endswith("the built-in one is used")
    assert loaded.sources == templates.load().sources


def test_a_broken_file_of_a_family_of_one_s_own_is_left_out(folder: Path) -> None:
    (folder / "completion" / "qwen.j2").write_text("{{", encoding="utf-8")
    loaded = templates.load(folder)
    assert "qwen" not in loaded.sources
    assert loaded.problems[0].endswith("it is left out")


def test_a_folder_in_a_file_s_place_is_one_problem(folder: Path) -> None:
    (folder / "completion" / "base.j2").mkdir()
    (problem,) = templates.load(folder).problems
    assert "can't be read" in problem


def test_other_files_are_none_of_ours(folder: Path) -> None:
    (folder / "completion" / "notes.txt").write_text("{{", encoding="utf-8")
    (folder / "completion" / "deeper").mkdir()
    assert templates.load(folder) == templates.load()


def test_a_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert templates.load(tmp_path / "nowhere") == templates.load()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("mistral.j2", "Be mine.", None),
        ("mistral.j2", "", "the text must have 1 to 4,000 characters"),
        ("mistral.j2", "{{ nothing }}", "'nothing' is undefined"),
        ("moderation.j2", "{% set max_tokens = 8 %}{{ text }}", None),
        ("moderation.j2", "{% set max_tokens = 8 %}Is it bad?", "the text must hold {{ text }}"),
        ("moderation.j2", "{{ text }}", "max_tokens must be set"),
    ],
)
def test_the_user_s_guardrails_take_the_place_of_the_built_in_ones(
    folder: Path, name: str, content: str, said: str | None
) -> None:
    path = folder / "guardrails" / name
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    loaded = templates.load_turns(folder)
    if said is None:
        assert loaded.problems == ()
        own = loaded.guardrails
        assert (own.before if name == "mistral.j2" else own.moderation("judge me", "a text", ())) in {
            "Be mine.",
            "judge me",
        }
    else:
        (problem,) = loaded.problems
        assert said in problem
        assert problem.endswith("the built-in one is used")
        assert loaded.guardrails.before == templates.load_turns().guardrails.before
