"""Scores: from what happened in a lane to its figures, and to the bars that they are held to."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.measure import percentile
from mistral_lsp.bench.replay.fates import WARM_UP_TOKENS, Fate, fates
from mistral_lsp.bench.replay.tokens import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.bench.replay.endpoint import Stream
    from mistral_lsp.bench.replay.sitting import Change, Record

BURST_S = 2.0  # between two requests: a longer pause is no burst of typing


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a lane came to. None where an endpoint of the user's own doesn't tell, or nothing happened."""

    functions: int
    characters: int
    keys: int
    saved: float  # 1 - keys / characters
    typing_s: float
    slips: int
    shown: int
    accepted: int
    accepted_characters: int
    shown_p50_ms: float | None  # from the request to what is new on the screen
    shown_p95_ms: float | None
    key_p50_ms: float | None  # from the key before it
    key_p95_ms: float | None
    asked: int  # by the editor
    cancelled: int
    requests: int | None  # at the endpoint
    requests_per_100: float | None  # characters
    warm_ups: int | None
    hung_up: int | None
    disagreed: int | None  # streams that what was typed came to contradict
    tokens_made: int | None
    tokens_accepted: int
    tokens_per_accepted: float | None
    tokens_after_disagreement: int | None
    fates: dict[str, int] | None  # of the tokens made; they add up
    prompt_tokens: float | None  # mean
    repeated_in_burst: float | None  # share of a prompt that the one before it began with
    cached: float | None  # share of all prompts that the endpoint's cache had
    hang_up_p50_ms: float | None  # from the disagreement
    hang_up_p95_ms: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bar:
    """What was promised, and what came out; None where it can't be told."""

    name: str
    value: float | None
    limit: float
    is_floor: bool = False  # at least, not at most
    unit: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the promise is kept."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.is_floor else self.value <= self.limit


def figures(records: Sequence[Record]) -> Figures:
    """The figures of one lane."""
    characters = sum(record.characters for record in records)
    keys = sum(record.keys for record in records)
    appeared = [shown for record in records for shown in record.appeared]
    accepted = [text for record in records for text in record.accepted_texts]
    return Figures(
        functions=len(records),
        characters=characters,
        keys=keys,
        saved=1 - keys / characters,
        typing_s=sum(record.ended_s - record.began_s for record in records),
        slips=sum(record.slips for record in records),
        shown=len(appeared),
        accepted=len(accepted),
        accepted_characters=sum(map(len, accepted)),
        shown_p50_ms=_ms([shown.at_s - shown.asked_s for shown in appeared], 50),
        shown_p95_ms=_ms([shown.at_s - shown.asked_s for shown in appeared], 95),
        key_p50_ms=_ms([shown.at_s - shown.key_s for shown in appeared], 50),
        key_p95_ms=_ms([shown.at_s - shown.key_s for shown in appeared], 95),
        asked=sum(record.counts.asked for record in records if record.counts),
        cancelled=sum(record.counts.cancelled for record in records if record.counts),
        tokens_accepted=sum(len(pieces(text)) for text in accepted),
        **_of_endpoint(records, characters, sum(len(pieces(text)) for text in accepted)),
    )


def bars(lanes: Sequence[tuple[str, Figures]], *, slow: str, fast: str) -> list[Bar]:
    """The promises, each held to the worst lane; characters saved at `slow` against those at `fast`."""
    by_name = dict(lanes)
    ratio = by_name[slow].saved / by_name[fast].saved if slow in by_name and fast in by_name else None
    worst = [one for _, one in lanes]
    return [
        Bar(f"characters saved at {slow} against {fast}", ratio, 0.90, is_floor=True),
        Bar("requests per 100 characters", _most([one.requests_per_100 for one in worst]), 12),
        Bar("tokens made per accepted token", _most([one.tokens_per_accepted for one in worst]), 1.8),
        Bar("prompt repeated in a burst", _least([one.repeated_in_burst for one in worst]), 0.98, is_floor=True),
        Bar("hang-up after disagreement, p95", _most([one.hang_up_p95_ms for one in worst]), 10, unit="ms"),
    ]


