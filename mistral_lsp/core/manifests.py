"""Manifests: the names of packages in the files where projects declare and lock them. Any text may be half-written."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from mistral_lsp.core.packages import GO, NODE, PYTHON, RUST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Reader = Callable[[str], Iterator[str]]

MAX_NAMES = 20_000  # of one file


def kind_of(file_name: str) -> str | None:
    """Whose packages a file names; None where it is no manifest."""
    row = _row(file_name)
    return row[0] if row else None


def names_in(file_name: str, text: str) -> frozenset[str]:
    """The packages that a manifest names, as imports name them; what can't be read names none."""
    row = _row(file_name)
    if row is None:
        return frozenset()
    kind, reader = row
    try:
        found = [name for name, _ in zip(reader(text), range(MAX_NAMES), strict=False)]
    except (ValueError, RecursionError):  # broken JSON or TOML
        return frozenset()
    return frozenset(name for each in found for name in _IMPORT_NAMES[kind](each))


def _row(file_name: str) -> tuple[str, Reader] | None:
    return next((row for glob, row in _READERS.items() if fnmatchcase(file_name, glob)), None)


def _lines(source: str) -> Reader:
    """What a pattern's one group finds."""

    def read(text: str) -> Iterator[str]:
        return (found[1] for found in re.finditer(source, text, re.MULTILINE))

    return read


def _toml(text: str) -> Iterator[str]:
    """Names in whatever is called dependencies, and the project's own."""
    import tomllib

    tree = tomllib.loads(text)
    poetry = tree.get("tool", {}).get("poetry") if isinstance(tree.get("tool"), dict) else None
    for own in (tree.get("project"), tree.get("package"), tree.get("lib"), poetry):
        if isinstance(own, dict) and isinstance(name := own.get("name"), str):
            yield name
    yield from _declared(tree, is_inside=False)


def _declared(node: Any, *, is_inside: bool) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if is_inside:
                yield key
            is_list = key in _PIPENV or "dependenc" in key.lower()
            yield from _declared(value, is_inside=is_inside or is_list)
    elif isinstance(node, list):
        for item in node:
            if isinstance(item, str) and is_inside and (found := _REQUIREMENT.match(item)):
                yield found[1]
            yield from _declared(item, is_inside=is_inside)


def _json(text: str) -> Iterator[str]:
    """Names in the tables of a package.json, a deno.json or a Pipfile.lock."""
    tree = json.loads(text)
    if not isinstance(tree, dict):
        return
    if isinstance(name := tree.get("name"), str):
        yield name
    for key, table in tree.items():
        if isinstance(table, dict) and ("ependencies" in key or key in {"imports", "default", "develop"}):
            yield from map(str, table)


_PIPENV = frozenset({"packages", "dev-packages"})
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
_LOCKED = _lines(r'^name = "([^"\n]+)"')

_READERS: Mapping[str, tuple[str, Reader]] = {
    "pyproject.toml": (PYTHON, _toml),
    "Pipfile": (PYTHON, _toml),
    "Pipfile.lock": (PYTHON, _json),
    "*requirements*.txt": (PYTHON, _lines(r"^[ \t]*(?:-e[^\n#]*#egg=)?([A-Za-z0-9][\w.-]*)")),
    "*requirements*.in": (PYTHON, _lines(r"^[ \t]*([A-Za-z0-9][\w.-]*)")),
    "environment.y*ml": (PYTHON, _lines(r"^[ \t]*-[ \t]+['\"]?(?:[\w-]+::)?([A-Za-z0-9][\w.-]*)")),
    "setup.cfg": (PYTHON, _lines(r"^[ \t]+([A-Za-z0-9][\w.-]*)[ \t]*(?:[\[<>=!~;].*)?$")),
    "setup.py": (PYTHON, _lines(r"['\"]([A-Za-z0-9][\w.-]*)[ \t]*(?:[\[<>=!~;][^'\"\n]*)?['\"]")),
    "uv.lock": (PYTHON, _LOCKED),
    "poetry.lock": (PYTHON, _LOCKED),
    "pdm.lock": (PYTHON, _LOCKED),
    "pylock*.toml": (PYTHON, _LOCKED),
    "package.json": (NODE, _json),
    "deno.json": (NODE, _json),
    "package-lock.json": (NODE, _lines(r'"node_modules/((?:@[^/"\n]+/)?[^/"\n]+)"')),
    "yarn.lock": (NODE, _lines(r'^"?((?:@[^/"\s]+/)?[^@"\s/]+)@')),
    "pnpm-lock.yaml": (NODE, _lines(r"^  '?/?((?:@[^/'\s]+/)?[^@'\s/:]+)[@:/]")),
    "tsconfig*.json": (NODE, _lines(r'"(@?[\w.$~-]+(?:/[\w.$~-]+)*)(?:/\*)?"\s*:\s*\[')),  # aliases of paths
    "jsconfig.json": (NODE, _lines(r'"(@?[\w.$~-]+(?:/[\w.$~-]+)*)(?:/\*)?"\s*:\s*\[')),
    "go.mod": (GO, _lines(r"^[ \t]*(?:(?:module|require|replace)[ \t]+)?([\w.-]+\.[\w-]+(?:/[^\s]+)?)")),
    "Cargo.toml": (RUST, _toml),
    "Cargo.lock": (RUST, _LOCKED),
}
MANIFESTS = tuple(_READERS)  # by name, as patterns of a shell


