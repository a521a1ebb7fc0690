"""Shelf: texts for editors that can only open files, in a private folder that goes with the session."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

MAX_FILES = 20
_ODD = re.compile(r"[^\w-]+")


class Shelf:
    """A folder that nobody else can read, made when something is first put there."""

    def __init__(self) -> None:
        """Nothing is on it."""
        self._folder: str | None = None
        self._files: list[str] = []

    def put(self, title: str, text: str) -> str:
        """Write a Markdown file; gives its URI. Raises OSError."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="mistral-lsp-")
        name = _ODD.sub("-", title).strip("-")[:60] or "explanation"
        path = os.path.join(self._folder, f"{name}-{len(self._files) + 1}.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self._files.append(path)
        if len(self._files) > MAX_FILES:
            with contextlib.suppress(OSError):
                os.unlink(self._files[-MAX_FILES - 1])
        return Path(path).as_uri()

    def clear(self) -> None:
        """Remove the folder."""
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
