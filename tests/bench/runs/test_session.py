"""Cases are worked off; what fails is counted, who is dead is left alone, and what is finished stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.fake_model import INFO, FakeModel

from mistral_lsp.bench.runs.kept import Kept
from mistral_lsp.bench.runs.session import DEAD_AFTER, FAILED, Session
from mistral_lsp.bench.runs.targets import parse_target
from mistral_lsp.model.base import TooSlow, Unreachable
from mistral_lsp.settings import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASES = {str(number): number for number in range(10)}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    kept = Kept(tmp_path / "kept.jsonl", {})
    yield kept
    kept.close()


def session(kept: Kept, at_a_time: int = 1) -> Session:
    return Session(parse_target("stand-in"), FakeModel(), INFO, Endpoint(), kept, 1, at_a_time)


async def double(number: int) -> dict[str, Any]:
    return {"n": 2 * number}


def failing(*numbers: int) -> Any:
    async def do(number: int) -> dict[str, Any]:
        if number in numbers:
            raise Unreachable("the endpoint is gone", advice="Start it again.")
        return await double(number)

    return do


@pytest.mark.parametrize("at_a_time", [1, 4])
async def test_every_case_has_its_result_in_the_order_of_the_cases(kept: Kept, at_a_time: int) -> None:
    one = session(kept, at_a_time)
    assert await one.work("l", CASES, double) == {name: {"n": 2 * number} for name, number in CASES.items()}
    assert one.broke == ""
    assert one.cases[3] == {"lane": "l", "case": "3", "n": 6}


async def test_what_fails_now_and_then_is_counted_and_asked_again_the_next_time(kept: Kept) -> None:
    found = await session(kept).work("l", CASES, failing(2, 5))
    assert found["2"] == found["5"] == {FAILED: "Unreachable"}
    again = await session(kept).work("l", CASES, double)
    assert again["2"] == {"n": 4}
    assert kept.used == 8


async def test_an_endpoint_that_dies_is_left_alone_and_what_is_finished_stays(kept: Kept) -> None:
    one = session(kept)
    found = await one.work("l", CASES, failing(*range(4, 10)))
    assert len(found) == 4 + DEAD_AFTER
    assert "3 requests failed one after the other, after 6 of 10: the endpoint is gone. Start it again." in one.broke
    assert await one.work("m", CASES, double) == {}  # nobody is asked any more
    assert set(await session(kept).work("l", CASES, failing())) == set(CASES)
    assert kept.used == 4


async def test_who_is_slow_has_failed(kept: Kept) -> None:
    async def do(number: int) -> dict[str, Any]:
        if number == 1:
            raise TimeoutError
        if number == 2:
            raise TooSlow("late", advice="")
        return {}

    found = await session(kept).work("l", CASES, do)
    assert (found["1"], found["2"]) == ({FAILED: "TimeoutError"}, {FAILED: "TooSlow"})


async def test_results_of_another_model_are_not_taken(kept: Kept) -> None:
    await session(kept).work("l", CASES, double)
    other = session(kept)
    other.info = type(INFO)("fake", "another", "1.0")
    await other.work("l", CASES, double)
    assert kept.used == 0
