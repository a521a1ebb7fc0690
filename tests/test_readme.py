"""What the README says is so."""

from __future__ import annotations

import re
from pathlib import Path

from mistral_lsp.cli import _parser
from mistral_lsp.commands.bench import BENCHES
from mistral_lsp.settings.reference import as_markdown_table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_table_of_settings_is_the_settings() -> None:
    match = re.search(r"<!-- settings -->\n(.*)<!-- /settings -->", README, re.DOTALL)
    assert match is not None
    assert match[1] == as_markdown_table()


def test_every_command_that_is_named_is_there() -> None:
    helped = _parser().format_help()
    named = set(re.findall(r"(?:\$ |`)mistral-lsp ([a-z]+)\b", README))
    assert {"doctor", "complete"} <= named
    assert all(command in helped for command in named)


def test_every_make_target_that_is_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"\bmake ([a-z]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_file_that_is_linked_is_there() -> None:
    for page in (
        "README.md",
        "CONTRIBUTING.md",
        "editors/README.md",
        "prompts/README.md",
        "mistral_lsp/deploy/README.md",
    ):
        path = ROOT / page
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
            assert (path.parent / link).exists(), f"{page}: {link}"


def test_every_benchmark_that_is_named_is_there() -> None:
    for page in ("README.md", "CONTRIBUTING.md"):
        for module in re.findall(r"mistral_lsp\.bench\.(\w+)", (ROOT / page).read_text()):
            assert (ROOT / "mistral_lsp" / "bench" / f"{module}.py").is_file(), module


def test_every_bench_command_that_is_named_is_there_and_each_is_named() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"mistral-lsp bench ([a-z-]+)", README + contributing))
    assert named <= set(BENCHES)
    for name, (module, _) in BENCHES.items():
        assert f"mistral-lsp bench {name}`" in contributing or f"mistral_lsp.bench.{module}`" in contributing, name
