"""What the doctor names, and what it says to do."""

from __future__ import annotations

import dataclasses
import importlib.util
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
from support.fake_model import INFO, FakeModel

from mistral_lsp import templates
from mistral_lsp.core.languages import Grammar
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.features import trial
from mistral_lsp.features.doctor import Case, Chat, examine
from mistral_lsp.features.report import Finding, exit_status
from mistral_lsp.model.base import Broken, ModelError, ModelInfo, Overloaded, Refused, TooSlow, Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mistral_lsp.model.base import Model

ANSWER = " a + b"
CASE = Case(
    settings=[("endpoint.url", '"http://127.0.0.1:8080"', "config.toml"), ("completion.delay_ms", "75", "default")],
    problems=[],
    config_file="/home/me/.config/mistral-lsp/config.toml",
    has_config_file=True,
    url="http://127.0.0.1:8080",
    token_env="MISTRAL_LSP_TOKEN",
    has_token=True,
    family="auto",
    deadline_s=5.0,
    context_tokens=1024,
    max_tokens=64,
    weights="/cache/SmolLM2.gguf",
)
GRAMMARS = [Grammar("python", ok=True, detail="tree_sitter_python")]


@cache
def library() -> PromptLibrary:
    return PromptLibrary(templates.load().sources)


async def findings(model: FakeModel | None = None, grammars: list[Grammar] = GRAMMARS, **case: Any) -> list[Finding]:
    changed = dataclasses.replace(CASE, **case)
    model = model or FakeModel(reply=ANSWER)
    found = [finding async for finding in examine(changed, model, library(), lambda: grammars)]
    assert model.open_streams == 0
    return found


async def finding(title: str, model: FakeModel | None = None, **changed: Any) -> Finding:
    return next(found for found in await findings(model, **changed) if found.title == title)


async def test_where_all_is_well_every_finding_is_and_one_completion_was_asked_for() -> None:
    model = FakeModel(reply=ANSWER)
    found = await findings(model)
    assert [f.title for f in found if f.ok is not True] == []
    assert exit_status(found) == 0
    assert len(model.prompts) == 1
    assert model.warmed_up == model.described == 1
    assert "def add(a, b):" in model.prompts[0].text


async def test_every_fault_says_what_to_do() -> None:
    broken = [Grammar("go", ok=False, detail="No module named 'tree_sitter_go'")]
    refused = FakeModel(error=Refused("no", advice="Do."))
    found = await findings(refused, grammars=broken, problems=["x is unknown."], family="codestral", max_tokens=9999)
    faults = [f for f in found if f.ok is False]
    assert [f.title for f in faults] == ["Settings", "Grammars", "Prompts", "Model", "Completion"]
    assert all(f.cure for f in faults)


async def test_settings_that_were_changed_are_shown_with_their_origin() -> None:
    found = await finding("Settings")
    assert found.detail == '1 of 2 set by you\nendpoint.url = "http://127.0.0.1:8080"  (config.toml)'


async def test_problems_with_the_settings_are_faults() -> None:
    found = await finding("Settings", problems=["config.toml: endpoint.ulr is unknown."])
    assert found.ok is False
    assert "endpoint.ulr is unknown" in found.detail


@pytest.mark.parametrize(("there", "ok"), [(True, True), (False, None)])
async def test_the_users_file_may_be_missing(there: bool, ok: bool | None) -> None:  # noqa: FBT001 - parametrized
    found = await finding("Your file", has_config_file=there)
    assert found.ok is ok
    assert CASE.config_file in found.detail


async def test_versions_are_those_that_are_installed() -> None:
    found = await finding("Versions")
    assert f"pygls {metadata.version('pygls')}" in found.detail
    assert found.detail.startswith("Python 3.")


async def test_a_missing_package_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "pygls":
            raise metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(metadata, "version", version)
    found = await finding("Versions")
    assert found.ok is False
    assert "missing: pygls" in found.detail


async def test_a_grammar_that_does_not_load_is_named() -> None:
    found = await finding("Grammars", grammars=[*GRAMMARS, Grammar("go", ok=False, detail="no wheel")])
    assert found.ok is False
    assert found.detail == "1 of 2\ngo: no wheel"


