"""What lsprotocol's converter gets wrong on real input, put right.

- Its enumerations are closed: one value that a newer client knows (`trace: "compact"` is vscode-languageclient 11's)
  makes the whole message unreadable, `initialize` included. Here an unknown value stays the plain value it is.
- LSP 3.18 lets `Diagnostic.message` be markup, of which lsprotocol 2025.0.0 makes `str(dict)`.
- A position past 2**31 - 1 ("to the end", as some clients say it) is refused, and the edit is lost.
- One odd client capability makes `initialize` fail. Here it counts as not given. Reading them without generating
  code for a hundred classes that are used once also answers `initialize` about 30 ms sooner.
- LSP has no word for what is selected where ghost text is asked for. Plugins of ours say it as the context's
  `selection`, a Range.
"""

from __future__ import annotations

import enum
import logging
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, override
from lsprotocol import converters, types
from pygls import uris

log = logging.getLogger(__name__)

_MAX_UINTEGER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Json:
    """A result that is JSON already: what comes with each key needn't go through the converter."""

    value: Any


class SelectingContext(types.InlineCompletionContext):
    """The context of a request that is made while text is selected."""


def tolerant_converter() -> cattrs.Converter:
    """A converter for LSP messages; for `LanguageServer(converter_factory=...)`."""
    converter = converters.get_converter(cattrs.Converter(detailed_validation=False))
    # Exact classes: cattrs finds these before its hooks for str and int, which the enumerations derive from.
    for kind in vars(types).values():
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            converter.register_structure_hook(kind, _known_or_plain)
            converter.register_unstructure_hook(kind, _plain)
    converter.register_structure_hook(types.Position, _position)
    converter.register_structure_hook(types.ClientCapabilities, lambda raw, cls: _capabilities(converter, raw, cls))
    converter.register_structure_hook_factory(lambda cls: cls is types.Diagnostic, lambda _: _diagnostics(converter))
    context = types.InlineCompletionContext
    converter.register_structure_hook_factory(lambda cls: cls is context, lambda _: _contexts(converter))
    return converter


def forget_unreadable_roots(params: types.InitializeParams) -> None:
    """Drop a root that pygls' Workspace can't take apart and would fail `initialize` with."""
    for name, take_apart in (("root_uri", uris.to_fs_path), ("root_path", uris.from_fs_path)):
        root = getattr(params, name)
        try:
            if root is not None:
                take_apart(root)
        except ValueError:
            log.warning("the client's %s is none", name)
            setattr(params, name, None)


def _known_or_plain(raw: Any, kind: type[enum.Enum]) -> Any:
    try:
        return kind(raw)
    except ValueError:
        return raw


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value


def _position(raw: Any, _: type) -> types.Position:
    line, character = int(raw["line"]), int(raw["character"])
    return types.Position(min(line, _MAX_UINTEGER), min(character, _MAX_UINTEGER))


def _diagnostics(converter: cattrs.Converter) -> Any:
    return make_dict_structure_fn(
        types.Diagnostic,
        converter,
        message=override(struct_hook=_text),
        code_description=override(rename="codeDescription"),
        related_information=override(rename="relatedInformation"),
    )


def _contexts(converter: cattrs.Converter) -> Any:
    read = make_dict_structure_fn(
        types.InlineCompletionContext,
        converter,
        trigger_kind=override(rename="triggerKind"),
        selected_completion_info=override(rename="selectedCompletionInfo"),
    )

    def structure(raw: Any, cls: Any) -> types.InlineCompletionContext:
        context: types.InlineCompletionContext = read(raw, cls)
        selection = raw.get("selection")
        if not isinstance(selection, dict) or selection.get("start") == selection.get("end"):
            return context
        return SelectingContext(context.trigger_kind, context.selected_completion_info)

    return structure


def _text(raw: Any, _: type) -> str:
    """The text of a string or of MarkupContent."""
    return str(raw["value"]) if isinstance(raw, dict) else str(raw)


def _capabilities(converter: cattrs.Converter, raw: Any, cls: Any) -> Any:
    """Read one object of the capabilities, each field by itself; what can't be read is None."""
    made = cls.__new__(cls)
    for name, key, kind in _fields(cls):
        value = raw.get(key)
        try:
            if value is not None and attrs.has(kind):
                value = _capabilities(converter, value, kind)
            elif value is not None:
                value = converter.structure(value, kind)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one capability, the others count
            log.info("client capability %s.%s ignored: %s", cls.__name__, key, type(error).__name__)
            value = None
        object.__setattr__(made, name, value)  # without the validators, which a missing field would not pass
    return made


@cache
def _fields(cls: type) -> list[tuple[str, str, Any]]:
    """Attribute, JSON key and type without its Optional, of each field."""
    return [(field.name, _camel_case(field.name), _required(field.type)) for field in attrs.fields(cls)]


def _camel_case(name: str) -> str:
    first, *rest = name.removesuffix("_").split("_")
    return first + "".join(map(str.title, rest))


def _required(kind: Any) -> Any:
    """X for Optional[X]; any other type as it is."""
    inner = [arg for arg in typing.get_args(kind) if arg is not type(None)]
    return inner[0] if typing.get_origin(kind) is typing.Union and len(inner) == 1 else kind
