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
