"""Which engine is asked, and what is said where there is none."""

from __future__ import annotations

import pytest
from support import real_engine


def test_llama_cpp_is_asked_where_nobody_names_another() -> None:
    assert real_engine.wanted({}) == "llamacpp"
    assert real_engine.wanted({"REAL_ENGINE": "vllm", "VLLM_URL": "http://127.0.0.1:8000"}) == "vllm"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"REAL_ENGINE": "vllm"}, "VLLM_URL=http://localhost:8000"),
        ({"REAL_ENGINE": "vllm", "VLLM_URL": ""}, "pip install vllm"),
        ({"REAL_ENGINE": "tgi", "VLLM_URL": "http://a.example"}, "TGI_URL=http://localhost:8080"),
        ({"REAL_ENGINE": "magic"}, "it must be llamacpp, vllm or tgi"),
    ],
)
def test_what_is_needed_is_said(environ: dict[str, str], told: str) -> None:
    with pytest.raises(LookupError) as caught:
        real_engine.wanted(environ)
    assert told in caught.value.args[0]
