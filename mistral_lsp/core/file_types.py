"""File types: the language id of a file by its name, as editors would give it, where no editor can be asked."""

from __future__ import annotations

PLAIN = "plaintext"

_BY_NAME = {"Dockerfile": "dockerfile", "Makefile": "makefile", "Gemfile": "ruby", "Rakefile": "ruby"}

_BY_EXTENSION = {
    extension: language
    for language, extensions in {
        "python": "py pyi pyw",
        "javascript": "js mjs cjs",
        "javascriptreact": "jsx",
        "typescript": "ts mts cts",
        "typescriptreact": "tsx",
        "go": "go",
        "rust": "rs",
        "java": "java",
        "c": "c h",
        "cpp": "cpp cc cxx hpp hh hxx",
        "csharp": "cs",
        "ruby": "rb",
        "php": "php",
        "shellscript": "sh bash zsh",
        "lua": "lua",
        "kotlin": "kt kts",
        "swift": "swift",
        "scala": "scala sc",
        "html": "html htm",
        "css": "css",
        "json": "json",
        "jsonc": "jsonc",
        "yaml": "yaml yml",
        "toml": "toml",
        "markdown": "md markdown",
    }.items()
    for extension in extensions.split()
}

NAMES, EXTENSIONS = frozenset(_BY_NAME), frozenset(_BY_EXTENSION)


def language_id_of(name: str) -> str:
    """The language id for a file's name."""
    return _BY_NAME.get(name) or _BY_EXTENSION.get(name.rpartition(".")[2].lower(), PLAIN)
