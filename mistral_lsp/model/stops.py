"""Stop strings, where an endpoint leaves them in the text or takes only some of them. Pure."""

from __future__ import annotations


class StopFilter:
    """Lets text through up to the first stop string, whichever chunks it is spread over."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        """One filter for one answer."""
        self._stops = tuple(filter(None, stops))
        self._held = ""  # may be the beginning of a stop string
        self.is_stopped = False

    @property
    def held_chars(self) -> int:
        """How much is held back, since it may be the beginning of a stop string."""
        return len(self._held)

    def feed(self, text: str) -> str:
        """What is certain to be no part of a stop string."""
        text = self._held + text
        found = [(at + len(stop), at) for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.is_stopped, self._held = True, ""
            return text[: min(found)[1]]  # the one that is whole first, as an engine has it that writes token by token
        held = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def end(self) -> str:
        """What was held back, and became no stop string."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of `text` begin `stop`."""
    sizes = range(min(len(text), len(stop) - 1), 0, -1)
    return next((size for size in sizes if text.endswith(stop[:size])), 0)
