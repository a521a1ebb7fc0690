"""How the parts are put together, and what stays when the settings change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp import wiring
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model import token_keyring
from mistral_lsp.model.auto import AutoModel
from mistral_lsp.model.base import ModelError, Refused
from mistral_lsp.model.embedded import EmbeddedModel
from mistral_lsp.model.late import LateModel
from mistral_lsp.model.llamacpp import LlamaCppModel
from mistral_lsp.model.openai import OpenAiModel
from mistral_lsp.model.tgi import TgiModel
from mistral_lsp.settings import Completion, Endpoint, Settings
from mistral_lsp.settings.guardrails import Guardrails

if TYPE_CHECKING:
    from pathlib import Path

TGI = Settings(Endpoint(url="http://127.0.0.1:8080"))


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration folder, empty."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "mistral-lsp"


def make(settings: Settings, previous: wiring.Made | None = None) -> wiring.Made:
    return wiring.make_completer(settings, previous, on_fetch=lambda _done, _total: None)


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        (Endpoint(), EmbeddedModel),
        (Endpoint(url="http://127.0.0.1:8080"), AutoModel),
        (Endpoint(kind="tgi", url="http://127.0.0.1:8080"), TgiModel),
        (Endpoint(kind="openai", url="http://127.0.0.1:8080/v1"), OpenAiModel),
        (Endpoint(kind="llamacpp", url="http://127.0.0.1:8080"), LlamaCppModel),
        (Endpoint(kind="embedded", url="http://127.0.0.1:8080"), EmbeddedModel),
    ],
)
async def test_the_model_follows_the_endpoint(endpoint: Endpoint, kind: type) -> None:
    model = make(Settings(endpoint)).completer.model
    assert isinstance(model, kind)
    await model.close()


async def test_an_adapter_is_asked_for_where_there_can_be_one() -> None:
    model = make(Settings(Endpoint(kind="tgi", url="http://127.0.0.1:8080", adapter="ours"))).completer.model
    assert isinstance(model, TgiModel)
    assert model._adapter == "ours"
    await model.close()
    for endpoint in (Endpoint(adapter="ours"), Endpoint(kind="llamacpp", url="http://127.0.0.1:8080", adapter="ours")):
        with pytest.raises(ModelError, match="no adapter") as raised:
            await make(Settings(endpoint)).completer.model.describe()
        assert "endpoint.adapter" in raised.value.advice


async def test_questions_have_a_model_of_their_own_where_the_user_names_one_and_it_stays_while_that_does() -> None:
    same = make(TGI)
    assert same.chat is same.completer.model
    named = Settings(TGI.endpoint, chat=Endpoint(kind="openai", url="http://127.0.0.1:8081"))
    two = make(named, same)
    assert two.completer.model is same.completer.model
    assert isinstance(two.chat, OpenAiModel)
    other = Settings(TGI.endpoint, Completion(max_tokens=9), chat=named.chat)
    assert make(other, two).chat is two.chat
    assert make(TGI, two).chat is two.completer.model
    await two.close()


async def test_a_token_of_the_keyring_is_read_late_and_only_where_there_is_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def reading(name: str) -> str:
        read.append(name)
        raise Refused("locked", advice="Unlock it.")

    monkeypatch.setattr(token_keyring, "read", reading)
    endpoint = Endpoint(kind="tgi", url="http://127.0.0.1:8080", token_keyring="gpu", token_env="GPU_TOKEN")
    model = make(Settings(endpoint)).completer.model
    assert isinstance(model, LateModel)
    await model.warm_up()
    assert read == []
    with pytest.raises(Refused, match="locked"):
        await model.describe()
    assert read == ["gpu"]
    await model.close()
    monkeypatch.setenv("GPU_TOKEN", "hf_other")
    other = make(Settings(endpoint)).completer.model
    assert isinstance(other, TgiModel)
    await other.close()


async def test_rows_of_the_user_say_which_prompts_fit_a_model_and_a_wrong_one_is_named() -> None:
    rows = ("qwen coder = base", "qwen = nowhere", "nonsense\x1b")
    made = make(Settings(Endpoint(url="http://127.0.0.1:8080", families=rows)))
    assert made.prompts.family_of("Qwen/Qwen2.5-Coder-7B") == "base"
    assert made.prompts.family_of("Qwen/Qwen3-8B") == "chat"
    assert [problem.partition(" is ignored")[0] for problem in made.problems] == [
        'endpoint.families: "qwen = nowhere"',
        'endpoint.families: "nonsense\\x1b"',
    ]
    await made.completer.model.close()


async def test_tgi_without_an_address_says_so_when_it_is_asked() -> None:
    model = make(Settings(Endpoint(kind="tgi"))).completer.model
    await model.warm_up()
    with pytest.raises(ModelError) as raised:
        await anext(model.stream(Prompt("x", 1)))
    assert raised.value.advice
    with pytest.raises(ModelError):
        await model.describe()
    await model.close()


async def test_other_completion_settings_keep_the_model_and_the_trees() -> None:
    first = make(TGI)
    second = make(Settings(TGI.endpoint, Completion(max_tokens=7)), first)
    assert second.completer is not first.completer
    assert second.completer.model is first.completer.model
    assert second.completer.syntax is first.completer.syntax
    await first.completer.model.close()


async def test_another_endpoint_is_another_model() -> None:
    first = make(TGI)
    second = make(Settings(Endpoint(url="http://127.0.0.1:8081")), first)
    assert second.completer.model is not first.completer.model
    assert second.completer.syntax is first.completer.syntax
    await first.completer.model.close()
    await second.completer.model.close()


def test_an_unknown_family_is_told_with_the_known_ones() -> None:
    [problem] = make(Settings(Endpoint(family="mistral-v9"))).problems
    assert "mistral-v9" in problem
    assert "mistral-v3" in problem


def test_a_broken_prompt_file_is_told_and_the_built_in_one_used(config: Path) -> None:
    folder = config / "prompts" / "completion"
    folder.mkdir(parents=True)
    (folder / "base.j2").write_text("{% if %}")
    made = make(TGI)
    assert "base.j2:1" in made.problems[0]
    assert "base" in made.prompts.families


async def test_the_doctor_hears_of_no_token_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from mistral_lsp.features.report import render
    from mistral_lsp.settings import Source, resolve

    monkeypatch.setenv("MISTRAL_LSP_TOKEN", "hf_aVerySecretToken")
    resolved = resolve([Source("test", {"endpoint": {"url": "http://127.0.0.1:9"}})])
    made = make(resolved.settings)
    findings = [finding async for finding in wiring.examine(resolved, made)]
    assert "hf_aVerySecretToken" not in render(findings, colour=False)
    await made.completer.model.close()


async def test_guardrails_that_say_nothing_are_told_of() -> None:
    made = make(Settings(TGI.endpoint, guardrails=Guardrails(mode="custom")))
    assert made.problems == (
        'guardrails.mode = "custom" does nothing: guardrails.prompt has to say what stands before questions.',
    )
    await made.close()
    made = make(Settings(TGI.endpoint, guardrails=Guardrails(mode="custom", prompt="Be kind.")))
    assert made.problems == ()
    await made.close()
