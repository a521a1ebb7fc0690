"""Constrained: how each engine is told to hold an answer to a schema or to a choice. Its form is data in `engines`.

Sources: vLLM's docs/features/structured_outputs.md; OpenAI's response_format; llama.cpp's tools/server/README.md and
grammars/README.md; text-generation-inference's docs/source/basic_tutorials/using_guidance.md.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mistral_lsp.model.engines import Constrains

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mistral_lsp.core.structured import Constraint
    from mistral_lsp.model.engines import Engine


def fields_of(constraint: Constraint | None, engine: Engine) -> dict[str, Any]:
    """What a request's body has for a prompt's constraint; nothing where it has none, or the engine knows of none."""
    if constraint is None or engine.constrains is None:
        return {}
    return _FORMS[engine.constrains](constraint)


def _structured_outputs(constraint: Constraint) -> dict[str, Any]:
    if constraint.choices:
        return {"structured_outputs": {"choice": list(constraint.choices)}}
    return {"structured_outputs": {"json": json.loads(constraint.schema)}}


def _response_format(constraint: Constraint) -> dict[str, Any]:
    chosen = {"type": "string", "enum": list(constraint.choices)}
    schema = chosen if constraint.choices else json.loads(constraint.schema)
    return {
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
    }


def _llama_cpp(constraint: Constraint) -> dict[str, Any]:
    if constraint.choices:
        return {"grammar": "root ::= " + " | ".join(f'"{choice}"' for choice in constraint.choices)}
    return {"json_schema": json.loads(constraint.schema)}


def _tgi(constraint: Constraint) -> dict[str, Any]:
    """For `/generate_stream`; a chat calls the same response_format."""
    if constraint.choices:
        return {"grammar": {"type": "regex", "value": "(" + "|".join(map(re.escape, constraint.choices)) + ")"}}
    schema = json.loads(constraint.schema)
    # router/src/validation.rs refuses a schema without: such a one is in the prompt's words alone.
    return {"grammar": {"type": "json", "value": schema}} if "properties" in schema else {}


_FORMS: Mapping[Constrains, Callable[[Constraint], dict[str, Any]]] = {
    Constrains.STRUCTURED_OUTPUTS: _structured_outputs,
    Constrains.RESPONSE_FORMAT: _response_format,
    Constrains.LLAMA_CPP: _llama_cpp,
    Constrains.TGI: _tgi,
}
