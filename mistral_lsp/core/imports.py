"""Imports: what a statement brings into a file, read from its text, so that broken and unparsed code counts too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.definition import ALL, MODULE, Imported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Module = tuple[str, tuple[Imported, ...]]
    Names = Iterator[tuple[str, Imported | None]]

MAX_CHARS = 4000  # of a statement
MAX_NAMES = 100

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_PYTHON_COMMENT = re.compile(r"#[^\n]*")
_PYTHON_FROM = re.compile(r"from\s+([.\w]+)\s+import\s+\(?([^;]*)")
_PYTHON_IMPORT = re.compile(r"import\s+([^;]*)")
_FROM = re.compile(
    r"""(?:import|export)\b\s*+(?:(?:type|typeof)\s++)?(?P<clause>[\w$*{},\s]*?)\bfrom\s*['"](?P<module>[^'"\n]+)"""
)
_SIDE_EFFECT = re.compile(r"""import\s*['"]([^'"\n]+)""")
_REQUIRE = re.compile(
    r"""(?:export\s+)?(?:import|const|let|var|local)\s+(?P<names>[\w$]+|\{[^{}]*\})\s*(?::[^=]{0,80})?=\s*"""
    r"""require\s*\(?\s*(?P<quote>['"])(?P<module>[^'"\n]+)"""
)
_BRACED = re.compile(r"\{([^{}]*)\}")
_GO = re.compile(r"""(?:import\s*\(?\s*)?(?:([\w.]+)\s+)?["`]([^"`\n]+)["`]""")
_RUST = re.compile(r"(?:pub(?:\([^()]*\))?\s+)?use\s+([^;]+)")
_RUST_MOD = re.compile(r"(?:pub(?:\([^()]*\))?\s+)?mod\s+(\w+)\s*;")
_RUST_CRATE = re.compile(r"extern\s+crate\s+(\w+)(?:\s+as\s+(\w+))?")
_DOTTED = re.compile(r"import\s+(?:static\s+)?([\w.`]+?)(?:\.(\*|_))?(?:\s+as\s+(\w+))?\s*(?:;|$)")
_SCALA_BRACED = re.compile(r"import\s+([\w.]+)\.\{([^{}]*)\}")
_USING = re.compile(r"(?:global\s+)?using\s+(?:static\s+)?(?:(\w+)\s*=\s*)?([\w.]+)\s*;?")
_INCLUDE = re.compile(r"""#\s*(?:include|import)\s*["<]([^">\n]+)""")
_RUBY = re.compile(r"""(require_relative|require|load)[\s(]+['"]([^'"\n]+)""")
_RUBY_AUTOLOAD = re.compile(r"""autoload[\s(]+:(\w+),\s*['"]([^'"\n]+)""")
_PHP_USE = re.compile(r"use\s+(?:function\s+|const\s+)?([\w\\]+?)\\?(?:\s*\{([^{}]*)\}|(?:\s+as\s+(\w+))?\s*[;,]|\s*$)")
_PHP_REQUIRE = re.compile(r"""(?:require|include)(?:_once)?\b[^'"\n]{0,80}['"]([^'"\n]+)""")
_SOURCE = re.compile(r"""(?:source|\.)\s+["']?([^\s"';&|]+)""")
_SWIFT = re.compile(r"(?:@\w+\s+)*import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?([\w.]+)")


def read_imports(language: str, text: str) -> tuple[Module, ...]:
    """The modules that a statement imports and the names that it binds; none where it's no import."""
    reader = _READERS.get(language)
    if reader is None:
        return ()
    modules: dict[str, list[Imported]] = {}
    for number, (module, name) in enumerate(reader(text[:MAX_CHARS])):
        if number >= MAX_NAMES:
            break
        names = modules.setdefault(module, [])
        if name is not None:
            names.append(name)
    return tuple((module, tuple(names)) for module, names in modules.items())


def _python(text: str) -> Names:
    text = _PYTHON_COMMENT.sub("", text)
    if found := _PYTHON_FROM.match(text):
        for name, alias in _listed(found[2].partition(")")[0]):
            yield found[1], Imported(alias, name)
    elif found := _PYTHON_IMPORT.match(text):
        for name, alias in _listed(found[1]):
            yield name, Imported(alias, MODULE)


def _script(text: str) -> Names:
    text = _COMMENT.sub("", text) if text.startswith("import") else text
    if found := _FROM.match(text):
        module, clause = found["module"], found["clause"]
        yield module, None
        if braced := _BRACED.search(clause):
            for name, alias in _listed(braced[1]):
                yield module, Imported(alias, name)
        for name, alias in _listed(_BRACED.sub("", clause)):
            if name == "*":
                yield module, Imported(alias, ALL if alias == "*" else MODULE)
            else:
                yield module, Imported(alias, "default")
    elif found := _SIDE_EFFECT.match(text):
        yield found[1], None
    else:
        yield from _require(text)


def _require(text: str) -> Names:
    found = _REQUIRE.match(text)
    if found is None:
        return
    names = found["names"]
    if names.startswith("{"):
        for name, alias in _listed(names.strip("{}")):
            yield found["module"], Imported(alias, name)
    else:
        yield found["module"], Imported(names, MODULE)


