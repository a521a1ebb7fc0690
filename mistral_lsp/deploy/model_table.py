"""Models whose weights are known, as data; any other is reckoned from its name and what the user says.

Sizes are those of the models' config.json. Version 0.1 looks back over a window of 4096 tokens, and no engine keeps a
prefix for longer prompts than that; later ones have no window.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mistral_lsp.core.hardware import billions_of
from mistral_lsp.core.sizing import Architecture
from mistral_lsp.deploy.refusal import Refusal

MISTRAL_7B = Architecture(billions=7.25, layers=32, kv_heads=8, head_dim=128)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One of them."""

    name: str  # what it is served as; the client tells the prompt's form by it
    architecture: Architecture
    context_tokens: int  # at most
    is_gated: bool = False  # its makers ask for an account that agreed to their terms, to fetch the 16-bit weights
    weights: dict[str, str] = field(default_factory=dict)  # repositories by precision, where not the name itself
    gguf_file: str = ""
    is_guess: bool = False  # about the architecture


def _instruct(version: str, context: int, *, awq: str, gptq: str, gguf: str, file: str) -> ModelRow:
    return ModelRow(
        name=f"mistralai/Mistral-7B-Instruct-{version}",
        architecture=MISTRAL_7B,
        context_tokens=context,
        is_gated=True,
        weights={"awq": awq, "gptq": gptq, "gguf": gguf},
        gguf_file=file,
    )


_ROWS = (
    _instruct(
        "v0.3",
        32_768,
        awq="solidrust/Mistral-7B-Instruct-v0.3-AWQ",
        gptq="RedHatAI/Mistral-7B-Instruct-v0.3-GPTQ-4bit",
        gguf="bartowski/Mistral-7B-Instruct-v0.3-GGUF",
        file="Mistral-7B-Instruct-v0.3-Q4_K_M.gguf",
    ),
    _instruct(
        "v0.2",
        32_768,
        awq="TheBloke/Mistral-7B-Instruct-v0.2-AWQ",
        gptq="TheBloke/Mistral-7B-Instruct-v0.2-GPTQ",
        gguf="TheBloke/Mistral-7B-Instruct-v0.2-GGUF",
        file="mistral-7b-instruct-v0.2.Q4_K_M.gguf",
    ),
    _instruct(
        "v0.1",
        4_096,
        awq="TheBloke/Mistral-7B-Instruct-v0.1-AWQ",
        gptq="TheBloke/Mistral-7B-Instruct-v0.1-GPTQ",
        gguf="TheBloke/Mistral-7B-Instruct-v0.1-GGUF",
        file="mistral-7b-instruct-v0.1.Q4_K_M.gguf",
    ),
    ModelRow(
        name="mistralai/Mistral-7B-v0.3",
        architecture=MISTRAL_7B,
        context_tokens=32_768,
        is_gated=True,
        weights={"awq": "", "gptq": "", "gguf": "MaziyarPanahi/Mistral-7B-v0.3-GGUF"},
        gguf_file="Mistral-7B-v0.3.Q4_K_M.gguf",
    ),
    ModelRow(
        name="mistralai/Mistral-7B-v0.1",
        architecture=MISTRAL_7B,
        context_tokens=4_096,
        is_gated=True,
        weights={
            "awq": "TheBloke/Mistral-7B-v0.1-AWQ",
            "gptq": "TheBloke/Mistral-7B-v0.1-GPTQ",
            "gguf": "TheBloke/Mistral-7B-v0.1-GGUF",
        },
        gguf_file="mistral-7b-v0.1.Q4_K_M.gguf",
    ),
)
MODELS = {model.name.lower(): model for model in _ROWS}
DEFAULT_MODEL = _ROWS[0].name


def model_of(name: str, *, billions: float | None = None, gguf_file: str = "") -> ModelRow:
    """The row of a model; one of an unknown name is reckoned as a Mistral of its size. Raises Refusal."""
    known = MODELS.get(name.lower()) or MODELS.get(f"mistralai/{name.lower()}")
    if known is not None:
        return known
    size = billions or billions_of(name)
    if size is None:
        raise Refusal(f"{name}: the name doesn't tell how large the model is. Say it: --billions 7.25")
    mistral = MISTRAL_7B
    layers = max(1, round(mistral.layers * size / mistral.billions))
    architecture = Architecture(billions=size, layers=layers, kv_heads=mistral.kv_heads, head_dim=mistral.head_dim)
    precision = precision_in(name) or "fp16"
    weights = {"gguf": name} if gguf_file else {} if precision in {"fp16", "fp8"} else {precision: name}
    return ModelRow(
        name=name,
        architecture=architecture,
        context_tokens=32_768,
        weights=weights,
        gguf_file=gguf_file,
        is_guess=size != mistral.billions,
    )


def precision_in(name: str) -> str | None:
    """The precision that a repository of quantised weights has in its name."""
    words = name.lower().replace("_", "-")
    return next(
        (found for found in ("awq", "gptq", "gguf", "fp8") if found in words.replace(".", "-").split("-")), None
    )


def weights_of(model: ModelRow, precision: str) -> str:
    """The repository, or the folder, that has the weights in this precision. Raises Refusal."""
    of_name = precision_in(model.name)
    if of_name is not None and of_name != precision:
        raise Refusal(f"{model.name} is weights in {of_name}, not {precision}. Say --precision {of_name}")
    if repository := model.weights.get(precision):
        return repository
    if precision in {"fp16", "fp8"}:
        return model.name
    how = " and its --gguf-file" if precision == "gguf" else ""
    raise Refusal(
        f"no weights of {model.name} in {precision} are known. Name a repository that has them with --model{how}, or "
        "take --precision fp16"
    )
