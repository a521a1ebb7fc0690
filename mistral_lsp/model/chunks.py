"""Chunks: the text of an answer as a model's stream yields it, with how sure the model was of each token. Pure."""

from __future__ import annotations

from mistral_lsp.model.base import Chunk
from mistral_lsp.model.stops import StopFilter


class Chunks:
    """Makes chunks of tokens, up to the first stop string."""

    def __init__(self, stops: tuple[str, ...] = ()) -> None:
        """One for one answer."""
        self._filter = StopFilter(stops)
        self._text = ""
        self._odds: list[tuple[int, float]] = []

    @property
    def is_stopped(self) -> bool:
        """Whether a stop string has come."""
        return self._filter.is_stopped

    def feed(self, text: str, probability: float | None = None) -> None:
        """A token came; behind a stop string it counts for nothing."""
        if self.is_stopped:
            return
        if probability is not None and text:
            self._odds.append((len(self._text) + self._filter.held_chars, probability))
        self._text += self._filter.feed(text)

    def end(self) -> None:
        """No more comes: what was held back is no stop string."""
        self._text += self._filter.end()

    def take(self) -> Chunk:
        """What is certain to be text, since it was last taken."""
        text, size = self._text, len(self._text)
        chunk = Chunk.of(text, tuple(odds for odds in self._odds if odds[0] < size))
        self._odds = [(start - size, probability) for start, probability in self._odds if start >= size]
        self._text = ""
        return chunk