def _go(text: str) -> Names:
    for found in _GO.finditer(text):
        name, module = found[1], found[2]
        if name == ".":
            yield module, Imported(ALL, ALL)
        elif name == "_":
            yield module, None
        else:
            yield module, Imported(name or _go_package(module), MODULE)


def _go_package(module: str) -> str:
    """What a package is called by default: its path's last part that isn't a version."""
    parts = [part for part in module.split("/") if not re.fullmatch(r"v\d+", part)] or [module]
    return parts[-1].removeprefix("go-").partition(".")[0]


def _rust(text: str) -> Names:
    text = _COMMENT.sub("", text)
    if found := _RUST_MOD.match(text):
        yield f"self::{found[1]}", Imported(found[1], MODULE)
    elif found := _RUST_CRATE.match(text):
        yield found[1], Imported(found[2] or found[1], MODULE)
    elif found := _RUST.match(text):
        for path in _spread(found[1]):
            yield _rust_use(path)


def _rust_use(path: str) -> tuple[str, Imported | None]:
    path, _, alias = path.partition(" as ")
    module, _, name = path.strip().rpartition("::")
    alias = alias.strip()
    if name == "*":
        return module, Imported(ALL, ALL)
    if name == "self":
        return module, Imported(alias or module.rpartition("::")[2], MODULE)
    return (module, Imported(alias or name, name)) if module else (name, Imported(alias or name, MODULE))


def _spread(tree: str) -> Iterator[str]:
    """The single paths of a use tree: a::{b, c::{d}} is a::b and a::c::d."""
    prefixes, current = [""], ""
    for piece in re.findall(r"[{},]|[^{},]+", tree):
        if piece == "{":
            prefixes.append(prefixes[-1] + current)
            current = ""
        elif piece in ",}":
            if current:
                yield prefixes[-1] + current
            current = ""
            if piece == "}" and len(prefixes) > 1:
                prefixes.pop()
        else:
            current = " ".join(piece.split())
    if current:
        yield prefixes[-1] + current


def _dotted(text: str) -> Names:
    found = _DOTTED.match(text.rstrip())
    if found is None:
        return
    path = found[1].replace("`", "")
    if found[2]:
        yield path, Imported(ALL, ALL)
        return
    module, _, name = path.rpartition(".")
    yield module, Imported(found[3] or name, name)


def _scala(text: str) -> Names:
    found = _SCALA_BRACED.match(text)
    if found is None:
        yield from _dotted(text)
        return
    for name, alias in _listed(found[2].replace("=>", " as ")):
        yield found[1], Imported(ALL, ALL) if name in {"_", "*", "given"} else Imported(alias, name)


def _csharp(text: str) -> Names:
    if found := _USING.match(text):
        module, _, name = found[2].rpartition(".")
        yield (module, Imported(found[1], name)) if found[1] else (found[2], Imported(ALL, ALL))


def _c(text: str) -> Names:
    if found := _INCLUDE.match(text):
        yield found[1], Imported(ALL, ALL)


def _ruby(text: str) -> Names:
    if found := _RUBY.match(text):
        is_relative = found[1] == "require_relative" and not found[2].startswith(".")
        yield f"./{found[2]}" if is_relative else found[2], Imported(ALL, ALL)
    elif found := _RUBY_AUTOLOAD.match(text):
        yield found[2], Imported(found[1], found[1])


def _php(text: str) -> Names:
    if found := _PHP_USE.match(text):
        if found[2] is not None:
            for name, alias in _listed(found[2]):
                yield found[1], Imported(alias, name)
        else:
            module, _, name = found[1].rpartition("\\")
            yield module, Imported(found[3] or name, name)
    elif found := _PHP_REQUIRE.match(text):
        yield found[1].lstrip("/"), Imported(ALL, ALL)


def _shell(text: str) -> Names:
    if found := _SOURCE.match(text):
        yield found[1], Imported(ALL, ALL)


def _swift(text: str) -> Names:
    if found := _SWIFT.match(text):
        yield found[1], Imported(ALL, ALL)


_AS = re.compile(r"\s+as\s+|\s*:\s*")


def _listed(names: str) -> Iterable[tuple[str, str]]:
    """Each name of a comma-separated list with what it is called from here on: a as b, a: b."""
    for item in names.split(","):
        name, *alias = _AS.split(item.strip().removeprefix("type ").replace("\\\n", " ").strip(), maxsplit=1)
        if name:
            yield name.strip(), (alias[0] if alias else name).partition("=")[0].strip()


_READERS: Mapping[str, Callable[[str], Names]] = {
    "python": _python,
    "javascript": _script,
    "typescript": _script,
    "typescriptreact": _script,
    "go": _go,
    "rust": _rust,
    "java": _dotted,
    "kotlin": _dotted,
    "scala": _scala,
    "csharp": _csharp,
    "c": _c,
    "cpp": _c,
    "ruby": _ruby,
    "php": _php,
    "shellscript": _shell,
    "lua": _require,
    "swift": _swift,
}
