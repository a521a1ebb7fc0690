"""Survey: what is known of the workspace, put together as the settings say."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.workspace.uris import path_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from mistral_lsp.core.complaint import Frame
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.index import Index
    from mistral_lsp.features.editing import Checks
    from mistral_lsp.features.idle import Idle
    from mistral_lsp.features.indexing import Indexer
    from mistral_lsp.features.own_tools import OwnTools
    from mistral_lsp.features.packages import Packages
    from mistral_lsp.features.racing import Racing
    from mistral_lsp.features.report import Finding
    from mistral_lsp.settings import Settings
    from mistral_lsp.workspace.access import Access
    from mistral_lsp.workspace.disk import Disk
    from mistral_lsp.workspace.rules import LinterRules
    from mistral_lsp.workspace.shelf import Shelf


@dataclass(slots=True)
class Survey:
    """What is known of the workspace."""

    disk: Disk
    index: Index
    indexer: Indexer
    access: Access
    packages: Packages
    rules: LinterRules
    checks: Checks
    tools: OwnTools
    racing: Racing
    shelf: Shelf
    roots: tuple[str, ...] = ()  # the folders' paths

    def find_file(self) -> Callable[[Frame], Document | None]:
        """Finds the files that one text names; what is open has the editor's text. It blocks."""
        from mistral_lsp.workspace.named_files import NamedFiles

        return NamedFiles(self.disk).find

    def read(self, uri: str) -> str | None:
        """The text of a file in a workspace folder; None where it may not or can't be read. It blocks."""
        place = self.disk.place(uri) if uri.startswith("file:") else None  # a notebook's cells share one file
        return None if place is None else self.disk.read(place)

    def is_there(self, uri: str) -> bool:
        """Whether a file stands there."""
        path = path_of(uri)
        return path is not None and os.path.lexists(path)

    def set_roots(self, uris: Iterable[str]) -> None:
        """The workspace folders are these now."""
        roots = tuple(uris)
        self.roots = tuple(path for uri in roots if (path := path_of(uri)) is not None)
        self.indexer.set_roots(roots)
        self.packages.set_roots(roots)

    def configure(self, settings: Settings) -> None:
        """Go on with these settings."""
        self.disk.configure(globs=settings.privacy.ignore, max_files=settings.workspace.max_files)
        self.indexer.switch(is_on=settings.workspace.index)
        self.packages.switch(is_on=settings.workspace.index and settings.completion.risky != "allow")
        actions = settings.actions
        self.tools.configure([one for one in actions.checkers if one], actions.test_command)
        self.racing.configure(actions.measure)


def make_survey(settings: Settings, idle: Idle, document_of: Callable[[str], Document | None]) -> Survey:
    """What is known of the workspace: nothing yet, until it is told of folders and documents."""
    from mistral_lsp.core.index import Index
    from mistral_lsp.features.checking import Checking
    from mistral_lsp.features.indexing import Indexer
    from mistral_lsp.features.own_tools import OwnTools
    from mistral_lsp.features.packages import Packages
    from mistral_lsp.features.racing import Racing
    from mistral_lsp.running.copies import Copies
    from mistral_lsp.running.races import Races
    from mistral_lsp.workspace.access import Access
    from mistral_lsp.workspace.disk import Disk
    from mistral_lsp.workspace.rules import LinterRules
    from mistral_lsp.workspace.shelf import Shelf

    disk, index = Disk(), Index()
    copies = Copies(disk)
    tools, racing = OwnTools(copies.of), Racing(Races(copies.of))
    made = Survey(
        disk=disk,
        index=index,
        indexer=Indexer(disk, index, idle, document_of),
        access=Access(disk),
        packages=Packages(disk.packages, idle),
        rules=LinterRules(lambda: made.roots),
        checks=Checking(way=idle.way, tools=tools, racing=racing),
        tools=tools,
        racing=racing,
        shelf=Shelf(),
    )
    made.configure(settings)
    return made


async def with_tools(findings: AsyncIterator[Finding], settings: Settings) -> AsyncIterator[Finding]:
    """The doctor's findings, and then those on the user's own checkers and tests, where there are any."""
    async for finding in findings:
        yield finding
    lines = [*settings.actions.checkers, *([settings.actions.test_command] if settings.actions.test_command else [])]
    if not lines:
        return
    from mistral_lsp.core.tools import tool_of
    from mistral_lsp.features.report import Finding
    from mistral_lsp.running.process import can_leave_network, find

    names = {tool_of(line).words[0] for line in lines}
    missing = sorted(name for name in names if find(name, ()) is None)
    network = "no network" if await can_leave_network() else "the network as you have it: this system keeps nobody out"
    yield Finding(
        "tools",
        ok=not missing,
        detail=f"{', '.join(tool_of(line).name for line in lines)}: on a copy of the project, with {network}",
        cure=f"Not on the PATH: {', '.join(missing)}. Install them, or name them by their paths." if missing else "",
    )
