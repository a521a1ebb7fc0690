"""Edits: a proposal as LSP's WorkspaceEdit, as far as the editor understands one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.core.document import Span
from mistral_lsp.core.prose import plain_text
from mistral_lsp.lsp.convert import to_range

if TYPE_CHECKING:
    from mistral_lsp.features.editing import Edit, Proposal
    from mistral_lsp.lsp.convert import Encoding

NOTE = "mistral-lsp"  # the annotation's id
MAX_SAID_CHARS = 600


def to_lsp_edit(
    proposal: Proposal, edit: Edit, encoding: Encoding, client: types.ClientCapabilities, *, is_previewed: bool
) -> types.WorkspaceEdit:
    """The edit of a document in the very version that it was made for, where the editor knows versions."""
    document = edit.before
    changes = [
        types.TextEdit(to_range(Span(document, one.start, one.end), encoding), one.text) for one in edit.replacements
    ]
    can = client.workspace.workspace_edit if client.workspace else None
    has_notes = bool(can and can.change_annotation_support)
    if not has_notes and not (can and can.document_changes):
        return types.WorkspaceEdit(changes={document.uri: changes})
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    if not has_notes:
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, list(changes))])
    noted = [types.AnnotatedTextEdit(NOTE, one.range, one.new_text) for one in changes]
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(identifier, list(noted))],
        change_annotations={NOTE: _note(proposal, is_previewed=is_previewed)},
    )


def to_lsp_file(
    proposal: Proposal, uri: str, client: types.ClientCapabilities, *, is_previewed: bool
) -> types.WorkspaceEdit | None:
    """A new file with the proposal's text; None where the editor can't make files."""
    can = client.workspace.workspace_edit if client.workspace else None
    if not (can and types.ResourceOperationKind.Create in (can.resource_operations or ())):
        return None
    start = types.Range(types.Position(0, 0), types.Position(0, 0))
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri, None)
    has_notes = bool(can.change_annotation_support)
    if not has_notes:
        edit = types.TextDocumentEdit(identifier, [types.TextEdit(start, proposal.new_text)])
        return types.WorkspaceEdit(document_changes=[types.CreateFile(uri), edit])
    noted = types.TextDocumentEdit(identifier, [types.AnnotatedTextEdit(NOTE, start, proposal.new_text)])
    return types.WorkspaceEdit(
        document_changes=[types.CreateFile(uri, annotation_id=NOTE), noted],
        change_annotations={NOTE: _note(proposal, is_previewed=is_previewed)},
    )


def _note(proposal: Proposal, *, is_previewed: bool) -> types.ChangeAnnotation:
    """What the editor's preview says of the edit."""
    said = plain_text(proposal.said)[:MAX_SAID_CHARS] if proposal.said else "Written by a model: read it first."
    return types.ChangeAnnotation(proposal.title, needs_confirmation=is_previewed, description=said)
