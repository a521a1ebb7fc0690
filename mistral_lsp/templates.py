"""Templates: the only reader of prompt files, the built-in ones and then the user's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mistral_lsp.core.prompt_file import PromptFileError, parse

MAX_BYTES = 16 * 1024  # a prompt file is a page of words


@dataclass(frozen=True, slots=True)
class Templates:
    """Prompt files that are fit for use, and one sentence for each of the user's that isn't."""

    sources: dict[str, str]  # by family, the file's name without .j2
    problems: tuple[str, ...] = ()


def load(folder: Path | None = None) -> Templates:
    """Read the completion prompts; `folder` is the user's own "prompts" folder, and need not be there.

    A file of the user's takes the place of the built-in one of its name, or adds a family; a broken one is left out.
    """
    sources = {path.stem: path.read_text(encoding="utf-8") for path in _prompt_files(builtin_folder())}
    problems = []
    for path in _prompt_files(folder) if folder else ():
        try:
            sources[path.stem] = _checked(path)
        except PromptFileError as error:
            where = path if error.line is None else f"{path}:{error.line}"
            instead = "the built-in one is used" if path.stem in sources else "it is left out"
            problems.append(f"{where}: {error}; {instead}")
    return Templates(sources, tuple(problems))


def builtin_folder() -> Path:
    """In a wheel the prompts lie inside the package, in a checkout beside it."""
    package = Path(__file__).parent
    inside = package / "prompts"
    return inside if inside.is_dir() else package.parent / "prompts"


def _prompt_files(folder: Path) -> list[Path]:
    try:
        return sorted((folder / "completion").glob("*.j2"))
    except OSError:  # a folder that can't be read has nothing to offer
        return []


def _checked(path: Path) -> str:
    source = _read(path)
    parse(source)
    return source


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PromptFileError(f"it can't be read ({error.strerror})") from None
    if len(content) > MAX_BYTES:
        raise PromptFileError(f"it is larger than {MAX_BYTES // 1024} KB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PromptFileError("it isn't UTF-8", content.count(b"\n", 0, error.start) + 1) from None
