"""What is out of bounds below a root: ignore files as git reads them, links, and the user's own globs."""

from __future__ import annotations

import os
import shutil
import string
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mistral_lsp.workspace import patterns
from mistral_lsp.workspace.ignore import MAX_BYTES, Rules, Verdict
from mistral_lsp.workspace.patterns import MAX_LINES, compiled

if TYPE_CHECKING:
    from pathlib import Path

SECRET, PRIVATE, IGNORED, DERIVED, OUTSIDE = Verdict


def make(root: Path, **files: str) -> Rules:
    """A root with these files; "__" in a name stands for "/", "_DOT_" for "."."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return Rules(str(root))


def gitignored(root: Path, lines: str, path: str) -> bool:
    return make(root, _DOT_gitignore=lines).verdict(path) is IGNORED


@pytest.mark.parametrize(
    ("lines", "path", "is_ignored"),
    [
        ("*.log", "a/b.log", True),
        ("/only", "a/only", False),
        ("/only", "only", True),
        ("a/b", "a/b/c.py", True),
        ("a/b", "x/a/b", False),
        ("gen/", "x/gen/a.py", True),
        ("gen/", "x/gen", False),  # a file
        ("*.py\n!keep.py", "keep.py", False),
        ("!keep.py\n*.py", "keep.py", True),
        ("gen/\n!gen/keep.py", "gen/keep.py", True),  # its folder is ignored
        ("gen/*\n!gen/keep.py", "gen/keep.py", False),
        ("gen/**\n!gen/keep.py", "gen/keep.py", False),
        ("**/x/*.py", "a/b/x/y.py", True),
        ("a/**/z.py", "a/z.py", True),
        ("a/**/z.py", "a/b/c/z.py", True),
        ("# x.py", "x.py", False),
        ("\\#x.py", "#x.py", True),
        ("x.py   ", "x.py", True),
        ("[ab].py", "a.py", True),
        ("[!ab].py", "a.py", False),
        ("[[:digit:]].py", "1.py", True),
        ("*.log\n!logs/", "logs/x.log", True),  # takes the folder back, not what is in it
        ("*.d/\n!logs", "logs/x.d/a.py", True),
    ],
)
def test_gitignore(tmp_path: Path, lines: str, path: str, *, is_ignored: bool) -> None:
    assert gitignored(tmp_path, lines, path) is is_ignored


def test_ignore_files_count_from_their_own_folder_and_the_inner_one_last(tmp_path: Path) -> None:
    rules = make(tmp_path, _DOT_gitignore="*.py\n", a___DOT_gitignore="!b.py\n/c.js\n")
    assert rules.verdict("b.py") is IGNORED
    assert rules.verdict("a/b.py") is None
    assert rules.verdict("a/c.js") is IGNORED
    assert rules.verdict("c.js") is None


def test_each_kind_ignores_for_itself(tmp_path: Path) -> None:
    rules = make(tmp_path, _DOT_gitignore="a.py\n!b.py\n", _DOT_aiignore="b.py\n!a.py\n", _DOT_ignore="c.py\n")
    assert [rules.verdict(f"{name}.py") for name in "abcd"] == [IGNORED, PRIVATE, IGNORED, None]


def test_what_is_kept_from_models_is_told_apart_from_what_any_tool_ignores(tmp_path: Path) -> None:
    make(tmp_path, _DOT_gitignore="logs/\n*.log\n", _DOT_aiignore="b.log\n", logs__x="")
    (tmp_path / "link.log").symlink_to(tmp_path / "logs" / "b.log")
    (tmp_path / "ours.log").symlink_to(tmp_path / "logs" / "a.log")
    rules = Rules(str(tmp_path), ["ours.*"])
    assert [rules.verdict(f"logs/{name}") for name in ("a.log", "b.log", ".env")] == [IGNORED, PRIVATE, SECRET]
    assert [rules.verdict(name) for name in ("a.log", "link.log", "ours.log")] == [IGNORED, PRIVATE, PRIVATE]


def test_a_root_inside_a_repository_obeys_the_files_above_it(tmp_path: Path) -> None:
    make(tmp_path, _DOT_gitignore="*.gen.py\n", _DOT_git__info__exclude="private/\n", sub__x="")
    rules = Rules(str(tmp_path / "sub"))
    assert rules.verdict("a.gen.py") is IGNORED
    assert rules.verdict("private/a.py") is IGNORED
    assert rules.verdict("a.py") is None


def test_a_folder_above_that_is_no_repository_does_not_count(tmp_path: Path) -> None:
    make(tmp_path, _DOT_gitignore="*\n", sub__x="")
    assert Rules(str(tmp_path / "sub")).verdict("a.py") is None


def test_the_users_globs(tmp_path: Path) -> None:
    rules = Rules(str(tmp_path), ["*.sql", "/notes/", "!keep.sql"])
    assert rules.verdict("a/b.sql") is PRIVATE
    assert rules.verdict("notes/a.py") is PRIVATE
    assert rules.verdict("a/notes/a.py") is None
    assert rules.verdict("keep.sql") is None


def test_no_glob_takes_a_secret_back(tmp_path: Path) -> None:
    make(tmp_path, _DOT_gitignore="!.env\n")
    assert Rules(str(tmp_path), ["!.env"]).verdict("a/.env") is SECRET


def test_what_tools_made_is_derived_unless_somebody_ignored_it(tmp_path: Path) -> None:
    rules = make(tmp_path, odd__pyvenv_DOT_cfg="", _DOT_gitignore="b.js\n")
    assert rules.verdict("node_modules/a/index.js") is DERIVED
    assert rules.verdict("odd/lib/x.py") is DERIVED
    assert rules.verdict(".git/config") is DERIVED
    assert rules.verdict("node_modules/b.js") is IGNORED


def test_links_are_judged_by_where_they_lead(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make(home, _DOT_ssh__id_rsa="key", plain_DOT_py="x")
    root = tmp_path / "root"
    rules = make(root, _DOT_gitignore="hidden.py\nlinked.py\n", hidden_DOT_py="x", a__b_DOT_py="x")
    for name, target in {
        "notes.py": home / ".ssh" / "id_rsa",
        "out.py": home / "plain.py",
        "outfolder": home,
        "alias.py": root / "hidden.py",
        "linked.py": root / "a" / "b.py",
        "fine.py": root / "a" / "b.py",
        "loop": root,
        "self.py": root / "self.py",
    }.items():
        (root / name).symlink_to(target)
    assert rules.verdict("notes.py") is SECRET
    assert rules.verdict("out.py") is OUTSIDE
    assert rules.verdict("outfolder/plain.py") is OUTSIDE
    assert rules.verdict("alias.py") is IGNORED
    assert rules.verdict("linked.py") is IGNORED
    assert rules.verdict("fine.py") is None
    assert rules.verdict("loop/loop/hidden.py") is IGNORED


@pytest.mark.parametrize("path", ["../x.py", "a/../../x.py", "..", "a/../.."])
def test_what_leads_out_of_the_root_is_outside(tmp_path: Path, path: str) -> None:
    (tmp_path / "root").mkdir()
    assert Rules(str(tmp_path / "root")).verdict(path) in {OUTSIDE, SECRET}


def test_a_path_with_dots_is_judged_by_the_file_that_it_is(tmp_path: Path) -> None:
    rules = make(tmp_path, _DOT_gitignore="hidden.py\n", a__x="")
    assert rules.verdict("a/../hidden.py") is IGNORED


def test_a_root_that_is_a_link_is_the_folder_it_leads_to(tmp_path: Path) -> None:
    make(tmp_path / "real", _DOT_gitignore="a.py\n", b_DOT_py="x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    rules = Rules(str(tmp_path / "link"))
    assert rules.verdict("a.py") is IGNORED
    assert rules.verdict("b.py") is None


@pytest.mark.parametrize("content", ["x\n" * (MAX_LINES + 1), "#" * (MAX_BYTES + 1)])
def test_an_ignore_file_that_is_too_large_to_be_read_ignores_everything(tmp_path: Path, content: str) -> None:
    assert gitignored(tmp_path, content, "a.py")


def test_an_ignore_file_that_is_no_file_counts_for_nothing_and_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    (tmp_path / ".ignore").mkdir()
    (tmp_path / ".aiignore").symlink_to("/dev/zero")
    assert Rules(str(tmp_path)).verdict("a.py") is None


@pytest.mark.parametrize(
    "line", ["[", "!", "\\", "[z-a]", "[a--z]", "//", "/", "***", "[[x]", "[a&&b]", "\x00", "\ud800"]
)
def test_odd_patterns_neither_raise_nor_warn(line: str) -> None:
    compiled((line,)).says("a/b.py")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("*a*b*c*d", "xaxbxcxd"),
        ("a/*b*c*d/e*f*", "a/xbxcxd/exf"),
        ("x/**/y/**/z/**/w.py", "x/1/y/2/z/3/w.py"),
        ("\\*a*b\\*c*d*", "*axb*cxd"),
        ("report.[0-9]*.[0-9]*.[0-9]*.json", "report.1.2.3.json"),
        ("a" * 600, "a" * 600),
    ],
)
def test_a_pattern_that_is_made_quick_ignores_no_less(line: str, path: str) -> None:
    parts = path.split("/")
    above = ["/".join(parts[: count + 1]) + "/" for count in range(len(parts) - 1)]
    assert any(compiled((line,)).says(one) for one in [*above, path])
    assert compiled((f"*\n!{line}",)).says(path) is not False


def test_hostile_patterns_have_no_more_stars_than_cost_little() -> None:
    for line in ("*a*a*a*a*a*a*a*b", "*a*/*a*/*a*/*a*/b", "**/a/**/a/**/a/**/b"):
        [(expression, _)] = compiled((line,)).rows
        assert expression.pattern.count("[^/]*") <= patterns.MAX_STARS + 1
        assert expression.pattern.count(".+") <= 2


def test_case_counts_for_nothing_where_the_file_system_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "IS_CASELESS", True)
    assert compiled(("Private.PY",)).says("pRIVATE.py")


NAMES = st.sampled_from(["a", "b", "ab", "a.py", "b.py", "x.log"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
LINES = st.lists(
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(["", "!", "/"]),
            st.lists(
                st.sampled_from(["a", "b", "*", "**", "a*", "*.py", "?", "[ab]", "x.log"]), min_size=1, max_size=3
            ).map("/".join),
            st.sampled_from(["", "/", "/**", "/*"]),
        ),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle, and isn't here")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, paths=st.lists(PATHS, min_size=8, max_size=8))
def test_git_agrees(tmp_path: Path, lines: list[str], paths: list[str]) -> None:
    if not (tmp_path / ".git").exists():
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    text = "\n".join(lines) + "\n"
    rules = make(tmp_path, _DOT_gitignore=text)
    told = subprocess.run(
        ["git", "-C", str(tmp_path), "check-ignore", "--no-index", *paths], check=False, capture_output=True, text=True
    )
    theirs = set(told.stdout.splitlines())
    ours = {path for path in paths if rules.verdict(path) is IGNORED}
    if not any(patterns._bounded(line) != line and line.count("*") > 3 for line in lines):
        assert ours == theirs, text
    assert theirs <= ours or "!" in text


@given(st.lists(st.text(string.printable, max_size=30), max_size=5), st.text("ab./-*", min_size=1, max_size=30))
def test_any_lines_and_any_path_have_an_answer(lines: list[str], path: str) -> None:
    assert compiled(tuple(lines)).says(path) in {True, False, None}
