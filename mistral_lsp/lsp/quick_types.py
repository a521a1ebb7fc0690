"""Import `lsprotocol.types` in a third of its time and half its memory.

The module defines 554 attrs classes, and attrs compiles `__init__`, `__eq__` and `__repr__` of each while it's
imported; a session uses about a hundred of them. Here attrs leaves a stand-in for each method, which has attrs build
the real one when it's first called. Classes, fields, equality, hashing and repr are what they always are.

Private names of attrs (24.3 to 26.1) that this leans on: `attr._make._ClassBuilder` with `add_init`, `add_eq`,
`add_repr`, `_eval_snippets`, `_script_snippets`, `_cls_dict` and `_add_method_dunders`. Where one of them is missing,
or the import fails, lsprotocol is imported the ordinary way.
"""

from __future__ import annotations

import gc
import importlib
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TYPES = "lsprotocol.types"
_LATER = {"add_init": "__init__", "add_eq": "__eq__", "add_repr": "__repr__"}
_REPLACED = (*_LATER, "_eval_snippets")
_BUILDING = threading.RLock()


def import_types() -> None:
    """Import `lsprotocol.types`; nothing happens where it's already imported."""
    if _TYPES in sys.modules:
        return
    try:
        builder = importlib.import_module("attr._make")._ClassBuilder  # noqa: SLF001 - see the module's docstring
        with _methods_built_later(builder):
            types = importlib.import_module(_TYPES)
        _try_out(types.CancelParams)
    except Exception:  # noqa: BLE001 - another attrs: whatever it says, the ordinary way is still there
        sys.modules.pop(_TYPES, None)
        importlib.import_module(_TYPES)


def _try_out(cls: Any) -> None:
    """Raise where a method isn't built after all."""
    if cls(id=1) != cls(1) or cls(1) == cls(2) or repr(cls(1)) != f"{cls.__name__}(id=1)":
        raise NotImplementedError


@contextmanager
def _methods_built_later(builder: Any) -> Iterator[None]:
    """Have attrs leave stand-ins, and the collector rest while thousands of lasting objects are made."""
    ordinary = {name: getattr(builder, name) for name in _REPLACED}
    collecting = gc.isenabled()
    gc.disable()
    try:
        for add, method in _LATER.items():
            setattr(builder, add, _leave_stand_in(method, ordinary[add]))
        builder._eval_snippets = _nothing_to_evaluate  # noqa: SLF001
        yield
    finally:
        for name, function in ordinary.items():
            setattr(builder, name, function)
        gc.freeze()  # types live as long as the process: no collection needs to look at them again
        if collecting:
            gc.enable()


def _leave_stand_in(method: str, add: Callable[..., Any]) -> Callable[..., Any]:
    """An `add_*` of attrs' class builder that does its work when `method` is first called."""

    def add_later(builder: Any, *args: Any) -> Any:
        def stand_in(self: Any, /, *values: Any, **named: Any) -> Any:
            owner = next(cls for cls in type(self).__mro__ if method in cls.__dict__)
            with _BUILDING:
                if owner.__dict__[method] is stand_in:
                    add(builder, *args)
                    builder._eval_snippets()  # noqa: SLF001
                    builder._script_snippets.clear()  # noqa: SLF001
                    setattr(owner, method, builder._cls_dict[method])  # noqa: SLF001
            return owner.__dict__[method](self, *values, **named)

        builder._cls_dict[method] = builder._add_method_dunders(stand_in)  # noqa: SLF001
        return builder

    return add_later


def _nothing_to_evaluate(builder: Any) -> None:
    """Stand in for `_eval_snippets` where each method is a stand-in; anything else fails the import."""
    if builder._script_snippets:  # noqa: SLF001
        raise NotImplementedError