@pytest.mark.parametrize(
    ("url", "installed", "weights", "outcome"),
    [
        ("", True, "/w.gguf", [("Embedded", True), ("Weights", True)]),
        ("", True, "", [("Embedded", True), ("Weights", None)]),
        ("", False, "", [("Embedded", False)]),
        ("http://127.0.0.1:1", True, "", [("Embedded", True)]),
        ("http://127.0.0.1:1", False, "", [("Embedded", None)]),
    ],
)
async def test_the_embedded_engine_matters_where_there_is_no_endpoint(
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    installed: bool,  # noqa: FBT001 - parametrized
    weights: str,
    outcome: list[tuple[str, bool | None]],
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object() if installed else None)
    found = await findings(url=url, weights=weights)
    assert [(f.title, f.ok) for f in found if f.title in {"Embedded", "Weights"}] == outcome
    assert all(f.cure for f in found if f.ok is False)


@pytest.mark.parametrize(
    ("case", "ok", "told"),
    [
        ({}, True, "$MISTRAL_LSP_TOKEN is set"),
        ({"has_token": False}, None, "none is sent, as $MISTRAL_LSP_TOKEN is not set"),
        ({"token_env": "", "has_token": False}, None, "none is sent, as endpoint.token_env is empty"),
        ({"token_env": "", "token_from": "endpoint.token_keyring"}, True, "endpoint.token_keyring is set"),
        ({"url": "http://gpu:8080"}, None, "$MISTRAL_LSP_TOKEN goes over http://, unencrypted"),
        ({"url": "https://gpu"}, True, "$MISTRAL_LSP_TOKEN is set"),
        ({"url": "http://[::1]:1"}, True, "$MISTRAL_LSP_TOKEN is set"),
    ],
)
async def test_the_token_is_told_by_its_variable(case: dict[str, Any], ok: bool | None, told: str) -> None:  # noqa: FBT001 - parametrized
    found = await finding("Token", **case)
    assert (found.ok, found.detail) == (ok, told)


async def test_the_embedded_engine_needs_no_token() -> None:
    assert "Token" not in {f.title for f in await findings(url="")}


FAULTS = [
    Unreachable("127.0.0.1:8080 refused the connection", advice="Start it."),
    Unreachable("gpu.example has a host name that isn't known", advice="Check endpoint.url."),
    Unreachable("127.0.0.1:8080 has a certificate that isn't trusted", advice="Set endpoint.ca_file."),
    TooSlow("127.0.0.1:8080 gave no answer in time", advice="Wait."),
    Refused("127.0.0.1:8080 wants a token (HTTP 401)", advice="Set it."),
    Refused("127.0.0.1:8080 is a web page, not text-generation-inference", advice="Set endpoint.url."),
    Overloaded("127.0.0.1:8080 has too much to do", advice="Wait.", retry_after_s=1.0),
    Broken("127.0.0.1:8080 doesn't answer in HTTP", advice="Check endpoint.url."),
]


@pytest.mark.parametrize("error", FAULTS, ids=str)
async def test_an_endpoint_that_does_not_say_what_it_is_is_named_and_nothing_is_sent(error: ModelError) -> None:
    model = FakeModel(reply=ANSWER, info=error)
    found = await findings(model)
    fault = next(f for f in found if f.title == "Endpoint")
    assert (fault.ok, fault.detail, fault.cure) == (False, str(error), error.advice)
    assert [f.ok for f in found if f.title == "Completion"] == [None]
    assert not model.prompts
    assert exit_status(found) == 1


@pytest.mark.parametrize("error", FAULTS, ids=str)
async def test_an_endpoint_that_does_not_complete_is_named(error: ModelError) -> None:
    found = await finding("Completion", FakeModel(error=error))
    assert (found.ok, found.detail, found.cure) == (False, str(error), error.advice)


async def test_engine_version_and_model_are_told() -> None:
    found = await findings(FakeModel(reply=ANSWER, info=ModelInfo("tgi", "m", "3.3.5", 4096)))
    told = {f.title: f.detail for f in found}
    assert told["Endpoint"] == "tgi 3.3.5 at http://127.0.0.1:8080"
    assert told["Model"] == "m, 4096 tokens of prompt and answer"
    adapted = ModelInfo("tgi", "m", "3.3.5", 4096, adapter="ours")
    assert "m with the adapter ours, 4096" in (await finding("Model", FakeModel(reply=ANSWER, info=adapted))).detail


async def test_a_family_that_reads_less_needs_less() -> None:
    info = ModelInfo("embedded", "SmolLM2-135M", None, 4096)
    assert (await finding("Model", FakeModel(reply=ANSWER, info=info), context_tokens=32_768)).ok is True


