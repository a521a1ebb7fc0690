"""Output page: what is known of a text that was printed, for a terminal and for an editor; the model isn't needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.prose import safe_markdown
from mistral_lsp.core.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.core.complaint import Complaint, Frame
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.output import Output

MAX_MESSAGE_CHARS = 300
MAX_CODE_CHARS = 100
MAX_OTHERS = 5
NO_ERROR = "No error of a known form was found in this output."
NOT_HERE = "None of the places that it names is a file of this project that may be read."


@dataclass(frozen=True, slots=True)
class Located:
    """A place that was named, in a file of the user's."""

    frame: Frame
    document: Document
    path: str  # within the project
    line: int  # from 1, as the file is now

    @property
    def label(self) -> str:
        """As terminals and people know places."""
        return f"{self.path}:{self.line}"

    @property
    def link(self) -> str:
        """As editors know them; empty where the document is no file."""
        return f"{self.document.uri}#L{self.line}" if self.document.uri.startswith("file:") else ""

    @property
    def code(self) -> str:
        """The line's, as it is now."""
        return shortened(visible(self.document.text.line(self.line - 1).strip()), MAX_CODE_CHARS)


def for_terminal(output: Output, places: Sequence[Located]) -> str:
    """The error and its places, one a line."""
    labels = [f"{place.label}{_of(place.frame, '')}" for place in places]
    width = max(map(len, labels), default=0)
    rows = [f"  {label:<{width}}  {place.code}" for label, place in zip(labels, places, strict=True)]
    others = [f"  {shortened(_headline(one), MAX_MESSAGE_CHARS)}" for one in output.others[:MAX_OTHERS]]
    return "\n".join(
        [
            _headline(output.main) if output.main else NO_ERROR,
            *(rows or ([f"  {NOT_HERE}"] if output.frames else [])),
            *([_more(output), *others] if others else []),
        ]
    )


def for_editor(output: Output, places: Sequence[Located]) -> str:
    """The same as Markdown, in which the places alone can be clicked."""
    rows = [f"- {_link(place)}{_of(place.frame, '`')}: {_quoted(place.code)}" for place in places]
    others = [f"- {_quoted(shortened(_headline(one), MAX_MESSAGE_CHARS))}" for one in output.others[:MAX_OTHERS]]
    head = _quoted(_headline(output.main)) if output.main else NO_ERROR
    parts = [head, "\n".join(rows) or (NOT_HERE if output.frames else "")]
    parts += [_more(output), "\n".join(others)] if others else []
    return safe_markdown("\n\n".join(part for part in parts if part), links=_links(places))


def linked(prose: str, places: Sequence[Located]) -> str:
    """What a model wrote, safe to show, with the places that it names as links."""
    known = {place.label: place for place in places if place.link}
    if known:
        labels = "|".join(re.escape(label) for label in sorted(known, key=len, reverse=True))
        prose = re.sub(rf"(?<![\w/.`\[])`?({labels})`?(?![\w:`])", lambda found: _link(known[found[1]]), prose)
    return safe_markdown(prose, links=_links(places))


def _links(places: Sequence[Located]) -> list[str]:
    return [place.link for place in places if place.link]


def _link(place: Located) -> str:
    label = re.sub(r"[\\\[\]*_<>`]", r"\\\g<0>", place.label)
    return f"[{label}](<{place.link}>)" if place.link else label


def _of(frame: Frame, quote: str) -> str:
    return f" in {quote}{shortened(frame.name)}{quote}" if frame.name and "`" not in frame.name else ""


def _headline(one: Complaint) -> str:
    said = shortened(one.headline, MAX_MESSAGE_CHARS)
    if not one.is_compiler or not one.frames:
        return said
    return f"{one.frames[0].path}:{one.frames[0].line}: {said}"


def _more(output: Output) -> str:
    count = len(output.others)
    return f"{count} other error{'s' if count > 1 else ''} in this output:"


def _quoted(text: str) -> str:
    """As code, which nothing in it ends."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}" if text else ""
