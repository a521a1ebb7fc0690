"""Place of tests: where the tests of a file go, by the habits of its language."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BESIDE = {
    "go": "{stem}_test{end}",
    "javascript": "{stem}.test{end}",
    "javascriptreact": "{stem}.test{end}",
    "typescript": "{stem}.test{end}",
    "typescriptreact": "{stem}.test{end}",
    "php": "{stem}Test{end}",
    "ruby": "{stem}_test{end}",
    "csharp": "{stem}Tests{end}",
    "dart": "{stem}_test{end}",
}
_MAIN, _TEST = "src/main/", "src/test/"  # Maven's and Gradle's


def tests_of(path: str, language: str, known: Iterable[str]) -> str:
    """The path of the file for its tests, from the project's top like `path`; `known` are the project's paths."""
    folder, name = posixpath.split(path)
    stem, end = posixpath.splitext(name)
    if language == "python":
        has_folder = any(one.startswith("tests/") for one in known)
        return posixpath.join("tests" if has_folder else folder, f"test_{stem}{end}")
    if language in {"java", "kotlin", "scala"}:
        folder = folder.replace(_MAIN, _TEST, 1) if _MAIN in f"{folder}/" else folder
        return posixpath.join(folder, f"{stem}Test{end}")
    return posixpath.join(folder, _BESIDE.get(language, "{stem}_test{end}").format(stem=stem, end=end))
