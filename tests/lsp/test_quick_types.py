from __future__ import annotations

import importlib
import inspect
import sys
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from mistral_lsp.lsp.quick_types import import_types

if TYPE_CHECKING:
    from types import ModuleType

TYPES = "lsprotocol.types"


def imported_anew(monkeypatch: pytest.MonkeyPatch, *, quickly: bool) -> ModuleType:
    monkeypatch.delitem(sys.modules, TYPES, raising=False)
    if quickly:
        import_types()
    else:
        importlib.import_module(TYPES)
    return sys.modules[TYPES]


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    return imported_anew(monkeypatch, quickly=True), imported_anew(monkeypatch, quickly=False)


def classes(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if isinstance(value, type) and attrs.has(value)}


def test_each_class_has_the_fields_and_methods_that_attrs_gives_it(modules: tuple[ModuleType, ModuleType]) -> None:
    quick, ordinary = map(classes, modules)
    assert len(ordinary) > 500
    assert quick.keys() == ordinary.keys()
    for name, cls in ordinary.items():
        assert vars(quick[name]).keys() >= vars(cls).keys() - {"__ne__"}, name  # object's does the same
        assert quick[name].__slots__ == cls.__slots__
        assert quick[name].__hash__ is cls.__hash__ is None or quick[name].__hash__ is not None
        assert [repr(field) for field in attrs.fields(quick[name])] == [repr(field) for field in attrs.fields(cls)]


def test_each_class_makes_compares_and_shows_the_same_objects(modules: tuple[ModuleType, ModuleType]) -> None:
    quick, ordinary = map(classes, modules)
    for name, cls in ordinary.items():
        if cls in {modules[1].Position, modules[1].Range, modules[1].Location}:
            continue  # they have methods of their own
        fields = [field.name for field in attrs.fields(cls)]
        made = [c.__new__(c) for c in (quick[name], quick[name], cls)]
        for one in made:
            for field in fields:
                object.__setattr__(one, field, field)
        assert made[0] == made[1]
        assert (made[0] == made[2], made[0] != made[2]) == (False, True)
        assert repr(made[0]) == repr(made[2])
        if fields:
            object.__setattr__(made[1], fields[-1], "other")
            assert made[0] != made[1]


def test_the_real_methods_take_the_place_of_the_stand_ins(modules: tuple[ModuleType, ModuleType]) -> None:
    quick, ordinary = modules
    hover = quick.Hover("text", quick.Range(quick.Position(0, 1), quick.Position(2, 3)))
    assert repr(hover) == "Hover(contents='text', range=0:1-2:3)"
    assert inspect.signature(quick.Hover.__init__).parameters.keys() == {"self", "contents", "range"}
    assert inspect.getsource(quick.Hover.__init__) == inspect.getsource(ordinary.Hover.__init__)
    with pytest.raises(TypeError):
        quick.Hover()
    with pytest.raises(ValueError, match="line"):
        quick.Position(-1, 0)


def test_another_attrs_gets_the_ordinary_import(monkeypatch: pytest.MonkeyPatch) -> None:
    builder: Any = importlib.import_module("attr._make")._ClassBuilder
    monkeypatch.setattr(
        "mistral_lsp.lsp.quick_types._REPLACED", ("add_init", "add_eq", "add_repr", "not_in_this_attrs")
    )
    before = dict(vars(builder))
    types = imported_anew(monkeypatch, quickly=True)
    assert dict(vars(builder)) == before
    assert "stand_in" not in repr(types.Hover.__init__.__code__)


def test_a_broken_stand_in_is_noticed_and_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mistral_lsp.lsp.quick_types._leave_stand_in", lambda *_: lambda builder, *__: builder)
    types = imported_anew(monkeypatch, quickly=True)
    assert types.CancelParams(id=1) == types.CancelParams(1)


def test_what_is_imported_already_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    marker: Any = object()
    monkeypatch.setitem(sys.modules, TYPES, marker)
    import_types()
    assert sys.modules[TYPES] is marker
