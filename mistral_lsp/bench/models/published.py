"""Published: what others measured of these and other models, to stand beside. Theirs: other questions, another machine.

The lanes are of Klu's comparison of models, as Mistral 7B's users pass it on: three of its rows, and its columns' heads
are lost; the order of the five tasks is our reading of it. The base model's lane also has a table of the paper "Mistral
7B" (arXiv 2310.06825), of the model's card on Hugging Face and of the "GPT-4 Technical Report" (arXiv 2303.08774).
"""

from __future__ import annotations

from mistral_lsp.bench.models.tasks import Kind
from mistral_lsp.bench.runs.outcome import Figure, Lane, Table

_BASE = "Mistral 7B base"
_ROWS = (
    ("GPT-3.5 Instruct", (51, 90, 69, 88, 32), 0.40, 2.35),
    ("Mistral 7B Instr. f16", (36, 77, 61, 62, 18), 0.47, 2.63),
    (_BASE, (0, 0, 0, 0, 0), 1.03, 1.19),
)
_CODE = Table(
    "pass@1 of HumanEval without and of MBPP with examples, %, as the paper Mistral 7B (arXiv 2310.06825) has it; "
    "of GPT, as OpenAI's report (arXiv 2303.08774) does",
    tuple(
        {"model": model, "HumanEval": human_eval, "MBPP": mbpp}
        for model, human_eval, mbpp in (
            ("Mistral 7B", 30.5, 47.5),
            ("Mistral 7B, by its card on Hugging Face", 29.88, 47.86),
            ("Code Llama 7B", 31.1, 52.5),
            ("Llama 2 13B", 18.9, 35.4),
            ("Llama 2 7B", 11.6, 26.1),
            ("GPT-4", 67.0, None),
            ("GPT-3.5", 48.1, None),
        )
    ),
)
NOTE = (
    "Lanes with * are from Klu's published comparison: other questions and another machine, so that only their order "
    "tells something. The heads of its columns are lost; the order of its five tasks is our reading."
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
            tables=(_CODE,) if name == _BASE else (),
            is_reference=True,
        )
        for name, scores, seconds, rate in _ROWS
    )
