"""A model of no known family, asked in its own chat template: as vLLM begins an answer for it, and as TGI can't."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.endpoint import Endpoint

NAME = "someone/assistant-9b"
MARKS = ("[INST]", "<|im_start|>", "[SUFFIX]")


@pytest.mark.parametrize(
    ("engine", "reply"),
    [
        ("vllm", " a + b\n"),
        ("tgi", "```python\n    return a + b\n```\nThat adds them."),
        ("tgi", "Sure:\n\n```python\nreturn a + b\n```"),
    ],
)
async def test_its_answer_is_shown(start: Start, endpoint: Endpoint, engine: str, reply: str) -> None:
    endpoint.script = Script(engine=engine, model_id=NAME, reply=reply)
    async with start(endpoint.url) as editor:
        editor.open("def add(a, b):\n    return \n")
        editor.after("return ")
        [item] = await editor.ghost_text() or []
        assert item["insertText"] == "a + b"
    [request] = [request for request in endpoint.requests if request.path == "/v1/chat/completions"]
    sent = str(request.body)
    assert not [mark for mark in MARKS if mark in sent]


async def test_without_a_template_it_gets_plain_text(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(engine="vllm", model_id=NAME, has_chat=False, reply=" a + b\n")
    async with start(endpoint.url) as editor:
        editor.open("def add(a, b):\n    return \n")
        editor.after("return ")
        [item] = await editor.ghost_text() or []
        assert item["insertText"] == "a + b"
    [request] = [request for request in endpoint.requests if request.path == "/v1/completions"]
    assert str(request.body["prompt"]).endswith("def add(a, b):\n    return")
