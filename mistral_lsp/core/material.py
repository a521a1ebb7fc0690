"""Material: what a question or an edit is grounded on, gathered from the document and its workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.redact import redacted
from mistral_lsp.core.template import fence_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_LINE_CHARS = 120  # of a diagnostic's line as it is quoted


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic as a prompt shows it."""

    line: int  # from 1
    text: str  # the line's
    message: str
    rule: str = ""  # who says so, and the rule's code


@dataclass(frozen=True, slots=True)
class Window:
    """The code around a place that a program's output names."""

    path: str
    line: int  # the one that is named, from 1
    first_line: int
    language: str  # as one writes it on a code fence
    code: str

    @property
    def last_line(self) -> int:
        """The code's last."""
        return self.first_line + self.code.count("\n")


@dataclass(frozen=True, slots=True)
class Material:
    """What a turn may say. Lines count from 1 and end with a newline alone."""

    code: str
    language: str  # as one writes it on a code fence
    path: str = ""  # relative to the project, or the file's name alone
    first_line: int = 1
    imports: str = ""  # the file's own, where they aren't in the code
    around: str = ""  # the first lines of what the code stands in, such as its class
    definitions: str = ""  # of what the code names, elsewhere in the file and the workspace
    findings: tuple[Finding, ...] = ()
    rule_text: str = ""
    selected: str = ""  # what the action is about, where that is less than the code
    module: str = ""  # what the file is imported as, in languages that have it
    failure: str = ""  # why the last answer could not be used
    output: str = ""  # what a program printed
    windows: tuple[Window, ...] = ()  # the code that it names, the innermost place first

    @property
    def last_line(self) -> int:
        """The code's last."""
        return self.first_line + self.code.count("\n")

    @property
    def line(self) -> int:
        """The line that it is about."""
        return self.findings[0].line if self.findings else self.first_line

    @property
    def seen(self) -> str:
        """All that names of the code can be found in."""
        said = (f"{one.message} {one.rule}" for one in self.findings)
        parts = (self.path, self.code, self.imports, self.around, self.definitions, self.rule_text, self.selected)
        windows = (part for one in self.windows for part in (one.path, one.code))
        return "\n".join((*parts, *said, self.output, *windows))

    @classmethod
    def sample(cls) -> Material:
        """One with everything in it, to try templates on."""
        finding = Finding(2, "return b", "Undefined name `b`", "Ruff F821")
        return cls(
            code="def f(a):\n    return b",
            language="python",
            path="src/a.py",
            imports="import os",
            around="class C:",
            definitions="def g(): ...",
            findings=(finding,),
            rule_text="Checks for uses of undefined names.",
            selected="# do it",
            module="a",
            failure="it doesn't parse",
            output="NameError: name 'b' is not defined",
            windows=(Window("src/a.py", 2, 1, "python", "def f(a):\n    return b"),),
        )


def values_of(material: Material, control_tokens: tuple[str, ...]) -> dict[str, object]:
    """The values of a template: secrets masked, control tokens broken, nothing that it could reach further by."""

    def clean(text: str) -> str:
        return redacted(text, control_tokens)

    texts = (material.code, material.imports, material.around, material.definitions, material.rule_text)
    messages = [finding.message for finding in material.findings]
    return {
        "path": clean(material.path),
        "language": material.language,
        "code": clean(material.code),
        "first_line": material.first_line,
        "last_line": material.last_line,
        "line": material.line,
        "imports": clean(material.imports),
        "around": clean(material.around),
        "definitions": clean(material.definitions),
        "diagnostics": [_shown(finding, clean) for finding in material.findings],
        "rule_text": clean(material.rule_text),
        "selected": clean(material.selected),
        "module": clean(material.module),
        "failure": clean(material.failure),
        "output": clean(material.output),
        "windows": [_window(one, clean) for one in material.windows],
        "fence": fence_for([*texts, *messages, material.selected, material.output, *_codes(material)]),
    }


def _codes(material: Material) -> list[str]:
    return [one.code for one in material.windows]


def _window(one: Window, clean: Callable[[str], str]) -> Sequence[int | str]:
    return [clean(one.path), one.line, one.first_line, one.last_line, one.language, clean(one.code)]


def _shown(finding: Finding, clean: Callable[[str], str]) -> Sequence[int | str]:
    text = finding.text.strip()
    return [
        finding.line,
        clean(text) if len(text) <= MAX_LINE_CHARS else "",
        clean(finding.message),
        clean(finding.rule),
    ]
