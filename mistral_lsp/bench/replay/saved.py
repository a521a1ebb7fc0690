"""Saved: a run in the form that all benchmarks share, and each typed function as a result that is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.replay.endpoint import Stream
from mistral_lsp.bench.replay.ghost import Counts, Shown
from mistral_lsp.bench.replay.scores import figures
from mistral_lsp.bench.replay.sitting import Change, Record
from mistral_lsp.bench.replay.terminal import ROWS
from mistral_lsp.bench.runs import outcome
from mistral_lsp.bench.runs.outcome import Figure, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mistral_lsp.bench.replay.command import Result
    from mistral_lsp.bench.replay.lanes import Lane
    from mistral_lsp.bench.replay.scores import Figures
    from mistral_lsp.bench.replay.tasks import Task

NAME = "replay"


def outcome_of(result: Result) -> Outcome:
    """What `mistral-lsp bench report` draws; the cases are the functions."""
    lanes = tuple(outcome.Lane(lane.name, tuple(_figures(one)), _about(lane)) for lane, _, one in result.lanes)
    cases = tuple(
        {"lane": lane.name, "case": record.task, **figures([record]).as_dict()}
        for lane, records, _ in result.lanes
        for record in records
    )
    return Outcome(NAME, result.about, lanes, cases=cases)


def as_json(result: Result) -> str:
    """The outcome, and under `replay` the figures by name and the bars."""
    tree = json.loads(outcome_of(result).as_json())
    tree[NAME] = {
        "lanes": [
            {"name": lane.name, "settings": lane.settings, "policy": asdict(lane.policy), "figures": one.as_dict()}
            for lane, _, one in result.lanes
        ],
        "bars": [asdict(bar) | {"holds": bar.holds} for bar in result.bars],
    }
    return json.dumps(tree, indent=1) + "\n"


def place_of(lane: Lane, task: Task) -> tuple[str, str]:
    """What a kept result belongs to: who typed where, and the very function."""
    way = (repr(lane.endpoint), lane.editor.__name__, repr(lane.policy), str(lane.closes_brackets), str(lane.skill))
    text = hashlib.sha256(f"{task.start} {task.end} {task.text}".encode(errors="replace")).hexdigest()
    return "\0".join((*way, json.dumps(lane.settings, sort_keys=True, default=str))), f"{task.name}\0{text}"


def as_result(record: Record) -> dict[str, Any]:
    """For JSON; the file that was typed in is known again from its task."""
    tree = asdict(record)
    del tree["before"]
    return tree


def from_result(tree: Mapping[str, Any], task: Task) -> Record:
    """What `as_result` made."""
    fields = dict(tree)
    fields["changes"] = [Change(**row) for row in tree["changes"]]
    fields["appeared"] = [Shown(**row) for row in tree["appeared"]]
    fields["counts"] = tree["counts"] and Counts(**tree["counts"])
    if tree["streams"] is not None:
        fields["streams"] = [Stream(**row | {"sent": [tuple(one) for one in row["sent"]]}) for row in tree["streams"]]
    return Record(before=task.text[: task.start], **fields)


def _figures(one: Figures) -> Iterator[Figure]:
    base = ""
    for row in ROWS:
        base = base if row.title.startswith("...") else row.title
        title = row.title.replace("...", f"{base},", 1)
        value, is_share = row.value(one), row.form.endswith("%}")
        yield Figure(title, value and value * 100 if is_share else value, "%" if is_share else "")


def _about(lane: Lane) -> dict[str, Any]:
    words = (f"{section}.{name}={value}" for section, part in lane.settings.items() for name, value in part.items())
    return {"settings": " ".join(words)}
