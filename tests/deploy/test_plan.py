"""What is chosen from a GPU, and what is refused, with the words that the user reads."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_lsp.core.gpus import GPUS
from mistral_lsp.deploy.plan import Plan, Wish, planned
from mistral_lsp.deploy.refusal import Refusal

PAIR = {"certificate": "/tls/cert.pem", "private_key": "/tls/key.pem"}


def plan(target: str = "compose", **about: Any) -> Plan:
    return planned(Wish(target=target, **{"gpu": "a10g", **about}))


def refusal(target: str = "compose", **about: Any) -> str:
    with pytest.raises(Refusal) as caught:
        plan(target, **about)
    return str(caught.value)


@pytest.mark.parametrize(
    ("gpu", "engine", "precision"),
    [
        ("t4", "vllm", "awq"),  # 16 bits don't fit
        ("l4", "vllm", "awq"),  # fp8 would fit, but its bandwidth makes a line wait
        ("a10g", "vllm", "awq"),
        ("rtx4090", "vllm", "fp8"),
        ("v100", "llamacpp", "gguf"),  # too old for the others
        ("a100", "vllm", "fp16"),
        ("h100", "vllm", "fp8"),
        ("cpu-ddr5", "llamacpp", "gguf"),
    ],
)
def test_engine_and_precision_follow_from_the_gpu(gpu: str, engine: str, precision: str) -> None:
    option = plan(gpu=gpu).option
    assert (option.engine.name, option.precision) == (engine, precision)


@pytest.mark.parametrize("gpu", GPUS)
def test_there_is_something_for_every_gpu(gpu: str) -> None:
    assert plan(gpu=gpu).option.fit.contexts >= 1


@pytest.mark.parametrize(
    ("name", "gpu"), [("H100", "h100"), ("A100-80GB", "a100"), ("RTX 4090", "rtx4090"), ("nvidia-l4", "l4")]
)
def test_a_gpu_may_be_called_as_clouds_do(name: str, gpu: str) -> None:
    assert plan(gpu=name).gpu.name == gpu


def test_what_the_user_names_is_kept() -> None:
    option = plan(gpu="a100", engine="tgi", precision="gptq").option
    assert (option.engine.name, option.precision) == ("tgi", "gptq")
    assert plan(gpu="a100", engine="llamacpp").option.precision == "gguf"


def test_an_unknown_gpu_is_refused_with_those_that_are_known_and_taken_with_its_figures() -> None:
    words = refusal(gpu="abacus")
    assert "abacus" in words
    assert "h100" in words
    assert "--gpu-memory-gb" in words
    found = plan(gpu="abacus", gpu_memory_gb=24.0, gpu_bandwidth_gb_s=700.0)
    assert (found.gpu.memory_gb, found.gpu.bandwidth_gb_s, found.gpu.capability) == (24, 700, 8.0)
    assert "--gpu" in refusal(gpu="")
    assert "above 0" in refusal(gpu="abacus", gpu_memory_gb=-1.0)
    assert "above 0" in refusal(gpu="abacus", gpu_memory_gb=float("nan"))


def test_a_model_too_large_for_the_gpu_is_refused_with_the_sum() -> None:
    words = refusal(model="acme/coder-34B", precision="fp16")
    assert "68.0 GB of weights" in words
    assert "24 GB" in words
    assert "context of 8,192" in words
    first, *reasons = refusal(gpu="t4", model="acme/coder-34B").splitlines()
    assert first == "acme/coder-34B can't be served on t4:"
    assert any("68.0 GB of weights" in reason for reason in reasons)
    # The context alone decides here.
    assert plan(gpu="t4", precision="awq", context_tokens=8192).option.precision == "awq"
    assert "context of 32,768" in refusal(gpu="rtx3090", gpu_memory_gb=10.0, precision="awq", context_tokens=32_768)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"gpu": "a100", "precision": "fp8"}, "compute capability 8.9 for fp8; a100 has 8"),
        ({"gpu": "l4", "precision": "fp8", "engine": "tgi"}, "compute capability 9.0"),
        ({"gpu": "v100", "engine": "vllm"}, "compute capability 7.5"),
        ({"precision": "gguf", "engine": "vllm"}, "vLLM doesn't serve gguf"),
        ({"precision": "awq", "engine": "llamacpp"}, "llama.cpp doesn't serve awq; it serves gguf"),
        ({"gpu": "cpu-ddr4", "engine": "vllm"}, "--engine llamacpp --precision gguf"),
        ({"model": "acme/mistral-7b-AWQ", "precision": "fp16"}, "is weights in awq, not fp16"),
        ({"model": "acme/mistral-7b", "precision": "gguf"}, "no weights of acme/mistral-7b in gguf are known"),
        ({"model": "mistralai/Mistral-7B-v0.3", "precision": "awq"}, "no weights of mistralai/Mistral-7B-v0.3 in awq"),
        ({"model": "acme/our-own"}, "--billions"),
        ({"model": "mistralai/Mistral-7B-Instruct-v0.1", "context_tokens": 8192}, "window"),
        ({"context_tokens": 100}, "at least 512"),
        ({"replicas": 0}, "--replicas"),
        ({"model": "a b"}, "a name such as"),
        ({"model": "acme/x; rm -rf 7B"}, "a name such as"),
        ({"model": "/srv/$(id)-7b"}, "letters, digits"),
        ({"name": "../x"}, "--name"),
        ({"revision": "a b"}, "--revision"),
        ({"image": "vllm/vllm-openai"}, "exact version"),
        ({"image": "vllm/vllm-openai:latest"}, "latest"),
        ({"host": "gpu.example.org; x", **PAIR}, "--host"),
        ({"gpu": "cpu-ddr5", "replicas": 2}, "replicas on one processor"),
        ({"gpu": "a\nb", "gpu_memory_gb": 24.0, "gpu_bandwidth_gb_s": 1.0}, "--gpu is a name"),
    ],
)  # fmt: skip
def test_what_can_t_be_is_refused_with_the_reason(about: dict[str, Any], words: str) -> None:
    assert words in refusal(**about)


@pytest.mark.parametrize("target", ["compose", "k8s", "sky"])
def test_a_public_name_without_tls_is_refused(target: str) -> None:
    words = refusal(target, host="gpu.example.org")
    assert "without TLS" in words
    assert "--certificate" in words


def test_a_certificate_is_for_a_name() -> None:
    assert "--host" in refusal(**PAIR)


def test_sky_serve_needs_a_private_network() -> None:
    words = refusal("sky", host="gpu.example.org", **PAIR)
    assert "plain http" in words
    assert "--vpc" in words
    assert plan("sky", host="gpu.example.org", cloud="gcp", vpc="mine", replicas=2, **PAIR).is_public
    assert "SkyServe" in refusal("sky", replicas=2)


def test_a_folder_of_this_machine_is_for_compose_alone() -> None:
    model = "/srv/models/mistral-7b-ours"
    assert plan(model=model, precision="fp16").is_local
    assert "only `deploy compose`" in refusal("k8s", model=model, precision="fp16")


def test_sky_rents_what_it_has_a_name_for() -> None:
    assert "SkyPilot" in refusal("sky", gpu="cpu-ddr5")


def test_only_the_makers_own_weights_need_an_account() -> None:
    assert plan(precision="fp16").needs_hf_token
    assert not plan(precision="awq").uses_hf_token
    assert plan(model="acme/mistral-7b", precision="fp16", has_hf_token=True).uses_hf_token


def test_an_own_image_may_have_a_digest() -> None:
    image = "vllm/vllm-openai@sha256:" + "0" * 64
    assert plan(image=image).image == image
