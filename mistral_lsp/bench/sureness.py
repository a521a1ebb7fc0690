"""How well a model's own probabilities tell right tokens from wrong ones: what `bench replay`'s stand-in goes by.

The embedded model goes on, greedily, at places in Python's own library. Up to the first token that isn't what stands
there its tokens are right, that one is wrong, and those behind it follow from a mistake. Tokens that begin a name are
told from others, since most mistakes are made there.
`python -m mistral_lsp.bench.sureness` prints the quantiles that `bench/replay/odds.py` holds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from mistral_lsp.bench.measure import percentile
from mistral_lsp.bench.replay import tasks
from mistral_lsp.bench.replay.odds import QUANTILES, Fate, begins_name
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model.embedded import EmbeddedModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mistral_lsp.bench.replay.tasks import Task

PLACES = 200
CONTEXT_CHARS = 600
MAX_TOKENS = 24

Rated = tuple[str, Fate, float]  # the token's kind, its fate, its probability


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=PLACES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    rated = asyncio.run(_measure(options.places, options.seed))
    found: dict[tuple[str, Fate], list[float]] = defaultdict(list)
    for kind, fate, probability in rated:
        found[kind, fate].append(probability)
    for (kind, fate), values in sorted(found.items(), key=lambda item: (item[0][0], item[0][1].value)):
        inner = [percentile(values, percent) for percent in QUANTILES[1:-1]]
        quantiles = " ".join(f"{value:.3f}" for value in (min(values), *inner, max(values)))
        print(f"{kind:5} {fate.value:5} {len(values):6,}: {quantiles}")
    for kind in ("name", "other"):
        print(f"AUC of {kind}: {auc(found[kind, Fate.RIGHT], found[kind, Fate.WRONG]):.3f}")
    both = [[value for kind in ("name", "other") for value in found[kind, fate]] for fate in (Fate.RIGHT, Fate.WRONG)]
    print(f"AUC of all: {auc(both[0], both[1]):.3f}")
    return 0


def auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """How often a right token has the higher probability of the two; ties count half."""
    ordered = sorted(wrong)
    below = sum(_rank(ordered, value) for value in right)
    return below / (len(right) * len(wrong)) if right and wrong else float("nan")


def _rank(ordered: Sequence[float], value: float) -> float:
    return (bisect_left(ordered, value) + bisect_right(ordered, value)) / 2


async def _measure(places: int, seed: int) -> list[Rated]:
    chance = random.Random(seed)
    chosen = tasks.pick(tasks.standard_library(), places, seed=seed, root=tasks.library_root())
    rated: list[Rated] = []
    async with contextlib.AsyncExitStack() as stack:
        model = EmbeddedModel()
        stack.push_async_callback(model.close)
        for task in chosen:
            rated += await _at(task, model, chance)
    return rated


async def _at(task: Task, model: EmbeddedModel, chance: random.Random) -> list[Rated]:
    """The tokens behind the begin of one of the function's words: prompts end where a token ends."""
    body = task.wanted
    words = [at for at in range(len(body) // 4, len(body) - 40) if body[at] in " \n" and not body[at + 1].isspace()]
    if not words:
        return []
    at = task.start + chance.choice(words)
    prompt = Prompt(task.text[max(0, at - CONTEXT_CHARS) : at], MAX_TOKENS, min_confidence=1.0)
    said, odds = "", list[tuple[int, float]]()
    async with contextlib.aclosing(model.stream(prompt)) as chunks:
        async for chunk in chunks:
            odds += [(len(said) + start, probability) for start, probability in getattr(chunk, "odds", ())]
            said += chunk
    return list(_rated(said, odds, task.text[at:]))


def _rated(said: str, odds: Sequence[tuple[int, float]], truth: str) -> Iterator[Rated]:
    is_right = True
    ends = [start for start, _ in odds[1:]] + [len(said)]
    for (start, probability), end in zip(odds, ends, strict=True):
        kind = "name" if begins_name(said[:start], said[start:end]) else "other"
        if not is_right:
            yield kind, Fate.AFTER, probability
        else:
            is_right = truth.startswith(said[:end])
            yield kind, Fate.RIGHT if is_right else Fate.WRONG, probability


if __name__ == "__main__":
    raise SystemExit(main())
