"""Problem: why a command can't be carried out, in one line."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818 - it is told to a person, not caught by a program
    """`str(problem)` is the line; the command line prints it and ends with a status other than 0."""
