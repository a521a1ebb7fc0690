from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.bench.replay.tasks import files_below, functions_in, library_root, pick, standard_library

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''\
import os


class Shelf:
    def count(self, items):
        """Count them."""
        return len(items)


def last():
    pass
'''


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def test_a_function_is_cut_out_and_the_rest_stands(tmp_path: Path) -> None:
    count, last = functions_in(write(tmp_path / "a.py", SOURCE), root=tmp_path)
    assert (count.name, last.name) == ("a.py: count", "a.py: last")
    assert count.wanted.startswith("    def count(self")
    assert count.wanted.endswith("return len(items)")
    assert count.opened == SOURCE.replace(count.wanted, "    ")
    assert count.opened[: count.start] + count.wanted + count.opened[count.start + len(count.given) :] == SOURCE


def test_other_languages_have_functions_too(tmp_path: Path) -> None:
    text = "package a\n\nfunc add(a int, b int) int {\n\treturn a + b\n}\n"
    path = write(tmp_path / "a.go", text)
    (add,) = functions_in(path)
    assert add.language == "go"
    assert add.wanted == "func add(a int, b int) int {\n\treturn a + b\n}"
    assert list(functions_in(path, language="python")) == []


def test_what_cannot_be_typed_is_left_out(tmp_path: Path) -> None:
    assert list(functions_in(tmp_path / "missing.py")) == []
    assert list(functions_in(tmp_path)) == []
    assert list(functions_in(write(tmp_path / "spaces.py", "def f():\n    pass  \n    return\n"))) == []
    (tmp_path / "latin.py").write_bytes(b"def f():\n    return '\xe9'\n")
    assert list(functions_in(tmp_path / "latin.py")) == []
    assert list(functions_in(write(tmp_path / "nul.py", "def f():\n    return '\0'\n"))) == []


def test_windows_lines_are_typed_as_any(tmp_path: Path) -> None:
    (one,) = functions_in(write(tmp_path / "a.py", "def f():\r\n    return 1\r\n"))
    assert one.wanted == "def f():\n    return 1"


def test_a_seed_picks_the_same_functions_and_each_file_has_its_turn(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path / f"{name}.py", SOURCE)
    files = files_below([tmp_path])
    first, again = (pick(files, 4, seed=3, root=tmp_path, sizes=(1, 1000)) for _ in range(2))
    assert first == again
    assert {task.name[:4] for task in first[:3]} == {"a.py", "b.py", "c.py"}
    assert len({task.name for task in first}) == 4
    assert pick(files, 4, seed=3, sizes=(900, 1000)) == []


def test_the_standard_library_has_enough_to_type() -> None:
    assert len(pick(standard_library(), 12, seed=1, root=library_root())) == 12
