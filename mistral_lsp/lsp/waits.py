"""Waits: for how long each editor lets typing pause before it asks for ghost text by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsprotocol import types

NEOVIM_S = 0.2  # runtime/lua/vim/lsp/inline_completion.lua
VS_CODE_S = 0.05  # src/vs/editor/contrib/inlineCompletions: 'InlineCompletionsDebounce', and what is built of it

_WAITS_S = {
    "Neovim": NEOVIM_S,
    "Visual Studio Code": VS_CODE_S,
    "Visual Studio Code - Insiders": VS_CODE_S,
    "VSCodium": VS_CODE_S,
    "code-server": VS_CODE_S,
    "Cursor": VS_CODE_S,
}


def waited_s(client: types.ClientInfo | None) -> float:
    """Seconds that an automatic request of this editor has waited before it came."""
    return _WAITS_S.get(client.name, 0.0) if client is not None else 0.0
