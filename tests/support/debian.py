"""Programs of other Debian suites, extracted into a folder: nothing is installed into the system, nobody is root."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE_S = 240.0
LIBRARIES = Path("usr/lib/x86_64-linux-gnu")


class Missing(Exception):  # noqa: N818 - read as "a missing program"
    """What a test needs can't be had here; the message says why."""


def extract(folder: Path, suites: Sequence[str], packages: Sequence[str]) -> None:
    """Fill a folder with packages' files, each "name" or "name/suite". apt checks signatures and hashes."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Missing("there is no apt-get, which fetches it from Debian")
    apt, root = folder / "apt", folder / "root"
    for name in ("lists/partial", "cache/archives/partial", "debs"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    # An archive that is a frozen copy has passed its date; its signature is checked all the same.
    trust = "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg check-valid-until=no"
    sources = [f"deb [{trust}] {_mirror()} {suite} main\n" for suite in suites]
    (apt / "sources.list").write_text("".join(sources), encoding="utf-8")
    options = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferencesparts": "-",
        "Dir::State::lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "true",
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    run(["apt-get", *words, "-q", "update"], cwd=apt)
    run(["apt-get", *words, "-q", "download", *packages], cwd=apt / "debs")
    for package in sorted((apt / "debs").glob("*.deb")):
        run(["dpkg-deb", "-x", str(package), str(root)], cwd=apt)
    shutil.rmtree(apt)


def bind(program: Path, root: Path, *, patchelf: str) -> None:
    """Have a program use the C library that lies in `root`. An RPATH, since what it starts must not inherit it."""
    libraries = root / LIBRARIES
    loader = libraries / "ld-linux-x86-64.so.2"
    words = ["--set-interpreter", str(loader)] if loader.exists() else []
    run([patchelf, *words, "--force-rpath", "--set-rpath", str(libraries), str(program)], cwd=root)


def run(words: Sequence[str], *, cwd: Path) -> str:
    """What a program prints. Raises Missing, with the last line of its complaint."""
    env = os.environ | {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"{words[0]} took more than {PATIENCE_S:g} s") from None
    if done.returncode:
        complaints = (done.stderr or done.stdout).strip().splitlines()
        raise Missing(f"{words[0]} failed: {complaints[-1] if complaints else done.returncode}")
    return done.stdout


def _mirror() -> str:
    """Where this machine has its packages from."""
    told = run(["apt-get", "indextargets", "--format", "$(REPO_URI)"], cwd=Path("/"))
    found = [uri for uri in told.split() if "debian" in uri and "security" not in uri]
    if not found:
        raise Missing("apt knows no archive of Debian's here")
    return found[0]
