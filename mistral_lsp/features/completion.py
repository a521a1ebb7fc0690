"""Ghost text: from a cursor to a Suggestion, or to the Reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What the editor asked, frozen before anything is awaited."""

    cursor: Cursor
    invoked: bool  # by hand; otherwise automatic, while typing
