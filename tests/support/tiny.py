"""Clients of the tiny server."""

from __future__ import annotations

import sys
from pathlib import Path

from support.pipe_client import PipeClient

SERVER = Path(__file__).with_name("tiny_server.py")


def tiny(*arguments: str) -> PipeClient:
    """A client of a tiny server that just started."""
    return PipeClient([sys.executable, str(SERVER), *arguments])


def hover(line: int, character: int) -> dict[str, object]:
    return {"textDocument": {"uri": "file:///a.py"}, "position": {"line": line, "character": character}}
