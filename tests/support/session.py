"""What the end-to-end tests' `start` fixture gives: a function that starts the real server for one editor."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from mistral_lsp.bench.editor import Editor

Start = Callable[..., AbstractAsyncContextManager[Editor]]
