"""Packages: what each workspace folder's imports may name, looked up while the user pauses."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from mistral_lsp.core.manifests import kind_of
from mistral_lsp.core.packages import NOTHING_KNOWN, KnownPackages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mistral_lsp.features.idle import Idle

log = logging.getLogger(__name__)

QUIET_S = 1.0  # without a touch before a folder is looked through
REST_S = 10.0  # between two looks at one folder that nobody is known to have changed


class Packages:
    """One session's folders. Nothing but `run` works; the rest notes what there is to do."""

    def __init__(
        self, look: Callable[[str], KnownPackages], idle: Idle, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`look` takes a folder's URI, and blocks."""
        self._look = look
        self._idle = idle
        self._clock = clock
        self._is_on = True
        self._roots: tuple[str, ...] = ()
        self._known: dict[str, KnownPackages] = {}
        self._wanted: dict[str, None] = {}  # roots to look through, in order
        self._looked_s: dict[str, float] = {}
        self._is_wanted = asyncio.Event()

    def of(self, root_uri: str) -> KnownPackages:
        """What is known of a folder so far."""
        return self._known.get(root_uri, NOTHING_KNOWN)

    def set_roots(self, uris: Iterable[str]) -> None:
        """These are the workspace folders now."""
        self._roots = tuple(dict.fromkeys(uris))
        self.switch(is_on=self._is_on)

    def switch(self, *, is_on: bool) -> None:
        """Whether anything is looked at; also after any change of what may be read."""
        self._is_on = is_on
        wanted = self._roots if is_on else ()
        self._known = {root: known for root, known in self._known.items() if root in wanted}
        self._want(wanted)

    def changed(self, uris: Iterable[str]) -> None:
        """Files were made, saved, moved or deleted."""
        manifests = [uri for uri in uris if kind_of(uri.rpartition("/")[2]) is not None]
        self._want(root for root in self._roots if any(uri.startswith(f"{root.rstrip('/')}/") for uri in manifests))

    def missed(self, root_uri: str) -> None:
        """A suggestion imports what the folder doesn't have: perhaps it has been installed meanwhile."""
        if self._clock() - self._looked_s.get(root_uri, self._clock()) >= REST_S:
            self._want([root_uri])

    async def run(self) -> None:
        """Work for ever, whenever there is something to do and the user pauses."""
        while True:
            await self._is_wanted.wait()
            await self._idle.quiet_for(QUIET_S)
            root = next(iter(self._wanted))
            del self._wanted[root]
            if not self._wanted:
                self._is_wanted.clear()
            try:
                known = await asyncio.to_thread(self._look, root)
            except Exception:  # one odd folder must not end the work on all others
                log.exception("the packages of a folder could not be looked up")
                continue
            if self._is_on and root in self._roots:
                self._known[root], self._looked_s[root] = known, self._clock()
                log.info("packages: %s", ", ".join(f"{kind} {len(names)}" for kind, names in known.names.items()))

    def _want(self, roots: Iterable[str]) -> None:
        self._wanted |= dict.fromkeys(roots if self._is_on else ())
        self._wanted = {root: None for root in self._wanted if self._is_on and root in self._roots}
        if self._wanted:
            self._is_wanted.set()
        else:
            self._is_wanted.clear()
