"""Settings: one frozen tree, the same names in the user's file, the environment and the editor.

`tree` says what there is, `rule` what each value may be, `sources` reads the user's file and the environment, and
`resolve` makes one tree of all sources and tells what is wrong with them.
"""

from __future__ import annotations

from mistral_lsp.settings.reading import Privacy, Workspace
from mistral_lsp.settings.resolve import Problem, Resolved, Source, differences, problems_message, resolve
from mistral_lsp.settings.roles import Endpoints
from mistral_lsp.settings.tree import RULES, Completion, Endpoint, Settings, variable_of

__all__ = [
    "RULES",
    "Completion",
    "Endpoint",
    "Endpoints",
    "Privacy",
    "Problem",
    "Resolved",
    "Settings",
    "Source",
    "Workspace",
    "differences",
    "problems_message",
    "resolve",
    "variable_of",
]
