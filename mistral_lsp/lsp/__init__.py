"""The editor: the only importer of pygls and lsprotocol."""

from mistral_lsp.lsp.quick_types import import_types

import_types()  # before any module here imports lsprotocol the ordinary, slow way
