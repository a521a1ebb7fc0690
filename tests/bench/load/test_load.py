"""Editors are simulated, refusals are counted, and it ends where the endpoint doesn't hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.fake_model import INFO, FakeModel

from mistral_lsp import templates
from mistral_lsp.bench.load.command import _holds, _steps, main
from mistral_lsp.bench.load.typing import Pace, typed
from mistral_lsp.bench.runs.kept import Kept
from mistral_lsp.bench.runs.session import Session
from mistral_lsp.bench.runs.targets import parse_target
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.model.base import Overloaded, Unreachable, Usage
from mistral_lsp.settings import Endpoint

if TYPE_CHECKING:
    from pathlib import Path

    from mistral_lsp.model.base import ModelError

PACE = Pace(seconds=0.05, every_s=0.01)
ROW: dict[str, Any] = {"requests": 200, "refused": 0, "errors": 0, "line_p95_ms": 900.0}


async def step(tmp_path: Path, model: FakeModel, count: int = 2) -> dict[str, Any]:
    kept = Kept(tmp_path / "kept.jsonl", {})
    session = Session(parse_target("stand-in"), model, INFO, Endpoint(), kept, 1)
    try:
        return await typed(session, PromptLibrary(templates.load().sources), "mistral-v3", count, PACE)
    finally:
        kept.close()


async def test_each_editor_has_prompts_of_its_own_that_grow(tmp_path: Path) -> None:
    model = FakeModel("x\n", usage=Usage(prompt_tokens=100, cached_tokens=90))
    row = await step(tmp_path, model)
    assert row["requests"] == len(model.prompts) >= 2
    assert row["line_p95_ms"] is not None
    heads = {prompt.text[:3_000] for prompt in model.prompts}
    assert len(heads) >= 2
    assert model.open_streams == 0


async def test_the_endpoints_own_count_of_its_cache_is_told(tmp_path: Path) -> None:
    row = await step(tmp_path, FakeModel("x", usage=Usage(prompt_tokens=100, cached_tokens=90)))
    assert row["cached"] == 0.9
    assert (await step(tmp_path, FakeModel("x")))["cached"] is None


class Now(FakeModel):
    """It refuses every second request."""

    async def stream(self, prompt: Any, on_usage: Any = None) -> Any:
        self.error = Overloaded("busy", advice="") if len(self.prompts) % 2 else None
        async for chunk in super().stream(prompt, on_usage):
            yield chunk


async def test_refusals_are_counted_and_the_others_go_on(tmp_path: Path) -> None:
    row = await step(tmp_path, Now(""), count=4)
    assert row["refused"] > 0
    assert row["errors"] == 0
    assert row["requests"] > row["refused"]


@pytest.mark.parametrize("error", [Unreachable("gone", advice=""), Overloaded("busy", advice="")])
async def test_where_nobody_is_answered_the_error_is_told(tmp_path: Path, error: ModelError) -> None:
    with pytest.raises(type(error)):
        await step(tmp_path, FakeModel(error=error))


@pytest.mark.parametrize(
    ("about", "holds"),
    [({}, True), ({"line_p95_ms": 1100.0}, False), ({"refused": 2}, True), ({"refused": 2, "errors": 1}, False)],
)
def test_it_holds_by_what_editors_wait_and_lose(about: dict[str, Any], holds: bool) -> None:  # noqa: FBT001
    assert _holds(ROW | about, 1_000) is holds


def test_steps_double_up_to_the_most() -> None:
    assert [_steps(most) for most in (1, 2, 3, 8, 20)] == [[1], [1, 2], [1, 2, 3], [1, 2, 4, 8], [1, 2, 4, 8, 16, 20]]


@pytest.mark.usefixtures("cache")
def test_the_whole_of_it_on_the_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "load.json"
    words = ["--endpoint", "stand-in,profile=h100-fp8", "--editors", "2", "--seconds", "0.2", "--every-s", "0.05"]
    assert main([*words, "--within-ms", "60000", "--json", str(path), "--html", str(tmp_path / "load.html")]) == 0
    [lane] = json.loads(path.read_text())["lanes"]
    assert [(one["title"], one["value"]) for one in lane["figures"][:2]] == [
        ("editors that it holds", 2),
        ("editors that were tried, at most", 2),
    ]
    assert [row["editors"] for row in lane["tables"][0]["rows"]] == [1, 2]
    assert len(lane["curves"][0]["points"]) == 2
    assert "polyline" in (tmp_path / "load.html").read_text()


@pytest.mark.usefixtures("cache")
def test_it_ends_where_the_endpoint_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "load.json"
    words = ["--endpoint", "stand-in,profile=h100-fp8", "--editors", "8", "--seconds", "0.1", "--within-ms", "0.001"]
    assert main([*words, "--json", str(path)]) == 0
    [lane] = json.loads(path.read_text())["lanes"]
    assert lane["figures"][0]["value"] == 0
    assert len(lane["tables"][0]["rows"]) == 1


def loaded(tmp_path: Path, endpoint: str, *words: str) -> dict[str, Any]:
    """The lane of a run at a stand-in, over real HTTP."""
    path = tmp_path / "load.json"
    asked = ["--endpoint", f"{endpoint},profile=h100-fp8", "--every-s", "0.05", "--within-ms", "60000", *words]
    assert main([*asked, "--json", str(path)]) == 0
    [lane] = json.loads(path.read_text())["lanes"]
    return dict(lane)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(("kind", "told"), [("openai", True), ("llamacpp", True), ("tgi", False)])
def test_what_an_engine_tells_of_its_prefix_cache_is_in_the_table(
    kind: str,
    told: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    lane = loaded(tmp_path, f"stand-in,kind={kind}", "--editors", "1", "--seconds", "1")
    cell = lane["tables"][0]["rows"][0]["cached %"]
    figure = next(one for one in lane["figures"] if one["title"] == "prompt tokens in the cache")
    if told:
        assert 50 < cell < 100  # the first prompt at each place is a new one, those after it grow
        assert figure["value"] == cell
    else:
        assert cell == "not reported"
        assert figure["value"] is None


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("kind", ["tgi", "openai", "llamacpp"])
def test_where_the_door_is_full_there_are_429s_and_it_holds_no_more(kind: str, tmp_path: Path) -> None:
    lane = loaded(tmp_path, f"stand-in,kind={kind},admits=1", "--editors", "16", "--seconds", "0.5")
    rows = lane["tables"][0]["rows"]
    assert rows[0]["429"] == 0
    assert rows[-1]["429"] > 0
    assert rows[-1]["failed"] == 0
    assert rows[-1]["holds"] == "no"
    assert lane["figures"][0] == {
        "title": "editors that it holds", "value": rows[-2]["editors"], "unit": "", "count": None, "of": None,
        "interval_95": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--editors", "1000"], "at most 256"),
        (["--seconds", "0"], "--seconds must be above 0"),
        (["--every-s", "0"], "--every-s above 0"),
        (["--family", "abacus"], "--family abacus: it must be"),
    ],
)
@pytest.mark.usefixtures("cache")
def test_what_would_be_an_attack_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--endpoint", "stand-in", *words]) == 2
    assert said in capsys.readouterr().err
