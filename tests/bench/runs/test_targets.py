"""Endpoints as a user names them, and what is wrong with some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mistral_lsp.bench.runs.targets import opened, parse_target
from mistral_lsp.commands.problem import Problem
from mistral_lsp.core.prompt import Prompt


@pytest.mark.parametrize(
    ("text", "name", "settings"),
    [
        ("embedded", "embedded", {"kind": "embedded"}),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", {"url": "http://127.0.0.1:8080"}),
        ("a10g=https://gpu.example/v1,kind=openai,model=m", "a10g", {"kind": "openai", "model": "m"}),
        ("small=m.gguf", "m.gguf", None),
        ("small=./m.gguf", "small", {"kind": "embedded", "model": str(Path("m.gguf").absolute())}),
        ("stand-in", "stand-in", {"kind": "tgi"}),
    ],
)
def test_an_endpoint_is_read(text: str, name: str, settings: dict[str, Any] | None) -> None:
    if settings is None:
        assert parse_target(text).endpoint["model"].endswith("small=m.gguf")
        return
    target = parse_target(text)
    assert target.name == name
    assert settings.items() <= target.endpoint.items()


def test_how_it_is_reached_is_read() -> None:
    told = parse_target("https://host,ca_file=own.pem,timeout_s=5,allow_http=true,adapter=mine").endpoint
    assert told["ca_file"] == str(Path("own.pem").absolute())
    assert (told["timeout_s"], told["allow_http"], told["adapter"]) == (5, True, "mine")


def test_what_it_runs_on_is_read() -> None:
    target = parse_target("embedded,gpu=a10g,precision=awq")
    assert (target.gpu, target.precision) == ("a10g", "awq")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("embedded,gpu=a1000", "no gpu 'a1000' is known; those are: t4, l4, a10g"),
        ("embedded,precision=fp3", "no precision 'fp3' is known; those are: fp16"),
        ("embedded,speed=9", "there is no 'speed'"),
        ("stand-in,profile=abacus", "no profile 'abacus' is known"),
        ("stand-in,admits=0", "admits=0: it must be a number of requests, from 1"),
        ("stand-in,admits=lots", "admits=lots: it must be"),
        ("stand-in,kind=embedded", "a stand-in speaks tgi, openai, llamacpp"),
        ("http://host,admits=3", "admits= is of a stand-in, and 'http://host' is none"),
        ("ftp://host", '--endpoint: url = "ftp://host" isn\'t fit: it must be an http:// or'),
        ("http://me:secret@host", "--endpoint: url .*isn't fit: it must be"),
        ("http://host,kind=gpt", "--endpoint: kind = .*isn't fit: it must be one of"),
        ("http://host,timeout_s=soon", "--endpoint: timeout_s = .*isn't fit: it must be"),
    ],
)
def test_what_is_wrong_is_told_with_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(Problem, match=said) as caught:
        parse_target(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("tgi", "mistralai/Mistral-7B-Instruct-v0.3"),
        ("openai", "mistralai/Mistral-7B-Instruct-v0.3"),
        ("llamacpp", "Mistral-7B-Instruct-v0.3"),
    ],
)
async def test_the_stand_in_answers(kind: str, name: str) -> None:
    async with opened(parse_target(f"stand-in,profile=h100-fp8,kind={kind}")) as (model, endpoint):
        assert endpoint.url.startswith("http://127.0.0.1:")
        assert (await model.describe()).name == name
        assert "".join([text async for text in model.stream(Prompt("", 64, user="What?"))])
