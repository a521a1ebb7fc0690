"""Hardware: how quickly a GPU can at best write with a model, so that a measured rate has something to be held to.

One request's tokens come one by one, and for each all weights are read once: memory bandwidth over the weights' size.
Bandwidths are those of `gpus`; sizes are a parameter's, measured on Mistral 7B's files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mistral_lsp.core.gpus import GPUS

BANDWIDTH_GB_S = {name: gpu.bandwidth_gb_s for name, gpu in GPUS.items()}
BYTES_OF_PARAMETER = {
    "fp16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
    "awq": 0.573,
    "gptq": 0.573,
    "q4": 0.603,
    "q8": 1.063,
    "gguf": 0.603,
}

_BILLIONS = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,2})?)[bB](?![a-zA-Z])")
_MILLIONS = re.compile(r"(?<![\w.])(\d{2,3})[mM](?![a-zA-Z])")
_EXPERTS = re.compile(r"\d+x\d+(?:\.\d+)?b", re.IGNORECASE)  # only some of them are read for a token


@dataclass(frozen=True, slots=True)
class Limit:
    """What memory allows."""

    tokens_per_s: float
    about: str  # what it was reckoned from


def limit_of(model_name: str, gpu: str, precision: str) -> Limit | None:
    """The most tokens a second for one request; None where the model's name doesn't tell its size.

    Raises KeyError for a GPU or a precision that isn't in the tables.
    """
    bandwidth, size = BANDWIDTH_GB_S[gpu], BYTES_OF_PARAMETER[precision]
    billions = billions_of(model_name)
    if billions is None:
        return None
    weights_gb = billions * size
    about = f"{bandwidth:,} GB/s over {weights_gb:.1f} GB of {precision} weights"
    return Limit(bandwidth / weights_gb, about)


def billions_of(model_name: str) -> float | None:
    """How many billions of parameters a model has, by its name: "Mistral-7B-Instruct-v0.3", "SmolLM2-135M"."""
    if _EXPERTS.search(model_name):
        return None
    if found := _BILLIONS.search(model_name.replace("_", "-")):
        billions = float(found[1])
        return 7.25 if "mistral" in model_name.lower() and billions == 7 else billions
    found = _MILLIONS.search(model_name.replace("_", "-"))
    return int(found[1]) / 1000 if found else None
