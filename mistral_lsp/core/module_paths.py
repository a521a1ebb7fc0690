"""Module paths: where the file of an imported module may stand, by the habits of each language."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from mistral_lsp.core.definition import ALL, MODULE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MAX_PARTS = 12  # of a module's name, from its end

_SCRIPT_ENDS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".d.ts", ".mts", ".cts", ".vue", ".svelte")
_ENDS = {"java": (".java", ".kt"), "kotlin": (".kt", ".java"), "scala": (".scala", ".java")}


@dataclass(frozen=True, slots=True)
class Places:
    """Candidates, the likeliest first: exact paths, then path ends, then folders that hold the module's files."""

    paths: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


def places_of(language: str, path: str, module: str, name: str) -> Places:
    """Where a file at a path would find a name of a module; the name may be ALL or MODULE."""
    places = _PLACES.get(language)
    return places(path, module.strip(), "" if name in {ALL, MODULE} else name) if places and module else Places()


def python_module(path: str) -> str:
    """What a Python file is imported as, by its path from the project's top; a folder "src" is no package."""
    parts = path.removeprefix("src/").removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


def _python(path: str, module: str, name: str) -> Places:
    rest = module.lstrip(".")
    dots = len(module) - len(rest)
    parts = _parts(rest, ".")
    stems = ["/".join(parts)] if parts else []
    if name:
        stems.append("/".join([*parts, name]))
    files = [f"{stem}{end}" for stem, end in product(stems, (".py", "/__init__.py", ".pyi", "/__init__.pyi"))]
    if not dots:
        return Places(suffixes=tuple(files))
    base = _up(path, dots - 1)
    if base is None:
        return Places()
    if not parts:
        files.append("__init__.py")
    return Places(paths=tuple(_joined(base, file) for file in files))


def _script(path: str, module: str, _name: str) -> Places:
    module = module.partition("?")[0]
    stem, end = posixpath.splitext(module)
    stems = [stem, module] if end in {".js", ".jsx", ".mjs", ".cjs"} else [module]
    files = [f"{one}{end}" for one in stems for end in ("", *_SCRIPT_ENDS)]
    files += [f"{module}/index{end}" for end in _SCRIPT_ENDS]
    if module.startswith("."):
        return Places(paths=_exact(path, files))
    if module.startswith(("@/", "~/", "#/")):
        return Places(suffixes=tuple(file[2:] for file in files))
    if module.startswith("@"):  # a package of the workspace, by the name of its folder
        package = module.partition("/")[2]
        return Places(
            suffixes=tuple(f"{package}/{source}index{end}" for end in _SCRIPT_ENDS for source in ("src/", ""))
        )
    return Places(suffixes=tuple(files)) if "/" in module else Places()


def _go(_path: str, module: str, _name: str) -> Places:
    parts = _parts(module, "/")
    return Places(folders=tuple("/".join(parts[start:]) for start in range(len(parts))))


def _packaged(language: str) -> Callable[[str, str, str], Places]:
    def places(_path: str, module: str, name: str) -> Places:
        parts = _parts(module, ".")
        stems = ["/".join([*parts, name])] if name else []
        stems.append("/".join(parts))  # a member of the class: import static a.B.c
        suffixes = tuple(f"{stem}{end}" for stem in stems for end in _ENDS[language])
        return Places(suffixes=suffixes, folders=("/".join(parts),) if parts else ())

    return places


def _csharp(_path: str, module: str, name: str) -> Places:
    parts = _parts(module, ".")
    folders = tuple("/".join(parts[start:]) for start in range(len(parts)))
    return Places(suffixes=(f"{name}.cs", f"{parts[-1]}.cs") if name and parts else (), folders=folders)


def _rust(path: str, module: str, name: str) -> Places:
    parts = [part.removeprefix("r#") for part in _parts(module, "::")]
    head = parts[0] if parts else ""
    if head in {"self", "super"}:
        return Places(paths=tuple(_rust_files(_rust_base(path, parts), [p for p in parts if p not in _STEPS], name)))
    if head == "crate":
        source = path[: path.rfind("src/") + 4] if "src/" in path else ""
        return Places(paths=tuple(_rust_files(source.rstrip("/"), parts[1:], name)))
    sources = {f"{head}/src", f"{head.replace('_', '-')}/src"}
    return Places(suffixes=tuple(file for one in sorted(sources) for file in _rust_files(one, parts[1:], name)))


_STEPS = frozenset({"self", "super"})


def _rust_base(path: str, parts: list[str]) -> str:
    """The folder where the submodules of what `self` and `super` say are."""
    folder, _, file = path.rpartition("/")
    stem = file.removesuffix(".rs")
    base = folder if stem in {"mod", "lib", "main"} else _joined(folder, stem)
    for _ in range(parts.count("super")):
        base = base.rpartition("/")[0]
    return base


def _rust_files(base: str, parts: list[str], name: str) -> Iterator[str]:
    """The deepest module first: the last parts may be things in a file."""
    parts = [*parts, name] if name else parts
    for length in range(len(parts), 0, -1):
        stem = _joined(base, "/".join(parts[:length]))
        yield from (f"{stem}.rs", f"{stem}/mod.rs")
    yield from (f"{base}.rs", _joined(base, "mod.rs"), _joined(base, "lib.rs"), _joined(base, "main.rs"))


def _file(*ends: str) -> Callable[[str, str, str], Places]:
    """A module is a path with or without its end: beside the file, else at the end of any path."""

    def places(path: str, module: str, _name: str) -> Places:
        module = module.rpartition("}")[2].lstrip("/") if "$" not in module else module.partition("/")[2]
        files = [f"{module}{end}" for end in ends] if module else []
        suffixes = [file for file in map(posixpath.normpath, files) if not file.startswith("..")]
        return Places(paths=_exact(path, files), suffixes=tuple(suffixes))

    return places


def _php(path: str, module: str, name: str) -> Places:
    if module.endswith(".php"):
        return _file("")(path, module, name)
    parts = [*_parts(module, "\\"), *([name] if name else [])]
    return Places(suffixes=tuple("/".join(parts[start:]) + ".php" for start in range(len(parts))))


def _lua(path: str, module: str, _name: str) -> Places:
    return _file(".lua", "/init.lua")(path, "/".join(_parts(module, ".")), "")


def _parts(module: str, separator: str) -> list[str]:
    return [part for part in module.split(separator) if part][-MAX_PARTS:]


def _up(path: str, levels: int) -> str | None:
    """The folder so many levels above a file's own; None outside the root."""
    folders = path.split("/")[:-1]
    return "/".join(folders[: len(folders) - levels]) if levels <= len(folders) else None


def _exact(path: str, files: list[str]) -> tuple[str, ...]:
    """Files relative to a file's folder; none that leave the root."""
    folder = path.rpartition("/")[0]
    joined = (posixpath.normpath(_joined(folder, file)) for file in files)
    return tuple(one for one in joined if not one.startswith(".."))


def _joined(folder: str, rest: str) -> str:
    return f"{folder}/{rest}" if folder and rest else folder or rest


_PLACES: Mapping[str, Callable[[str, str, str], Places]] = {
    "python": _python,
    "javascript": _script,
    "typescript": _script,
    "typescriptreact": _script,
    "go": _go,
    "rust": _rust,
    "java": _packaged("java"),
    "kotlin": _packaged("kotlin"),
    "scala": _packaged("scala"),
    "csharp": _csharp,
    "c": _file(""),
    "cpp": _file(""),
    "ruby": _file(".rb", ""),
    "php": _php,
    "shellscript": _file(""),
    "lua": _lua,
}
