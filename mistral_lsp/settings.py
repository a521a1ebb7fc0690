"""Settings: one frozen tree, the same names in the user's file, the environment and the editor."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where prompts go."""

    kind: str = "auto"  # "tgi", "embedded", or "auto": tgi where a url is set, the embedded model where none is
    url: str = ""
    model: str = ""  # embedded: the path of a GGUF file of your own; "" is the small one that is fetched
    family: str = "auto"  # a file in prompts/completion/: "mistral-v3", "mistral-v1", "base", "codestral", "smollm2"
    token_env: str = "MISTRAL_LSP_TOKEN"  # the *name* of the variable that holds the token
    ca_file: str = ""
    timeout_s: float = 10.0  # until the first token


@dataclass(frozen=True, slots=True)
class Completion:
    """Ghost text."""

    enabled: bool = True
    delay_ms: int = 75  # wait this long for typing to pause
    deadline_ms: int = 5000  # answer by then with the whole lines that have come
    max_tokens: int = 64
    context_tokens: int = 1024  # of the file around the cursor
    disabled_languages: tuple[str, ...] = ()
    in_menu: bool = False  # the same text by textDocument/completion, for editors without inline completion


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole tree, every value checked."""

    endpoint: Endpoint = field(default_factory=Endpoint)
    completion: Completion = field(default_factory=Completion)
