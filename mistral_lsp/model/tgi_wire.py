"""The request and the events of text-generation-inference, as types of its own client's package."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mistral_lsp.model.constrained import fields_of
from mistral_lsp.model.engines import TGI
from mistral_lsp.model.http import encodable
from mistral_lsp.model.openai_wire import said_before

if TYPE_CHECKING:
    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.core.structured import Constraint


class Wire(NamedTuple):
    """Two modules of the text-generation package."""

    types: Any
    errors: Any


_LOADING = threading.Lock()  # a module that another thread is still importing is there, but not whole


def load() -> Wire:
    """Import them: 0.1 s the first time, so call it in a thread."""
    with _LOADING:
        return _load()


@cache
def _load() -> Wire:
    errors = _submodule("errors")  # first: the types import it
    return Wire(_submodule("types"), errors)


def body_of(wire: Wire, prompt: Prompt, *, adapter: str = "") -> bytes:
    """The request. What TGI leaves open or has odd defaults for is said."""
    wanted = _Wanted(prompt.max_tokens, prompt.stop, prompt.temperature, prompt.seed, prompt.constraint, adapter)
    # Not the package's Request: that has an error of its own for an empty prompt, and TGI's is the better one.
    inputs, parameters = json.dumps(encodable(prompt.text)), _parameters(wire, wanted)
    return f'{{"inputs": {inputs}, "parameters": {parameters}, "stream": true}}'.encode()


class _Wanted(NamedTuple):
    """What a request says besides its text; from one key to the next it stays."""

    max_tokens: int
    stop: tuple[str, ...]
    temperature: float
    seed: int | None
    constraint: Constraint | None
    adapter: str


@lru_cache(maxsize=8)
def _parameters(wire: Wire, wanted: _Wanted) -> str:
    """As JSON."""
    draws = wanted.temperature > 0
    parameters = wire.types.Parameters(
        do_sample=draws,
        temperature=wanted.temperature if draws else None,  # TGI refuses 0; without it, greedy
        seed=wanted.seed,
        max_new_tokens=max(TGI.fewest_tokens, wanted.max_tokens),  # left out, it would be all that the context holds
        stop=[encodable(stop) for stop in wanted.stop[: TGI.max_stops]],
        return_full_text=False,
        details=True,
        **fields_of(wanted.constraint, TGI),
    )
    made: dict[str, Any] = parameters.model_dump(mode="json", exclude_none=True)
    return json.dumps(made | ({"adapter_id": wanted.adapter} if wanted.adapter else {}))  # the package knows of none


def chat_body_of(prompt: Prompt, *, adapter: str = "") -> bytes:
    """The request for a turn in the model's own template. There is no way to begin the answer for the model."""
    body = {
        "model": adapter or "tgi",  # router/src/lib.rs: any other name is an adapter's
        **said_before(prompt, TGI),
        "max_tokens": max(TGI.fewest_tokens, prompt.max_tokens),
        "temperature": prompt.temperature,  # 0 is greedy here
        "stop": [encodable(stop) for stop in prompt.stop[: TGI.max_stops]],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if own := fields_of(prompt.constraint, TGI):
        body["response_format"] = own["grammar"]
    return json.dumps(body | ({} if prompt.seed is None else {"seed": prompt.seed})).encode()


def chat_event_of(data: str) -> dict[str, Any] | None:
    """One event of a chat; None where it isn't one, but an error perhaps."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("choices"), list) else None


def _submodule(name: str) -> Any:
    """Import a module of text-generation without the package's own `__init__`.

    That one imports two clients and the hub's: 0.2 s more that would hold up the loop, and it fails where a newer
    huggingface-hub is installed beside it.
    """
    full_name = f"text_generation.{name}"
    if full_name in sys.modules:
        return sys.modules[full_name]
    package = importlib.util.find_spec("text_generation")
    folders = (package and package.submodule_search_locations) or []
    spec = importlib.util.spec_from_file_location(full_name, Path(*folders[:1], f"{name}.py"))
    if spec is None or spec.loader is None or package is None:
        return importlib.import_module(full_name)  # raises what is wrong with the installation
    module = sys.modules[full_name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
