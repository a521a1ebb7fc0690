"""Logs: to stderr, one line for each record, with ids, sizes and times and never a body, a prompt or a token.

Our own messages are written so. Those of libraries hold whatever they were given (pygls logs the parameters that it
could not handle), and so does the text of an exception: of both only what a programmer wrote is kept.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, TextIO

from mistral_lsp.core.visible import shortened, visible

if TYPE_CHECKING:
    from types import TracebackType

LEVELS = ("debug", "info", "warning", "error")
VARIABLE = "MISTRAL_LSP_LOG"
OURS = "mistral_lsp"

_DEFAULT = "warning"
_MAX_CHARS = 1000
_MAX_TEMPLATE_CHARS = 120
_MAX_FRAMES = 12


def set_up(level: str | None = None, stream: TextIO | None = None) -> None:
    """Log to stderr; `level` is one of LEVELS, or None for what the environment says. Replaces any other handler."""
    wanted = (level or os.environ.get(VARIABLE) or _DEFAULT).lower()
    known = wanted if wanted in LEVELS else _DEFAULT
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # libraries: pygls logs each message it sends at INFO
    logging.getLogger(OURS).setLevel(known.upper())
    logging.raiseExceptions = False  # else a failed write prints the record's arguments
    if known != wanted:
        logging.getLogger(__name__).warning("%s is not a log level: %s is one of %s", wanted, VARIABLE, LEVELS)


class _OneLine(logging.Formatter):
    """What may be told of a record, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The time, level, name and message, then where an exception came from."""
        is_ours = record.name.partition(".")[0] == OURS
        record.message = _own_message(record) if is_ours else _template(record)
        record.asctime = self.formatTime(record, self.datefmt)
        line = self.formatMessage(record)
        if record.exc_info and record.exc_info[1]:
            line += f" [{_origin(record.exc_info[1])}]"
        return visible(line)


def _own_message(record: logging.LogRecord) -> str:
    try:
        return shortened(record.getMessage(), _MAX_CHARS)
    except Exception:  # noqa: BLE001 - a log line must not end a request, whatever its arguments do
        return _template(record)


def _template(record: logging.LogRecord) -> str:
    """A message's first line before its arguments are filled in."""
    return shortened(str(record.msg).partition("\n")[0], _MAX_TEMPLATE_CHARS)


def _origin(error: BaseException) -> str:
    """The exception's type and the frames it went through, without its text, which may hold a document's."""
    frames = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{os.path.basename(code.co_filename)}:{trace.tb_lineno} {code.co_name}")  # noqa: PTH119 - as text
        trace = trace.tb_next
    return " < ".join([type(error).__qualname__, *reversed(frames[-_MAX_FRAMES:])])
