"""The floor: a language server that forwards each inlineCompletion to the endpoint and does nothing else.

No event loop, no documents, no syntax, no prompt of its own: what it takes is what pipes, JSON and HTTP take. The
difference to it is what mistral-lsp adds. `python -m mistral_lsp.bench.passthrough URL` serves on stdio; without a URL
it asks nobody and suggests nothing.
"""

from __future__ import annotations

import json
import sys
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMPT = "value = compute(\n" * 240  # about what mistral-lsp sends with its default budget: 4 KB
CAPABILITIES = {"textDocumentSync": 2, "inlineCompletionProvider": True}


def main() -> int:
    """Serve until `exit`, or until stdin closes."""
    connection = HTTPConnection(urlsplit(sys.argv[1]).netloc) if len(sys.argv) > 1 else None
    is_shut_down = False
    for message in _messages(sys.stdin.buffer):
        match message["method"]:
            case "initialize":
                _answer(message, {"capabilities": CAPABILITIES})
            case "textDocument/inlineCompletion":
                _answer(message, {"items": [{"insertText": ask(connection)}] if connection else []})
            case "shutdown":
                is_shut_down = True
                _answer(message, None)
            case "exit":
                break
    if connection:
        connection.close()
    return 0 if is_shut_down else 1


def ask(connection: HTTPConnection) -> str:
    """One streamed answer of a TGI endpoint, over one connection that is kept."""
    body = json.dumps({"inputs": PROMPT, "parameters": {"max_new_tokens": 64, "details": True}})
    connection.request("POST", "/generate_stream", body, {"Content-Type": "application/json"})
    text = ""
    with connection.getresponse() as response:
        for line in response:
            if line.startswith(b"data:"):
                token = json.loads(line[5:])["token"]
                text += "" if token["special"] else token["text"]
    return text


def _messages(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    while header := stream.readline():
        length = int(header.partition(b":")[2])
        stream.readline()
        yield json.loads(stream.read(length))


def _answer(request: dict[str, Any], result: Any) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    raise SystemExit(main())
