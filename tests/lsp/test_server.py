"""The session in this process: what no editor and no endpoint can bring about from outside."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from support.cursor import at

from mistral_lsp import survey, wiring
from mistral_lsp.core.reason import Reason
from mistral_lsp.features.records import Method
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.lsp.handlers import warm_up
from mistral_lsp.lsp.server import MistralServer
from mistral_lsp.settings import Source

if TYPE_CHECKING:
    import pytest

REQUEST = CompletionRequest(at("x = █\n"), invoked=True)


async def test_a_fault_of_ours_is_an_answer_with_nothing_in_it_and_a_reason(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sources = [Source("test", {"endpoint.url": "http://127.0.0.1:9", "workspace.index": False})]
    server = MistralServer(sources, wiring.make_completer, wiring.examine, survey.make_survey, wiring.load_turns)
    try:
        monkeypatch.setattr(server.completer, "complete", None)  # which nothing can call
        assert (await server.suggest(REQUEST, Method.GHOST_TEXT))[0] is Reason.FAULT
    finally:
        await server.close()
    [record] = server.records.newest(2)
    assert record.reason is Reason.FAULT
    assert "a completion failed" in caplog.text


async def test_the_collector_looks_at_nothing_that_was_loaded_for_the_first_request() -> None:
    sources = [Source("test", {"endpoint.url": "http://127.0.0.1:9", "workspace.index": False})]
    server = MistralServer(sources, wiring.make_completer, wiring.examine, survey.make_survey, wiring.load_turns)
    frozen = gc.get_freeze_count()
    try:
        await warm_up(server)
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
        await server.close()
