"""A prompt that is too long: what the endpoint takes is learnt from what it says of itself, or from its refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench import llamacpp_answers, openai_answers, tgi_answers
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script, json_response

if TYPE_CHECKING:
    from support.session import Start

LIMIT_TOKENS = 500
KINDS = {"tgi": "tgi", "vllm": "openai", "llamacpp": "llamacpp"}
ROUTES = {"tgi": "/generate_stream", "vllm": "/v1/completions", "llamacpp": "/completion"}
LARGE = Script()
MORE = {  # what each says of itself, as if it took more
    "tgi": (("GET", "/info"), tgi_answers._info(LARGE)),
    "vllm": (("GET", "/v1/models"), openai_answers._models(LARGE)),
    "llamacpp": (("GET", "/props"), json_response(200, llamacpp_answers._properties(LARGE))),
}
FILE = "".join(f"value_{number} = first({number}) + second({number})\n" for number in range(400)) + "total = a \n"


@pytest.mark.parametrize("engine", KINDS)
@pytest.mark.parametrize("is_told", [True, False])
async def test_one_request_is_refused_at_most(start: Start, engine: str, *, is_told: bool) -> None:
    pages = {} if is_told else dict([MORE[engine]])
    script = Script(engine=engine, reply="+ b\n", max_total_tokens=LIMIT_TOKENS, pages=pages)
    options = {"endpoint": {"kind": KINDS[engine], "family": "auto"}, "completion": {"context_tokens": 2_000}}
    async with Endpoint(script) as endpoint, start(endpoint.url, options=options) as editor:
        editor.open(FILE, uri="file:///project/a.py")
        for number in range(3):
            editor.caret = len(editor.text) - 1
            editor.type(f"\nother_{number} = a ")
            assert [item["insertText"] for item in await editor.ghost_text() or []] == ["+ b"]
        asked = [request for request in endpoint.requests if request.path == ROUTES[engine]]
        assert len(asked) == (3 if is_told else 4)