def disagreed_s(stream: Stream, changes: Sequence[Change], before: str) -> float | None:
    """When what was typed and what was sent first disagreed; None where they never did.

    `before` is the document up to the function. The stream goes on where its prompt ends: a little before the caret.
    """
    at = bisect_right(changes, stream.at_s, key=lambda change: change.at_s)
    have = changes[at - 1].have if at else ""
    origin = _origin(stream.prompt_end, before + have)
    if origin is None:
        return None
    start, typed, sent = (before + have)[:origin], (before + have)[origin:], ""
    events = sorted(
        [(change.at_s, change.have, True) for change in changes[at:]]
        + [(at_s, text, False) for at_s, text in stream.sent]
    )
    for at_s, text, is_key in events:
        if at_s > stream.ended_s:
            return None
        if is_key:
            now = before + text
            if not now.startswith(start):
                return at_s
            typed = now[origin:]
        else:
            sent += text
        if not _agree(typed, sent):
            return at_s
    return None


def _agree(typed: str, sent: str) -> bool:
    """Whether one is the other's beginning; models may leave out the space that they begin with."""
    left, right = typed.lstrip(" "), sent.lstrip(" ")
    return left.startswith(right) or right.startswith(left)


def _of_endpoint(records: Sequence[Record], characters: int, accepted: int) -> dict[str, Any]:
    if any(record.streams is None for record in records):
        return dict.fromkeys(_OF_ENDPOINT)
    streams = [stream for record in records for stream in record.streams or ()]
    asked = [stream for stream in streams if stream.most_tokens > WARM_UP_TOKENS]
    made = sum(len(stream.sent) for stream in streams)
    prompts = sum(stream.prompt_tokens for stream in streams)
    bursts = [pair for record in records for pair in pairwise(record.streams or ()) if _is_burst(*pair)]
    ends = [(one, at_s) for record in records for one in record.streams or () if (at_s := _disagreed_s(one, record))]
    return {
        "requests": len(asked),
        "requests_per_100": 100 * len(asked) / characters,
        "warm_ups": len(streams) - len(asked),
        "hung_up": sum(not stream.is_whole for stream in streams),
        "disagreed": len(ends),
        "tokens_made": made,
        "tokens_per_accepted": made / accepted if accepted else None,
        "tokens_after_disagreement": sum(at > since for one, since in ends for at, _ in one.sent),
        "fates": _fates(records),
        "prompt_tokens": prompts / len(streams) if streams else None,
        "repeated_in_burst": _share([(late.repeated, late.prompt_tokens) for _, late in bursts]),
        "cached": _share([(stream.cached, stream.prompt_tokens) for stream in streams]),
        "hang_up_p50_ms": _ms([one.ended_s - since for one, since in ends], 50),
        "hang_up_p95_ms": _ms([one.ended_s - since for one, since in ends], 95),
    }


_OF_ENDPOINT = (
    *("requests", "requests_per_100", "warm_ups", "hung_up", "disagreed", "tokens_made", "tokens_per_accepted"),
    *(
        "tokens_after_disagreement",
        "fates",
        "prompt_tokens",
        "repeated_in_burst",
        "cached",
        "hang_up_p50_ms",
        "hang_up_p95_ms",
    ),
)


def _fates(records: Sequence[Record]) -> dict[str, int]:
    met = sum((fates(record, partial(_disagreed_s, record=record)) for record in records), Counter[Fate]())
    return {fate.value: met[fate] for fate in Fate}


def _disagreed_s(stream: Stream, record: Record) -> float | None:
    return disagreed_s(stream, record.changes, record.before)


def _is_burst(early: Stream, late: Stream) -> bool:
    return late.at_s - early.at_s < BURST_S


def _origin(prompt_end: str, text: str) -> int | None:
    """Where in a text a prompt ends: at the caret, or before a word that was held back."""
    for end in range(len(text), max(0, len(text) - len(prompt_end)), -1):
        if text[:end].endswith(prompt_end):
            return end
    return None


def _share(parts: Sequence[tuple[int, int]]) -> float | None:
    whole = sum(whole for _, whole in parts)
    return sum(part for part, _ in parts) / whole if whole else None


def _ms(times_s: Sequence[float], percent: int) -> float | None:
    return percentile(times_s, percent) * 1000 if times_s else None


def _most(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _least(values: Sequence[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)