def _python_names(name: str) -> Iterator[str]:
    """A distribution's usual names of modules, and the unusual ones of those that many use."""
    plain = re.sub(r"[-_.]+", "_", name).lower()
    yield plain
    yield re.sub(r"[-.]+", "_", name)
    yield plain.partition("_")[0]  # of a namespace: google-cloud-storage
    yield plain.removeprefix("python_").removesuffix("_python")
    yield from _UNUSUAL.get(plain, "").split()


def _node_names(name: str) -> Iterator[str]:
    yield name
    if name.startswith("@types/"):
        scope, _, inner = name.removeprefix("@types/").partition("__")
        yield f"@{scope}/{inner}" if inner else scope


def _rust_names(name: str) -> Iterator[str]:
    yield name.replace("-", "_")


def _go_names(name: str) -> Iterator[str]:
    yield name


_IMPORT_NAMES: Mapping[str, Callable[[str], Iterator[str]]] = {
    PYTHON: _python_names,
    NODE: _node_names,
    GO: _go_names,
    RUST: _rust_names,
}

_UNUSUAL: Mapping[str, str] = {
    "attrs": "attr attrs",
    "beautifulsoup4": "bs4",
    "djangorestframework": "rest_framework",
    "django_filter": "django_filters",
    "discord_py": "discord",
    "faiss_cpu": "faiss",
    "faiss_gpu": "faiss",
    "gitpython": "git gitdb",
    "grpcio": "grpc",
    "ipython": "IPython",
    "mysqlclient": "MySQLdb",
    "opencv_contrib_python": "cv2",
    "opencv_python": "cv2",
    "opencv_python_headless": "cv2",
    "pillow": "PIL",
    "protobuf": "google",
    "psycopg2_binary": "psycopg2",
    "psycopg_binary": "psycopg",
    "pycryptodome": "Crypto",
    "pycryptodomex": "Cryptodome",
    "pygobject": "gi",
    "pyjwt": "jwt",
    "pymupdf": "fitz pymupdf",
    "pyopenssl": "OpenSSL",
    "pyqt5": "PyQt5",
    "pyqt6": "PyQt6",
    "pyside6": "PySide6 shiboken6",
    "pyserial": "serial",
    "python_dateutil": "dateutil",
    "python_dotenv": "dotenv",
    "python_jose": "jose",
    "python_levenshtein": "Levenshtein",
    "python_multipart": "multipart python_multipart",
    "python_magic": "magic",
    "pywin32": "win32api win32con win32gui win32com pythoncom pywintypes",
    "pyyaml": "yaml",
    "pyzmq": "zmq",
    "scikit_image": "skimage",
    "scikit_learn": "sklearn",
    "setuptools": "setuptools pkg_resources",
    "tree_sitter_languages": "tree_sitter_languages",
    "typing_extensions": "typing_extensions",
    "pytest": "pytest _pytest",
    "zope_interface": "zope",
}
