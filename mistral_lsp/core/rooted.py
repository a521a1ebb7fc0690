"""Rooted: where a file is in the workspace, whatever the editor calls it."""

from __future__ import annotations

from typing import NamedTuple

Stamp = tuple[int, int]  # a file's time of change in nanoseconds, and its size


class Rooted(NamedTuple):
    """A file of a workspace folder."""

    root_uri: str  # exactly as the editor names the folder
    path: str  # relative to it, with "/" between its parts


class Found(NamedTuple):
    """A file that may be read."""

    path: str  # as a Rooted has it
    stamp: Stamp


def neighbourhood(uri: str, root_uri: str) -> str:
    """What two documents must share to get into each other's prompts: a root, or else a folder.

    Unsaved documents have neither; they only see each other.
    """
    if root_uri:
        return root_uri
    return "untitled:" if uri.startswith("untitled:") else uri.partition("#")[0].rpartition("/")[0]
