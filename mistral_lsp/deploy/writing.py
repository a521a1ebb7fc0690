"""Writing: the files of a plan into a folder, but never over what the user changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.deploy.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RECORD = ".mistral-lsp-deploy.json"  # what was written, to know what was changed


@dataclass(frozen=True, slots=True)
class Written:
    """What became of each file."""

    new: tuple[str, ...]
    same: tuple[str, ...]


def write(folder: Path, files: Mapping[str, str], *, force: bool = False) -> Written:
    """Write all, or nothing. Raises Refusal where the user changed one of them, unless `force`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = _record(folder)
        there = {name: _content(folder / name) for name in files}
        own = [name for name, content in there.items() if content not in (None, files[name].encode())]
        changed = [name for name in own if before.get(name) != _sum(there[name] or b"")]
        if changed and not force:
            raise Refusal(
                f"{', '.join(str(folder / name) for name in changed)}: you changed that, or it isn't ours. Nothing is "
                "written; say --force to write over it, or --out another folder"
            )
        new = [name for name in files if there[name] != files[name].encode()]
        for name in new:
            _replace(folder / name, files[name])
        record = before | {name: _sum(text.encode()) for name, text in files.items()}
        _replace(folder / RECORD, json.dumps(record, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        raise Refusal(f"{error.filename or folder} can't be written: {error.strerror}") from None
    return Written(tuple(new), tuple(name for name in files if name not in new))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(path: Path, text: str) -> None:
    """In one step, and never through a link to another place."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with part.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    part.replace(path)


def _record(folder: Path) -> dict[str, str]:
    try:
        record = json.loads((folder / RECORD).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
