"""Each benchmark runs end to end on the real server with tiny numbers; what it measures is judged elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench import connect, context, index, memory, outline, overhead, peers, soak, typethrough

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@pytest.mark.parametrize(
    "main",
    [
        connect.main,
        context.main,
        overhead.main,
        memory.main,
        soak.main,
        typethrough.main,
        outline.main,
        index.main,
        peers.main,
    ],
    ids=["connect", "context", "overhead", "memory", "soak", "typethrough", "outline", "index", "peers"],
)
def test_a_benchmark_prints_its_rows_and_writes_them(
    main: Callable[[Sequence[str]], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    main(["--quick", "--json", str(path)])
    figures = json.loads(path.read_text(encoding="utf-8"))
    printed = capsys.readouterr().out
    assert figures["rows"]
    for title in figures["rows"][0]:
        assert title in printed
    for bar in figures["bars"]:
        assert bar["name"] in printed
    assert counts(figures) == {}


def counts(figures: Any) -> dict[str, float]:
    """The bars that time and memory have no part in, where they don't hold."""
    return {bar["name"]: bar["value"] for bar in figures["bars"] if not bar["unit"] and not bar["holds"]}
