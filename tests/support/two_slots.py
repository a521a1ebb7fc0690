"""The embedded engine's process with two slots, as a server that several people share has them."""

from __future__ import annotations

from typing import Any

from mistral_lsp.model import engine

_one_slot = engine._parameters


def _parameters(xllamacpp: Any, wanted: dict[str, Any]) -> Any:
    parameters = _one_slot(xllamacpp, wanted)
    parameters.n_parallel = 2
    parameters.slot_prompt_similarity = 0.0  # nobody is given a slot for what is in it
    return parameters


if __name__ == "__main__":
    engine._parameters = _parameters
    raise SystemExit(engine.main())