@pytest.mark.parametrize(("context_tokens", "ok"), [(1087, False), (1088, True), (None, True)])
async def test_a_context_smaller_than_the_settings_ask_for_is_a_fault(context_tokens: int | None, ok: bool) -> None:  # noqa: FBT001 - parametrized
    info = dataclasses.replace(INFO, context_tokens=context_tokens)
    assert (await finding("Model", FakeModel(reply=ANSWER, info=info))).ok is ok


@pytest.mark.parametrize(
    ("name", "family", "ok", "told"),
    [
        ("mistralai/Mistral-7B-Instruct-v0.3", "auto", True, "mistral-v3: told by the model's name"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral-v3", True, "mistral-v3, as you set it"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "base", True, "base, as you set it"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "codestral", False, "codestral is another family's"),
        ("mistralai/Codestral-22B-v0.1", "mistral-v3", False, "mistral-v3 is another family's"),
        ("our-own-tune", "codestral", True, "codestral, as you set it"),
        ("our-own-tune", "codstral", False, "there is no prompt file codstral; there are base, chat, codestral"),
    ],
)
async def test_a_family_that_is_not_the_models_is_a_fault(name: str, family: str, ok: bool, told: str) -> None:  # noqa: FBT001 - parametrized
    model = FakeModel(reply=ANSWER, info=dataclasses.replace(INFO, name=name))
    found = await finding("Prompts", model, family=family)
    assert found.ok is ok
    assert told in found.detail
    assert bool(found.cure) is not ok


async def test_the_completion_tells_its_times_and_the_line() -> None:
    found = await finding("Completion")
    assert found.ok is True
    first, second = found.detail.splitlines()
    assert first.startswith("first text after ")
    assert ", 6 characters after " in first
    assert second == "return a + b"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("", "the model answered with nothing"),
        (" \n ", "the model answered with nothing"),
        (" a [/INST]", "the answer holds the control token [/INST]"),
        ("<|im_end|>", "the answer holds the control token <|im_end|>"),
        ("x" * 10_000, "the answer goes on beyond the 32 tokens that were asked for"),
    ],
)
async def test_an_answer_that_cannot_be_right_is_a_fault(reply: str, told: str) -> None:
    found = await finding("Completion", FakeModel(reply=reply))
    assert (found.ok, found.detail) == (False, told)
    assert found.cure


async def test_an_endless_answer_is_hung_up_on() -> None:
    model = FakeModel(reply="x" * 10_000)
    await findings(model)
    assert model.hung_up == 1
    assert len(model.sent) == trial.MAX_CHARS + 1


async def test_an_answer_beyond_the_deadline_is_a_fault() -> None:
    found = await finding("Completion", deadline_s=0.0)
    assert found.ok is False
    assert "completion.deadline_ms is 0" in found.detail


async def test_a_slow_first_token_is_remarked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SLOW_S", 0.0)
    found = await finding("Completion")
    assert found.ok is None
    assert "Typing rarely pauses" in found.cure


async def test_an_answer_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LIMIT_S", 0.01)
    model = FakeModel(reply=ANSWER, delay=3600)
    found = await finding("Completion", model)
    assert found.ok is False
    assert found.detail.startswith("not complete after")
    assert model.hung_up == 1


async def test_an_answer_that_would_not_be_shown_says_why() -> None:
    found = await finding("Completion", FakeModel(reply=" a\u202e + b"))
    assert found.ok is None
    assert "not shown: the answer held control or invisible characters" in found.detail


async def test_an_answer_that_does_not_go_on_from_the_cursor_says_so() -> None:
    found = await finding("Completion", FakeModel(reply=", b, c"))
    assert found.ok is None
    assert "did not begin with what was already typed" in found.detail


async def test_the_model_for_questions_is_measured_too() -> None:
    async def more(_model: Model, info: ModelInfo) -> AsyncIterator[Finding]:
        yield Finding("Speed", ok=True, detail=info.name)

    chat = FakeModel(reply=ANSWER, info=dataclasses.replace(INFO, name="for-questions"))
    found = [
        one
        async for one in examine(
            CASE, FakeModel(reply=ANSWER), library(), lambda: GRAMMARS, chat=Chat(chat, more), more=more
        )
    ]
    assert [(one.title, one.detail) for one in found if "Speed" in one.title] == [
        ("Chat Speed", "for-questions"),
        ("Speed", INFO.name),
    ]
