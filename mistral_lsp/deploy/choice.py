"""Choice: every engine and precision on one GPU with what it would be like, and which of them to take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.sizing import Fit, Times, fit, times
from mistral_lsp.deploy.engine_table import ENGINES, PRECISIONS, EngineRow
from mistral_lsp.deploy.model_table import weights_of
from mistral_lsp.deploy.refusal import Refusal

if TYPE_CHECKING:
    from mistral_lsp.core.gpus import Gpu
    from mistral_lsp.deploy.model_table import ModelRow

GOOD_LINE_S = 0.12  # a line that comes so soon feels immediate; no precision is given up for less
_BY_QUALITY = ("fp8", "fp16", "awq", "gptq", "gguf")  # fp8 loses next to nothing, and takes half the time
_BY_ENGINE = ("vllm", "tgi", "llamacpp")


@dataclass(frozen=True, slots=True)
class Option:
    """One engine with one precision."""

    engine: EngineRow
    precision: str
    fit: Fit
    times: Times
    problem: str = ""  # why it can't be

    @property
    def is_good(self) -> bool:
        """Whether a line comes soon enough."""
        return not self.problem and self.times.warm_s <= GOOD_LINE_S


def options(model: ModelRow, gpu: Gpu, context_tokens: int) -> tuple[Option, ...]:
    """All of them, the engines in the order of the table."""
    return tuple(
        Option(
            engine,
            precision,
            fit(model.architecture, precision, gpu, context_tokens),
            times(model.architecture, precision, gpu),
            problem_of(model, engine, precision, gpu, context_tokens),
        )
        for engine in ENGINES.values()
        for precision in PRECISIONS
        if precision in engine.capability
    )


def chosen(model: ModelRow, gpu: Gpu, context_tokens: int, *, engine: str = "", precision: str = "") -> Option:
    """The best of what the user leaves open. Raises Refusal, with the reason, where nothing is left."""
    if engine and precision and precision not in ENGINES[engine].capability:
        raise Refusal(problem_of(model, ENGINES[engine], precision, gpu, context_tokens))
    left = [
        option
        for option in options(model, gpu, context_tokens)
        if (not engine or option.engine.name == engine) and (not precision or option.precision == precision)
    ]
    able = [option for option in left if not option.problem]
    if not able:
        reasons = list(dict.fromkeys(option.problem for option in left))
        if len(reasons) == 1:
            raise Refusal(reasons[0])
        raise Refusal("\n  ".join([f"{model.name} can't be served on {gpu.name}:", *reasons]))
    good = [option for option in able if option.is_good]
    if good:
        return min(good, key=_rank)
    return min(able, key=lambda option: (round(option.times.warm_s, 3), *_rank(option)))


def _rank(option: Option) -> tuple[int, int]:
    return _BY_QUALITY.index(option.precision), _BY_ENGINE.index(option.engine.name)


def problem_of(model: ModelRow, engine: EngineRow, precision: str, gpu: Gpu, context_tokens: int) -> str:
    """Why this can't be served, in one sentence; empty where it can."""
    least = engine.capability.get(precision)
    if least is None:
        return f"{engine.title} doesn't serve {precision}; it serves {', '.join(engine.capability)}"
    if gpu.capability is None and not engine.cpu_image:
        return f"{engine.title} needs a GPU; for a processor there is llama.cpp: --engine llamacpp --precision gguf"
    if gpu.capability is not None and gpu.capability < least:
        return f"{engine.title} needs compute capability {least} for {precision}; {gpu.name} has {gpu.capability:g}"
    try:
        weights_of(model, precision)
    except Refusal as refusal:
        return str(refusal)
    found = fit(model.architecture, precision, gpu, context_tokens)
    if found.contexts < 1:
        return (
            f"{model.name} in {precision} takes {found.weights_gb:.1f} GB of weights and {found.context_gb:.1f} GB for "
            f"a context of {context_tokens:,} tokens; of the {gpu.memory_gb:g} GB of {gpu.name}, "
            f"{found.usable_gb:.1f} can be used"
        )
    return ""
