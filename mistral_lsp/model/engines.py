"""Engines: what each can do, as data. No code guesses it from a name.

Sources: text-generation-inference 3.3's router; vLLM's docs/serving/openai_compatible_server and docs/design/
prefix_caching.md; llama.cpp's tools/server/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Constrains(Enum):
    """The form in which an engine is told to hold an answer to a schema or to a choice: see `constrained`."""

    STRUCTURED_OUTPUTS = "vLLM's structured_outputs"
    RESPONSE_FORMAT = "OpenAI's response_format"
    LLAMA_CPP = "llama.cpp's json_schema and grammar"
    TGI = "TGI's grammar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What an engine takes and tells, beyond text for a prompt."""

    title: str  # as its makers write it
    odds: bool = False  # it says how likely each token was, where it is asked
    begins_with: bool = False  # it can be held to begin its answer with a text, at no cost worth counting
    constrains: Constrains | None = None
    cache_salt: bool = False  # it keeps the prefix caches of different salts apart
    cache_report: bool = False  # it says how much of a prompt it still had
    usage_in_stream: bool = True  # it can be asked to count in a stream's last event
    prefills: bool = False  # it goes on from an answer that was begun for it, in the model's chat template
    continues: bool = False  # where it has to be told to
    max_stops: int = 4  # stop strings of one request
    fewest_tokens: int = 1  # of an answer; 0: it may be asked to read a prompt into its cache and no more
    reads_ahead: bool = True  # it may be asked to, at no cost but its time


TGI = Engine(title="text-generation-inference", constrains=Constrains.TGI, odds=True)
# A regular expression would hold it to a beginning, but it is compiled anew for each: slower than what it saves.
VLLM = Engine(
    title="vLLM",
    odds=True,
    constrains=Constrains.STRUCTURED_OUTPUTS,
    cache_salt=True,
    cache_report=True,
    prefills=True,
    continues=True,
)
LLAMA_CPP = Engine(
    title="llama.cpp",
    odds=True,
    constrains=Constrains.LLAMA_CPP,
    begins_with=True,
    cache_report=True,
    prefills=True,
    max_stops=64,
    fewest_tokens=0,
)
SGLANG = Engine(title="SGLang", constrains=Constrains.RESPONSE_FORMAT, prefills=True, continues=True)
OLLAMA = Engine(title="Ollama", constrains=Constrains.RESPONSE_FORMAT)
# It may bill for each token, and refuse a field that it doesn't know.
ANY = Engine(title="an OpenAI-compatible server", reads_ahead=False)

# By what `/v1/models` names as a model's owner.
BY_OWNER = {"vllm": VLLM, "llamacpp": LLAMA_CPP, "sglang": SGLANG, "library": OLLAMA}
