"""What editors are tested against: an endpoint beside the test, and the embedded model."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest
from support import programs
from support.alone import turn
from support.debian import Missing
from support.neovim import Program
from xdist.scheduler import LoadScopeScheduling

from mistral_lsp.bench.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from xdist.remote import Producer

with contextlib.suppress(ModuleNotFoundError):  # playwright: the tests of VS Code say themselves that it is missing
    from support.vscode_session import code_server, opened, settings, tgi, users_home, window  # noqa: F401 - fixtures

NEOVIMS = ("0.12", "0.11")  # the newest Neovim of this name that a wheel has


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Among several workers one has VS Code's only window, and all of its tests in their order; any has the others."""
    scheduling = LoadScopeScheduling(config, log)
    scheduling._split_scope = lambda nodeid: "VS Code" if "/test_vscode" in nodeid else nodeid
    return scheduling


@pytest.fixture(autouse=True)
def its_turn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A test that is marked "alone" waits for the others that run, and the others for it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    with turn(tmp_path_factory.getbasetemp().parent, is_alone=request.node.get_closest_marker("alone") is not None):
        yield


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
