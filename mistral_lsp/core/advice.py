"""Advice: what to do about each Reason, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANOTHER_MODEL = "Often so? Another model may do better; `mistral-lsp doctor` tells whether the prompts fit this one."
_TYPE_ON = (
    "Nothing, unless it happens at every pause: then the model is slower than you type; `mistral-lsp doctor` times it."
)
_RISKY = "To see such suggestions, set completion.risky to mark."

ADVICE: Mapping[Reason, str] = {
    Reason.DISABLED: "Set completion.enabled to true.",
    Reason.PAUSED: "Resume it: your plugin's menu has it, or run the command mistralLsp.pause.",
    Reason.LANGUAGE_OFF: "Take the language out of completion.disabled_languages.",
    Reason.NOT_OPEN: "Close the file and open it again. Does it come back? Then the editor asks before it has told of "
    "the file.",
    Reason.OUTSIDE: "Close the file and open it again: the editor and the server see different text.",
    Reason.TOO_LARGE: "Nothing: files over 16 MB are taken for data.",
    Reason.SECRET: "Nothing: files with such names (keys, .env, credentials) are never sent. Is it none? Rename it.",
    Reason.PRIVATE: "Take the file out of privacy.ignore or .aiignore.",
    Reason.IGNORED: "Take the file out of .gitignore or .ignore.",
    Reason.READ_ONLY: "Nothing: it can't be typed into.",
    Reason.BINARY: "Nothing: there are NUL characters around the cursor. Is it text? Save it as UTF-8.",
    Reason.MID_WORD: "Go to the word's end, or ask by hand with your editor's key for it.",
    Reason.MID_LINE: "Go to the line's end, or ask by hand with your editor's key for it.",
    Reason.SELECTION: "Go to one place, or ask by hand with your editor's key for it.",
    Reason.IN_COMMENT: "Set completion.in_comments to true, or ask by hand with your editor's key for it.",
    Reason.IN_STRING: "Set completion.in_strings to true, or ask by hand with your editor's key for it.",
    Reason.DELETED: "Type something, or ask by hand with your editor's key for it.",
    Reason.SUPERSEDED: _TYPE_ON,
    Reason.CANCELLED: _TYPE_ON,
    Reason.MOVED_ON: _TYPE_ON,
    Reason.NOT_READY: "Wait a moment: the model is loading, or the endpoint doesn't say what it is. "
    "`mistral-lsp doctor` tells which.",
    Reason.PROMPT_FAILED: "Correct your prompt file; the server's log says what is wrong. Removed, it gives way to "
    "the built-in one.",
    Reason.MODEL_FAILED: "Run `mistral-lsp doctor`: it says what is wrong with the endpoint, and the cure.",
    Reason.OVERLOADED: "Wait, or ask by hand with your editor's key for it, which tries at once.",
    Reason.LEFT_ALONE: "Run `mistral-lsp doctor`: it says what is wrong with the endpoint. Asked for by hand with your "
    "editor's key for it, it is tried at once.",
    Reason.TOO_SLOW: "Raise completion.deadline_ms, lower completion.max_tokens or completion.context_tokens, or use a "
    "smaller model or a quicker machine.",
    Reason.EMPTY: "Type on a little: the model saw nothing to add here. " + _ANOTHER_MODEL,
    Reason.UNSURE: "Type on a little, ask by hand with your editor's key for it, or lower completion.min_confidence.",
    Reason.MISSED: "Nothing: at the next line it is asked again. To be shown more, set completion.min_confidence to 0.",
    Reason.NOT_HEALED: "Finish the word: the model had another one in mind. " + _ANOTHER_MODEL,
    Reason.TURNED_DOWN: "Ask by hand with your editor's key for it, or begin to type it.",
    Reason.REPEATS: "Nothing: what the model would write is there already.",
    Reason.LEFT_BLOCK: "Type on a little: the model takes the block for complete. " + _ANOTHER_MODEL,
    Reason.UNBALANCED: "Nothing: the brackets here are closed, or none is open.",
    Reason.BREAKS_SYNTAX: "Type on a little, so that the model sees what you want. " + _ANOTHER_MODEL,
    Reason.ECHO: "Set endpoint.family to the model's own family; `mistral-lsp doctor` tells which prompts it gets.",
    Reason.UNSAFE: "Nothing for this one. " + _ANOTHER_MODEL,
    Reason.ADDS_KEY: "Read the key from the environment or a file. " + _RISKY,
    Reason.ADDS_NO_TLS_CHECK: "Trust your own certificate instead, by its file. " + _RISKY,
    Reason.ADDS_EXECUTION: "Nothing, unless you want such a call. " + _RISKY,
    Reason.ADDS_UNKNOWN_PACKAGE: "Is it the one you want? Install it, or name it where the project names its "
    "packages: models make up names, which others then register. " + _RISKY,
    Reason.ENDLESS: "Nothing for this one. " + _ANOTHER_MODEL,
    Reason.FAULT: "Report it, with the server's log. It holds no code.",
}
