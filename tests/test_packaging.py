"""The wheel has all that the server needs and nothing else, and works away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FAMILIES = ["base", "chat", "codestral", "mistral-v1", "mistral-v3", "smollm2"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def python(code: str, *, path: Path, arguments: tuple[str, ...] = ()) -> str:
    """Run code where `path` comes before everything else, and the checkout isn't there."""
    line = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{code}", *arguments]
    return subprocess.run(line, cwd=path, check=True, capture_output=True, text=True, timeout=60).stdout


def test_the_wheel_has_the_package_the_prompts_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"mistral_lsp/prompts/completion/{family}.j2" for family in FAMILIES} <= set(names)
    assert {"mistral_lsp/py.typed", "mistral_lsp/core/prompt.py"} <= set(names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"mistral_lsp"}
    assert not [name for name in names if "/test" in name or name.endswith((".pyc", ".gguf"))]


def test_the_wheel_s_prompts_are_found_inside_it(unpacked: Path) -> None:
    code = "from mistral_lsp import templates; print(templates.builtin_folder(), *sorted(templates.load().sources))"
    assert python(code, path=unpacked).split() == [str(unpacked / "mistral_lsp" / "prompts"), *FAMILIES]


def test_a_checkout_s_prompts_are_found_beside_the_package() -> None:
    code = "from mistral_lsp import templates; print(templates.builtin_folder(), *sorted(templates.load().sources))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert found.split() == [str(ROOT / "prompts"), *FAMILIES]


def test_the_console_script_runs_from_the_wheel(unpacked: Path) -> None:
    (info,) = unpacked.glob("*.dist-info")
    entry = (info / "entry_points.txt").read_text(encoding="utf-8").strip().splitlines()
    assert entry == ["[console_scripts]", "mistral-lsp = mistral_lsp.cli:main"]
    code = "from mistral_lsp.cli import main; import mistral_lsp; print(mistral_lsp.__file__); sys.exit(main())"
    where, *version = python(code, path=unpacked, arguments=("--version",)).splitlines()
    assert where == str(unpacked / "mistral_lsp" / "__init__.py")
    assert any(character.isdigit() for character in " ".join(version))
