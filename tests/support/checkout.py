"""What `git clone` gives a person with an empty home, and a terminal where they type what a README says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
FOREIGN = "MISTRAL_LSP_|XDG_|VSCODE_|PYTHON|VIRTUAL_ENV|GIT_"
_AUTHOR = (
    *("-c", "user.name=made-up", "-c", "user.email=made-up@example.invalid"),
    *("-c", "commit.gpgsign=false"),
)


def copy(folder: Path) -> None:
    """Put this repository's files there, as they stand: also what has yet to be committed."""
    for name in _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def publish(folder: Path) -> None:
    """Make a repository there that can be cloned, of the files as they stand."""
    copy(folder)
    _git(folder, "init", "--quiet")
    _git(folder, "add", "--all")
    _git(folder, *_AUTHOR, "commit", "--quiet", "--no-verify", "--message", "as it stands")


def lines_to_type(page: str) -> Iterator[list[str]]:
    """The lines behind the prompts, for each place where a page says what to type."""
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        yield re.findall(r"^\$ (.*)$", block, re.MULTILINE)


def environment(home: Path, *, first: Path) -> dict[str, str]:
    """That of a person who has `home`, and the programs of `first` before those that this machine has.

    Packages that pip has fetched before come from the cache of whoever runs the tests.
    """
    kept = {name: value for name, value in os.environ.items() if not re.match(FOREIGN, name)}
    pip_cache = os.environ.get("PIP_CACHE_DIR") or str(Path.home() / ".cache" / "pip")
    path = f"{first}{os.pathsep}{kept['PATH']}"
    return kept | {"HOME": str(home), "PIP_CACHE_DIR": pip_cache, "PATH": path}


def run_lines(env: Mapping[str, str], folder: Path, *lines: str) -> None:
    """Run what a person types into a terminal."""
    for line in lines:
        done = subprocess.run(line, shell=True, cwd=folder, env=env, check=False, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout
