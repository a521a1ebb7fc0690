"""What is read besides the open documents, and what never is."""

from __future__ import annotations

from dataclasses import dataclass

from mistral_lsp.settings.rule import setting


@dataclass(frozen=True, slots=True)
class Workspace:
    """What is learnt from the other files of the workspace."""

    index: bool = setting(True, "Read the workspace's source files while you pause.")  # noqa: FBT003 - as above
    max_files: int = setting(
        5000, "Files of a workspace folder that are read at most, the newest of its code first.", low=0, high=100_000
    )


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is never read, and never sent."""

    ignore: tuple[str, ...] = setting(
        (), "Files that are neither read nor completed in, as a .gitignore at each workspace folder's top would say it."
    )
