"""Templates: the only reader of prompt files, the built-in ones and then the user's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mistral_lsp.core.guardrail_files import GuardrailFiles, parse_before, parse_moderation
from mistral_lsp.core.prompt_file import PromptFileError, parse
from mistral_lsp.core.turn_file import ActionFile, TurnFile, parse_action, parse_turn

if TYPE_CHECKING:
    from collections.abc import Callable

_Parsed = TypeVar("_Parsed")

GUARDRAILS = "guardrails"  # their folder
EXPLAIN, SYMBOL, OUTPUT = "explain.j2", "symbol.j2", "output.j2"
MAX_BYTES = 16 * 1024  # a prompt file is a page of words


@dataclass(frozen=True, slots=True)
class Templates:
    """Prompt files that are fit for use, and one sentence for each of the user's that isn't."""

    sources: dict[str, str]  # by family, the file's name without .j2
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turns:
    """What is asked for a hover, and the code actions, by name."""

    actions: tuple[ActionFile, ...]
    explain: TurnFile  # a diagnostic
    symbol: TurnFile  # a name that nothing is wrong with
    output: TurnFile  # what a program printed
    guardrails: GuardrailFiles
    problems: tuple[str, ...] = ()


def load(folder: Path | None = None) -> Templates:
    """Read the completion prompts; `folder` is the user's own "prompts" folder, and need not be there.

    A file of the user's takes the place of the built-in one of its name, or adds a family; a broken one is left out.
    """
    sources = {path.stem: path.read_text(encoding="utf-8") for path in _prompt_files(builtin_folder(), "completion")}
    problems = []
    for path in _prompt_files(folder, "completion"):
        try:
            sources[path.stem] = _checked(path)
        except PromptFileError as error:
            problems.append(_problem(path, error, is_builtin=path.stem in sources))
    return Templates(sources, tuple(problems))


def load_turns(folder: Path | None = None) -> Turns:
    """Read and compile what hovers and code actions ask: some 50 ms, for a thread. The parts are the built-in ones."""
    builtin = builtin_folder()
    parts = tuple((path.name, path.read_text(encoding="utf-8")) for path in _prompt_files(builtin, "parts"))
    actions = {
        path.stem: parse_action(path.stem, path.read_text(encoding="utf-8"), parts)
        for path in _prompt_files(builtin, "actions")
    }
    problems = []
    for path in _prompt_files(folder, "actions"):
        try:
            actions[path.stem] = parse_action(path.stem, _read(path), parts)
        except PromptFileError as error:
            problems.append(_problem(path, error, is_builtin=path.stem in actions))
    asked: dict[str, TurnFile] = {}
    for name in (EXPLAIN, SYMBOL, OUTPUT):
        asked[name] = parse_turn((builtin / name).read_text(encoding="utf-8"), parts)
        own = folder / name if folder else None
        if own is not None and own.is_file():
            try:
                asked[name] = parse_turn(_read(own), parts)
            except PromptFileError as error:
                problems.append(_problem(own, error, is_builtin=True))
    ordered = tuple(actions[name] for name in sorted(actions))
    guardrails, more = _guardrails(folder)
    return Turns(ordered, asked[EXPLAIN], asked[SYMBOL], asked[OUTPUT], guardrails, (*problems, *more))


def _guardrails(folder: Path | None) -> tuple[GuardrailFiles, list[str]]:
    """What stands before questions, and what asks for a verdict: the user's, or else the built-in ones."""
    problems: list[str] = []

    def read(name: str, parse: Callable[[str], _Parsed]) -> _Parsed:
        own = folder / GUARDRAILS / name if folder else None
        if own is not None and own.is_file():
            try:
                return parse(_read(own))
            except PromptFileError as error:
                problems.append(_problem(own, error, is_builtin=True))
        return parse((builtin_folder() / GUARDRAILS / name).read_text(encoding="utf-8"))

    before = read("mistral.j2", parse_before)
    moderation, max_tokens = read("moderation.j2", parse_moderation)
    return GuardrailFiles(before, max_tokens, moderation), problems


def builtin_folder() -> Path:
    """In a wheel the prompts lie inside the package, in a checkout beside it."""
    package = Path(__file__).parent
    inside = package / "prompts"
    return inside if inside.is_dir() else package.parent / "prompts"


def _prompt_files(folder: Path | None, kind: str) -> list[Path]:
    try:
        return sorted((folder / kind).glob("*.j2")) if folder else []
    except OSError:  # a folder that can't be read has nothing to offer
        return []


def _problem(path: Path, error: PromptFileError, *, is_builtin: bool) -> str:
    where = path if error.line is None else f"{path}:{error.line}"
    return f"{where}: {error}; {'the built-in one is used' if is_builtin else 'it is left out'}"


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
