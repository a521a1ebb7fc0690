from __future__ import annotations

import sys

import pytest

from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script


@pytest.mark.parametrize("server", ["passthrough", "empty_server"])
async def test_each_request_is_passed_on_over_one_connection(server: str) -> None:
    async with Endpoint(Script(reply="a + b")) as endpoint:
        async with Editor.start([sys.executable, "-m", f"mistral_lsp.bench.{server}", endpoint.url]) as editor:
            editor.open("x = ", "python")
            for _ in range(3):
                assert await editor.ghost_text() == [{"insertText": "a + b"}]
        assert len(endpoint.requests) == 3
        assert endpoint.connection_count == 1
