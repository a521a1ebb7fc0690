"""Arms: the ways to fill a cut, all of them asked for the same cuts.

The engine is asked as an editor does it: the real server, over stdio, with the cursor in the cut. The plain prefix goes
to the same model, and its answer ends with the line: once as it is, once without its last space. Few tokens begin right
behind a space, so the second says what the engine is worth beside the least that one could do by hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.client import Refusal, Unclean
from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.measure import server_command
from mistral_lsp.bench.runs.session import Ended
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.reason import Reason
from mistral_lsp.model.base import Broken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from mistral_lsp.bench.human_eval.cuts import Cut
    from mistral_lsp.bench.runs.session import Session
    from mistral_lsp.model.base import Model

MAX_TOKENS = 64  # as the server's own setting has it
GONE = (Unclean, Refusal, ConnectionError)  # what a server that breaks off ends in
SILENCE = "nothing shown after"  # so the server's log tells it


class Arm(Enum):
    """The value is its title."""

    ENGINE = "engine on"
    ENGINE_LINE = "engine on, its first line"
    PREFIX = "plain prefix"
    SPACE = "plain prefix but its last space"
    NOTHING = "nothing"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an arm puts in the line's place."""

    text: str
    took_s: float = 0.0
    reason: Reason | None = None  # why there is no text, where the server says so


Answers = dict[Arm, Answer]


@contextlib.asynccontextmanager
async def asking(session: Session, options: Mapping[str, Any]) -> AsyncIterator[Callable[[Cut], Awaitable[Answers]]]:
    """What every arm says to a cut, for as long as the block lasts; `options` are the server's settings.

    Asking raises ModelError where the endpoint fails an arm.
    """
    async with from_server(session, options) as engine:

        async def ask(cut: Cut) -> Answers:
            answer = await engine(cut)
            return {
                Arm.ENGINE: answer,
                Arm.ENGINE_LINE: Answer(answer.text.partition("\n")[0], answer.took_s, answer.reason),
                Arm.PREFIX: await line_after(cut.prefix, session.model),
                Arm.SPACE: await line_after(cut.prefix, session.model, held_back=" "),
                Arm.NOTHING: Answer(""),
                Arm.TRUTH: Answer(cut.line),
            }

        yield ask


@contextlib.asynccontextmanager
async def from_server(
    session: Session, options: Mapping[str, Any], *, invoked: bool = False
) -> AsyncIterator[Callable[[Cut], Awaitable[Answer]]]:
    """What the real server shows with the cursor in a cut; one at a time, since a person has one caret.

    `invoked` is by hand. The server is started by the first question. Asking raises Ended where it has gone, and Broken
    where the endpoint failed it. One that ends in an unseemly way is told of in `session.broke`.
    """
    stack, turns = contextlib.AsyncExitStack(), asyncio.Lock()
    editor: Editor | None = None

    async def ask(cut: Cut) -> Answer:
        nonlocal editor
        async with turns:
            try:
                if editor is None:
                    opened = server_editor(options, token_env=session.endpoint.token_env)
                    editor = await stack.enter_async_context(opened)
                answer = await from_engine(cut, editor, invoked=invoked)
            except GONE as error:
                raise Ended(_gone(error)) from error
        if answer.reason is Reason.MODEL_FAILED:
            raise Broken("the server could not get an answer", advice="See to the endpoint.")
        return answer

    try:
        yield ask
    finally:
        try:
            await stack.aclose()
        except GONE as error:
            session.broke = "\n".join(filter(None, [session.broke, _gone(error)]))


async def line_after(prefix: str, model: Model, *, held_back: str = "") -> Answer:
    """The model's own words, up to the line's end; what is held back of the prefix is taken off them again.

    Raises ModelError.
    """
    said, began_s = "", time.perf_counter()
    held_back = held_back if prefix.endswith(held_back) else ""
    async with contextlib.aclosing(model.stream(Prompt(prefix.removesuffix(held_back), MAX_TOKENS))) as chunks:
        async for chunk in chunks:
            said += chunk
            if "\n" in said:
                break
    line = said.partition("\n")[0].removeprefix(held_back).rstrip()
    return Answer(line, time.perf_counter() - began_s, None if line else Reason.EMPTY)


async def from_engine(cut: Cut, editor: Editor, *, invoked: bool = False) -> Answer:
    """What the server shows with the cursor in a cut; `invoked` is by hand."""
    editor.open(cut.prefix + cut.suffix, "python")
    editor.caret = len(cut.prefix)
    began_s = time.perf_counter()
    items = await editor.ghost_text(invoked=invoked)
    took_s = time.perf_counter() - began_s
    editor.close()
    return Answer(items[0]["insertText"], took_s) if items else Answer("", took_s, _last_reason(editor))


@contextlib.asynccontextmanager
async def server_editor(options: Mapping[str, Any], *, token_env: str) -> AsyncIterator[Editor]:
    """The real server with these settings, the user's token, and nothing else of theirs."""
    with tempfile.TemporaryDirectory() as home:
        env = {"XDG_CONFIG_HOME": home, "MISTRAL_LSP_LOG": "debug"}  # debug: the server tells each Reason
        if token := os.environ.get(token_env):
            env[token_env] = token
        async with Editor.start(server_command(), env=env, options=options) as editor:
            yield editor


def _gone(error: Exception) -> str:
    """The end of the server's log stands in the error's notes."""
    return "\n".join([f"the server broke off: {error}", *getattr(error, "__notes__", [])])


def _last_reason(editor: Editor) -> Reason:
    """What the server said of its last silence: it does so before it answers."""
    for method, params in reversed(editor.notifications):
        if method == "window/logMessage" and SILENCE in params["message"]:
            return Reason(params["message"].rpartition(" ms: ")[2])
    raise RuntimeError("the server doesn't say why it is silent")
