"""Definition, Import and Outline: what is known of a file without its text."""

from __future__ import annotations

from dataclasses import dataclass

ALL = "*"  # in place of a name: everything that the module defines
MODULE = ""  # in place of what a name is called in its module: the name is the module itself

HOLDERS = frozenset({"class", "interface", "module"})  # the kinds whose members are definitions too


@dataclass(frozen=True, slots=True)
class Definition:
    """Something with a name, and the text that a reader needs to use it. Lines count from 0; the last is included."""

    name: str
    kind: str  # function, method, class, interface, module, struct, enum, type, constant, variable, field, macro
    signature: str
    line: int
    end_line: int
    container: str = ""  # the class or module around it, or the type that it's a method of


@dataclass(frozen=True, slots=True)
class Imported:
    """A name as this file says it, and as the module says it where it's defined: ALL, MODULE or a name."""

    name: str
    original: str


@dataclass(frozen=True, slots=True)
class Import:
    """One module that a file names, as written: relative ones keep their dots."""

    module: str
    names: tuple[Imported, ...]
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file imports and defines, in the order of its lines."""

    language: str = ""  # a Language's name
    imports: tuple[Import, ...] = ()
    definitions: tuple[Definition, ...] = ()
