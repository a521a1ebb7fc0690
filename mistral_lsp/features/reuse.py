"""Reuse: the answers that may serve again, before the endpoint is asked.

An answer fits a request whose document is the one it began in, but for what was typed of it at its cursor. So the key
is all of the text, the language and the folder; model, family and budget are the completer's, and so is this. What the
prompt has of other documents is part of the key too: a change there ends the answers that may have seen the old text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.rooted import neighbourhood
from mistral_lsp.core.suggestion import is_unchanged_around, typed_between

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mistral_lsp.core.document import Document
    from mistral_lsp.features.answer import Answer
    from mistral_lsp.features.request import CompletionRequest

MAX_ANSWERS = 32  # of all documents
MAX_CHARS = 32 * 2**20  # of the documents that they began in, which mostly share their text with what is open
NEAR_CHARS = 500  # before a cursor, in which most answers that may serve there began


class Reuse:
    """Answers that are streaming, shown or cached, by document; the oldest go first."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._answers: list[Answer] = []  # the one that served last is last
        self._guests: list[Answer] = []

    def find(self, request: CompletionRequest) -> tuple[Answer, str] | None:
        """The answer that goes on at a request's cursor, and what was typed of it; streams that disagree end."""
        found: tuple[Answer, str] | None = None
        document, offset = request.cursor.document, request.cursor.offset
        tail, before = len(document.text) - offset, _before(document, offset)
        # The numbers are compared here: a call for each answer at each key would cost more than all the rest.
        likely = [
            answer
            for answer in self._of(document.uri)
            if (answer.tail == tail and 0 <= offset - answer.offset <= answer.limit) or answer.is_streaming
        ]
        for answer in reversed(likely):
            could_serve = answer.could_serve(offset, tail, before)
            if not could_serve and not answer.is_streaming:
                continue
            typed = answer.typed_at(request) if could_serve else None
            if typed is None:
                if answer.is_streaming and not answer.may_come_to(request.cursor):
                    self._drop(answer)
            elif found is None and (typed or request.invoked or not answer.is_turned_down):
                found = answer, typed
        if found is not None:
            self._answers.remove(found[0])
            self._answers.append(found[0])
        return found

    def turned_down_at(self, request: CompletionRequest) -> str | None:
        """The suggestion that the user deleted at this very place, unless it is asked for by hand."""
        if not request.invoked:
            for answer in self._of(request.cursor.document.uri):
                if answer.is_turned_down and answer.typed_at(request) == "":
                    return answer.text
        return None

    def add(self, answer: Answer) -> None:
        """Keep an answer that has begun."""
        self._answers = [kept for kept in self._answers if not kept.is_lost]
        self._answers.append(answer)
        while len(self._answers) > 1 and (len(self._answers) > MAX_ANSWERS or self._chars() > MAX_CHARS):
            self._drop(self._answers[0])

    def follow(self, document: Document, *, is_seen_elsewhere: bool = False) -> None:
        """A document changed: its streams end where that disagrees, and what is typed or deleted is noted.

        Where prompts of other documents may have shown it, their answers go; what was turned down stays so.
        """
        for answer in self._elsewhere(document.uri) if is_seen_elsewhere else ():
            if not (answer.is_streaming or answer.is_turned_down) and _may_have_seen(answer, document.uri):
                self._drop(answer)
        length, befores = len(document.text), dict[int, str]()
        likely = [
            answer
            for answer in self._of(document.uri)
            if 0 <= length - answer.tail - answer.offset <= answer.limit or answer.was_typed_into or answer.is_streaming
        ]
        for answer in likely:
            offset = length - answer.tail
            before = befores.get(offset) or befores.setdefault(offset, _before(document, offset))
            could_serve = answer.could_serve(offset, answer.tail, before)
            if not could_serve and not answer.was_typed_into and not answer.is_streaming:
                continue
            cursor = Cursor(document, offset)
            typed = answer.typed_to(cursor) if could_serve else None
            if typed is not None:
                answer.note_typed(typed)
            else:
                self._disagrees(answer, cursor)

    def _disagrees(self, answer: Answer, cursor: Cursor) -> None:
        """An answer doesn't go on at a cursor, the one that its document's length speaks for."""
        origin = answer.request.cursor
        if answer.was_typed_into and _is_deleted(cursor, origin):
            answer.is_turned_down = True
            if answer.is_streaming:
                answer.end(keeps_shown=True)
        elif answer.is_streaming:
            if not answer.may_come_to(cursor) and answer.request.popup is None:  # a menu's text isn't typed yet
                self._drop(answer)
        elif answer.text and (typed_between(origin, cursor) or "").startswith(answer.text):
            answer.was_typed_into = True  # accepted as a whole

    def host(self, answers: Iterable[Answer]) -> None:
        """Count these among the streams, though they serve the request alone that they were begun for."""
        self._guests = [*(guest for guest in self._guests if guest.is_streaming), *answers]

    def make_room(self, streams: int) -> None:
        """Let at most so many streams go on: first those end that nobody has asked for, then guests and the oldest."""
        streaming = [answer for answer in (*self._guests, *self._answers) if answer.is_streaming]
        streaming.sort(key=lambda answer: answer.step is None)  # a stable sort
        for answer in streaming[: max(0, len(streaming) - streams)]:
            self._drop(answer)

    @property
    def streams(self) -> int:
        """How many answers are still coming in."""
        return sum([answer.is_streaming for answer in (*self._guests, *self._answers)])

    def end_steps(self, uri: str) -> None:
        """End what nobody has asked for in a document, and what came of it."""
        for answer in self._of(uri):
            if answer.step is not None and answer.is_streaming:
                self._drop(answer)

    def forget(self, uri: str) -> None:
        """Drop a document's answers."""
        for answer in self._of(uri):
            self._drop(answer)

    def forget_all(self) -> None:
        """Drop everything."""
        for answer in (*self._guests, *self._answers):
            self._drop(answer)

    def _of(self, uri: str) -> list[Answer]:
        return [answer for answer in self._answers if answer.uri == uri]

    def _elsewhere(self, uri: str) -> list[Answer]:
        return [answer for answer in self._answers if answer.uri != uri]

    def _chars(self) -> int:
        return sum([answer.offset + answer.tail for answer in self._answers])

    def _drop(self, answer: Answer) -> None:
        answer.end()
        if answer in self._answers:
            self._answers.remove(answer)


def _before(document: Document, offset: int) -> str:
    return document.text.slice(max(0, offset - NEAR_CHARS), offset)


def _may_have_seen(answer: Answer, uri: str) -> bool:
    root_uri = answer.request.root_uri
    if root_uri:
        return uri.startswith(root_uri.rstrip("/") + "/")
    return neighbourhood(uri, "") == neighbourhood(answer.uri, "")


def _is_deleted(cursor: Cursor, origin: Cursor) -> bool:
    """Whether a deletion led from `origin` back to the cursor: typing leads the other way."""
    return cursor.offset >= 0 and bool(typed_between(cursor, origin)) and is_unchanged_around(cursor, origin)
