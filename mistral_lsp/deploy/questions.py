"""Questions: what an engine is asked on the routes that the proxy lets through, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Of one engine."""

    completion: str  # the path that streams
    bodies: dict[str, dict[str, Any]]  # one for each path that takes a POST, small and harmless
    needs_model: tuple[str, ...] = ()  # ... those that have to name the model
    prompt: str = "prompt"  # the key of a completion's
    limit: tuple[str, ...] = ("max_tokens",)  # the keys of the number of its tokens
    leaves_prompts: bool = False  # half read, when nobody waits for them any more

    def bodies_for(self, model: str) -> dict[str, dict[str, Any]]:
        """With the model's name where it is needed."""
        return {
            path: body | ({"model": model} if path in self.needs_model else {}) for path, body in self.bodies.items()
        }


_TURNS = {"messages": [{"role": "user", "content": "Hello"}]}
_CHAT = "/v1/chat/completions"
QUESTIONS = {
    "vllm": Questions(
        completion="/v1/completions",
        bodies={
            "/v1/completions": {"prompt": "a", "max_tokens": 1, "stream": True},
            _CHAT: {**_TURNS, "max_tokens": 1, "stream": True},
            "/tokenize": {"prompt": "a"},
        },
        needs_model=("/v1/completions", _CHAT, "/tokenize"),
    ),
    "tgi": Questions(
        completion="/generate_stream",
        bodies={
            "/generate_stream": {"inputs": "a", "parameters": {"max_new_tokens": 1}},
            _CHAT: {**_TURNS, "max_tokens": 1, "stream": True},
            "/chat_tokenize": _TURNS,
        },
        prompt="inputs",
        limit=("parameters", "max_new_tokens"),
    ),
    "llamacpp": Questions(
        completion="/completion",
        # With its progress told, a hang-up is noticed between two batches of a prompt.
        bodies={
            "/completion": {"prompt": "a", "n_predict": 1, "stream": True, "return_progress": True},
            _CHAT: {**_TURNS, "max_tokens": 1, "stream": True},
        },
        limit=("n_predict",),
        leaves_prompts=True,
    ),
}
