"""Published: what others measured of these and other models, to stand beside. Theirs: other questions, another machine.

The figures are those of a published comparison of models as Mistral 7B's users pass it on. Its columns' heads are
lost; the order of the five tasks is our reading of it.
"""

from __future__ import annotations

from mistral_lsp.bench.models.tasks import Kind
from mistral_lsp.bench.runs.outcome import Figure, Lane

_ROWS = (
    ("GPT-3.5 Instruct", (51, 90, 69, 88, 32), 0.40, 2.35),
    ("Mistral 7B Instr. f16", (36, 77, 61, 62, 18), 0.47, 2.63),
    ("Mistral 7B base", (0, 0, 0, 0, 0), 1.03, 1.19),
)
NOTE = (
    "Lanes with * are published by others: other questions and another machine, so that only their order tells "
    "something. The heads of their columns are lost; the order of their five tasks is our reading."
)


def lanes() -> tuple[Lane, ...]:
    """One for each model."""
    return tuple(
        Lane(
            name,
            (
                *(Figure(kind.title, float(score), "%") for kind, score in zip(Kind, scores, strict=True)),
                Figure("per request", seconds, "s"),
                Figure("requests per second", rate),
            ),
            is_reference=True,
        )
        for name, scores, seconds, rate in _ROWS
    )
