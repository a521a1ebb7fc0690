"""URIs: the path on this machine's disk that an editor's URI names, told without a look at the disk."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

_ON_DISK = frozenset({"file", "vscode-notebook-cell"})  # a cell's URI is its notebook's, with a fragment
_HERE = frozenset({"", "localhost"})
_DRIVE = re.compile(r"/([A-Za-z]):(?=/|$)")


@lru_cache(maxsize=4096)
def path_of(uri: str) -> str | None:
    """An absolute path without `.` and `..`; None where the URI names no file of this disk."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    path = unquote(parts.path, errors="surrogateescape")
    if parts.scheme not in _ON_DISK or "\0" in path or not path.startswith("/"):
        return None
    if os.name == "nt":
        path = _DRIVE.sub(lambda found: f"{found[1].lower()}:", path, count=1)
        path = f"//{parts.netloc}{path}" if parts.netloc not in _HERE else path
    elif parts.netloc not in _HERE and parts.scheme == "file":
        return None
    return os.path.normpath("/" + path.lstrip("/") if os.name != "nt" else path)


def relative(path: str, root: str) -> str | None:
    """The part of a path below a root, with "/" between its parts; None where it isn't below it."""
    start = root if root.endswith(os.sep) else root + os.sep
    return path[len(start) :].replace(os.sep, "/") if path.startswith(start) else None
