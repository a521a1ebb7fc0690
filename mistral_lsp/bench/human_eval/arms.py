"""Arms: the ways to fill a cut, all of them asked for the same cuts.

The engine is asked as an editor does it: the real server, over stdio, with the cursor in the cut. The plain prefix goes
to the same model, and its answer ends with the line: once as it is, once without its last space. Few tokens begin right
behind a space, so the second says what the engine is worth beside the least that one could do by hand.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from mistral_lsp import terminal, wiring
from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.measure import server_command
from mistral_lsp.commands.problem import Problem
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.reason import Reason
from mistral_lsp.model.base import ModelError
from mistral_lsp.settings import Source, problems_message, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from mistral_lsp.bench.human_eval.cuts import Cut
    from mistral_lsp.model.base import Model, ModelInfo

MAX_TOKENS = 64  # as the server's own setting has it
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


async def ask_all(
    cuts: Sequence[Cut], options: Mapping[str, Any], *, on_done: Callable[[int], None]
) -> tuple[ModelInfo, list[Answers]]:
    """What every arm says to each cut, and what the model says of itself. Raises ModelError where it says nothing.

    `options` are the settings, as initializationOptions; raises Problem where one isn't fit.
    """
    resolved = resolve([Source("what was asked for", options)])
    if resolved.problems:
        raise Problem(problems_message(resolved.problems))
    endpoint = resolved.settings.endpoint
    async with contextlib.AsyncExitStack() as stack:
        progress = stack.enter_context(terminal.Progress("Fetching the embedded model, once"))
        model = wiring.make_model(endpoint, on_fetch=progress.update)
        stack.push_async_callback(model.close)
        info = await model.describe()
        editor = await stack.enter_async_context(server_editor(options, token_env=endpoint.token_env))
        answers: list[Answers] = []
        for cut in cuts:
            answers.append(await _ask(cut, editor, model))
            on_done(len(answers))
    return info, answers


async def line_after(prefix: str, model: Model, *, held_back: str = "") -> Answer:
    """The model's own words, up to the line's end; what is held back of the prefix is taken off them again."""
    said, began_s = "", time.perf_counter()
    held_back = held_back if prefix.endswith(held_back) else ""
    try:
        async with contextlib.aclosing(model.stream(Prompt(prefix.removesuffix(held_back), MAX_TOKENS))) as chunks:
            async for chunk in chunks:
                said += chunk
                if "\n" in said:
                    break
    except ModelError:
        return Answer("", time.perf_counter() - began_s, Reason.MODEL_FAILED)
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


async def _ask(cut: Cut, editor: Editor, model: Model) -> Answers:
    engine = await from_engine(cut, editor)
    return {
        Arm.ENGINE: engine,
        Arm.ENGINE_LINE: Answer(engine.text.partition("\n")[0], engine.took_s, engine.reason),
        Arm.PREFIX: await line_after(cut.prefix, model),
        Arm.SPACE: await line_after(cut.prefix, model, held_back=" "),
        Arm.NOTHING: Answer(""),
        Arm.TRUTH: Answer(cut.line),
    }


def _last_reason(editor: Editor) -> Reason:
    """What the server said of its last silence: it does so before it answers."""
    for method, params in reversed(editor.notifications):
        if method == "window/logMessage" and SILENCE in params["message"]:
            return Reason(params["message"].rpartition(" ms: ")[2])
    raise RuntimeError("the server doesn't say why it is silent")
