"""Workspace: the editor's folders, files and documents, as the index and the reasons for silence follow them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from mistral_lsp.core.file_types import EXTENSIONS, NAMES
from mistral_lsp.core.manifests import MANIFESTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.lsp.server import MistralServer

log = logging.getLogger(__name__)

MANY = 500  # changed files in one message: then looking for changes is cheaper than going through them
IGNORE_FILES = (".gitignore", ".ignore", ".aiignore")


def register(server: MistralServer) -> None:
    """Attach what follows folders, files and documents."""
    _register_documents(server)
    _register_files(server)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def did_change_folders(_params: types.DidChangeWorkspaceFoldersParams) -> None:
        follow_folders(server, lone_root=False)
        await _look_at_open(server)


async def begin(server: MistralServer) -> None:
    """Start to index, and ask to be told of changed files; an editor may refuse."""
    follow_folders(server)
    server.spawn(server.survey.indexer.run())
    server.spawn(server.survey.packages.run())
    await _look_at_open(server)
    workspace = server.client_capabilities.workspace
    files = workspace and workspace.did_change_watched_files
    if not (files and files.dynamic_registration):
        return
    names = ",".join([*sorted(NAMES), *IGNORE_FILES, *MANIFESTS])
    globs = [f"**/*.{{{','.join(sorted(EXTENSIONS))}}}", f"**/{{{names}}}"]
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(glob) for glob in globs])
    registration = types.Registration("mistral-lsp-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    try:
        await server.client_register_capability_async(types.RegistrationParams([registration]))
    except JsonRpcException as error:
        log.info("the editor refused to watch files (%s)", error.code)


def follow_folders(server: MistralServer, *, lone_root: bool = True) -> None:
    """The index has what the workspace folders have, or nothing where a setting says so.

    `lone_root` is for editors that name one folder at the start and know no others.
    """
    roots = list(server.workspace.folders)
    if not roots and lone_root and server.workspace.root_uri:
        roots = [server.workspace.root_uri]
    server.survey.set_roots(roots)
    for document in server.documents:
        server.survey.indexer.changed(document.uri)


async def configured(server: MistralServer) -> None:
    """Settings have changed."""
    server.survey.configure(server.resolved.settings)
    await _look_at_open(server)


def _register_documents(server: MistralServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(params: types.DidOpenTextDocumentParams) -> None:
        server.opened(params.text_document.uri)
        server.survey.indexer.changed(params.text_document.uri)
        await server.survey.access.look(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.survey.indexer.changed(params.text_document.uri)
        server.survey.packages.changed([params.text_document.uri])
        await server.survey.access.look(params.text_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    async def did_open_notebook(params: types.DidOpenNotebookDocumentParams) -> None:
        for cell in params.cell_text_documents:
            server.opened(cell.uri)
            await server.survey.access.look(cell.uri)


def _register_files(server: MistralServer) -> None:
    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def did_change_files(params: types.DidChangeWatchedFilesParams) -> None:
        await _files_changed(server, [change.uri for change in params.changes])

    every_file = types.FileOperationRegistrationOptions(
        [types.FileOperationFilter(types.FileOperationPattern("**/*"), scheme="file")]
    )

    @server.feature(types.WORKSPACE_DID_CREATE_FILES, every_file)
    async def did_create_files(params: types.CreateFilesParams) -> None:
        await _files_changed(server, [file.uri for file in params.files])

    @server.feature(types.WORKSPACE_DID_DELETE_FILES, every_file)
    async def did_delete_files(params: types.DeleteFilesParams) -> None:
        await _files_changed(server, [file.uri for file in params.files])

    @server.feature(types.WORKSPACE_DID_RENAME_FILES, every_file)
    async def did_rename_files(params: types.RenameFilesParams) -> None:
        await _files_changed(server, [uri for file in params.files for uri in (file.old_uri, file.new_uri)])


async def _files_changed(server: MistralServer, uris: Sequence[str]) -> None:
    server.survey.packages.changed(uris)
    if len(uris) > MANY:
        server.survey.indexer.look_again()
    else:
        for uri in uris:
            server.survey.indexer.changed(uri)
    if len(uris) > MANY or any(uri.endswith(IGNORE_FILES) for uri in uris):
        await _look_at_open(server)


async def _look_at_open(server: MistralServer) -> None:
    """What may be completed in may be other than it was."""
    await asyncio.gather(*(server.survey.access.look(document.uri) for document in server.documents))
    server.surroundings.thaw()
