"""Sizing: what a model needs of a GPU's memory, and how long a line of completion takes on it. Arithmetic alone.

The tokens of one answer come one by one, and each reads all the weights and the request's cache once: that is
bandwidth. Reading a prompt is two operations for each parameter and token: that is arithmetic. Kernels reach some
80 % of the one and 50 % of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.hardware import BYTES_OF_PARAMETER

if TYPE_CHECKING:
    from mistral_lsp.core.gpus import Gpu

# What an editor asks for, as a rule: most of a prompt is that of the request before it.
PROMPT_TOKENS, CACHED_TOKENS, LINE_TOKENS = 1500, 1480, 12
BANDWIDTH_REACHED, ARITHMETIC_REACHED = 0.8, 0.5
USABLE = 0.9  # of a GPU's memory: what vLLM takes by default
OVERHEAD_GB = 1.5  # the driver's context, graphs and activations


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What sizes follow from."""

    billions: float
    layers: int
    kv_heads: int
    head_dim: int

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of all layers, in half precision."""
        return 2 * self.layers * self.kv_heads * self.head_dim * 2


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model takes of a GPU's memory."""

    weights_gb: float
    context_gb: float  # the cache of one request that is as long as may be
    usable_gb: float

    @property
    def contexts(self) -> int:
        """How many such requests fit at once; 0 where the model doesn't."""
        return max(0, int((self.usable_gb - OVERHEAD_GB - self.weights_gb) / self.context_gb))


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds to a whole line, after a prompt that is known but for its end, and after one that isn't."""

    warm_s: float
    cold_s: float
    tokens_per_s: float  # of one request


def weights_gb(architecture: Architecture, precision: str) -> float:
    """The size of the weights."""
    return architecture.billions * BYTES_OF_PARAMETER[precision]


def fit(architecture: Architecture, precision: str, gpu: Gpu, context_tokens: int) -> Fit:
    """What is left for requests."""
    context_gb = architecture.kv_bytes_per_token * context_tokens / 1e9
    return Fit(weights_gb(architecture, precision), context_gb, gpu.memory_gb * USABLE)


def times(architecture: Architecture, precision: str, gpu: Gpu) -> Times:
    """As a request with the GPU to itself would find it."""
    read_gb = weights_gb(architecture, precision) + architecture.kv_bytes_per_token * PROMPT_TOKENS / 1e9
    token_s = read_gb / (gpu.bandwidth_gb_s * BANDWIDTH_REACHED)
    read_token_s = 2 * architecture.billions / (gpu.tflops * 1e3 * ARITHMETIC_REACHED)
    warm_s = max(token_s, read_token_s * (PROMPT_TOKENS - CACHED_TOKENS)) + (LINE_TOKENS - 1) * token_s
    cold_s = max(token_s, read_token_s * PROMPT_TOKENS) + LINE_TOKENS * token_s
    return Times(warm_s, cold_s, 1 / token_s)
