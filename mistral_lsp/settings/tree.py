"""The tree of settings. A field's default, type, limits and one line about it stand here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from mistral_lsp.settings import rule
from mistral_lsp.settings.guardrails import Guardrails
from mistral_lsp.settings.reading import Privacy, Workspace
from mistral_lsp.settings.roles import Endpoints, chat_of
from mistral_lsp.settings.rule import Rule, setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where prompts go. Only the user may move it: see `Source.may_set_endpoint`."""

    kind: str = setting(
        "auto",
        "What the endpoint speaks: openai is vLLM and its like; auto asks the url, and without one it is the small "
        "embedded model.",
        choices=("auto", "tgi", "openai", "llamacpp", "embedded"),
    )
    url: str = setting(
        "",
        "The endpoint's address.",
        form=rule.url,
        allowed_form="an http:// or https:// URL without user, query and fragment, or unix: and the path of a socket; "
        'such as "http://127.0.0.1:8080"',
    )
    model: str = setting(
        "",
        "For openai: which of the models that it serves; empty takes the first. For the embedded engine: the path of "
        "a GGUF file of your own instead of the small one that is fetched.",
        form=rule.model,
        allowed_form="a model's name, or the absolute path of a GGUF file",
    )
    adapter: str = setting(
        "",
        "A LoRA adapter that TGI or vLLM serves beside its model; empty asks the model itself, and so does a name that "
        "TGI doesn't know.",
        form=rule.name,
        allowed_form="an adapter's name, as the endpoint was started with",
    )
    family: str = setting(
        "auto",
        "The prompt file in prompts/completion/ that fits the model; auto asks the endpoint what the model is.",
        form=rule.file_name,
        allowed_form='"auto" or the name of a prompt file, such as "mistral-v3"',
    )
    families: tuple[str, ...] = setting(
        (),
        'Prompt files for models of other names: "qwen coder = base" gives base.j2 to every model with these words in '
        "its name.",
    )
    profiles: tuple[str, ...] = setting(
        (),
        'Other endpoints to switch to by a command, each as "name = address": a model\'s name may follow, and '
        'token_env=VARIABLE, such as "gpu = https://gpu.example mistral-7b token_env=GPU_TOKEN".',
    )
    token_env: str = setting(
        "MISTRAL_LSP_TOKEN",
        "The name of the environment variable that holds the endpoint's token; empty sends none.",
        form=rule.variable,
        allowed_form="the name of an environment variable in capitals, not the token itself",
        is_secret=True,
    )
    token_file: str = setting(
        "",
        "A file that holds the token, where the variable isn't set; nobody else may be able to read it.",
        form=rule.path,
        allowed_form="an absolute path",
    )
    token_keyring: str = setting(
        "",
        "The name under which the system's keyring holds the token, for the service mistral-lsp; it is asked where "
        "neither the variable nor the file is set, and needs mistral-lsp[keyring].",
        form=rule.key_name,
        allowed_form='a name without spaces, such as "gpu", not the token itself',
        is_secret=True,
    )
    allow_http: bool = setting(
        False,  # noqa: FBT003 - a default, named by its field
        "Send code to another host over http://, which anybody on the way can read.",
    )
    proxy: str = setting(
        "",
        "The proxy to reach the endpoint through; proxy variables of the environment aren't followed.",
        form=rule.url,
        allowed_form='an http:// URL without user, query and fragment, such as "http://127.0.0.1:3128"',
    )
    ca_file: str = setting(
        "",
        "Certificates (PEM) to trust besides the system's, for an https endpoint of your own.",
        form=rule.path,
        allowed_form="an absolute path",
    )
    timeout_s: float = setting(10.0, "Seconds to wait for the first token.", low=0.1, high=600)


@dataclass(frozen=True, slots=True)
class Completion:
    """Ghost text."""

    enabled: bool = setting(True, "Suggest while typing.")  # noqa: FBT003 - a default, named by its field
    delay_ms: int | Literal["adaptive"] = setting(
        "adaptive",
        "Milliseconds that typing must pause before the model is asked; adaptive is at most 150, by how you type and "
        "how quick the endpoint is.",
        low=0,
        high=5000,
        choices=("adaptive",),
    )
    deadline_ms: int = setting(
        5000, "Milliseconds after which the whole lines that have come are shown.", low=100, high=60_000
    )
    max_tokens: int = setting(64, "Tokens of an answer at most.", low=1, high=1024)
    context_tokens: int = setting(
        2048, "Tokens of code that the model reads: around the cursor, and of other files.", low=64, high=32_768
    )
    min_confidence: float = setting(
        0.15,
        "How likely each token of what is shown must be, by the model's own word: at a less likely one it is stopped, "
        "and what came before is shown. Where it was wrong twice in a line, it is left alone until the next. 0 shows "
        "all. TGI, vLLM, llama.cpp and the embedded model tell.",
        low=0,
        high=0.9,
    )
    fetch_ahead: str = setting(
        "idle",
        "When to ask for what follows a suggestion, as if it were accepted: while you pause, always, or never.",
        choices=("off", "idle", "always"),
    )
    warm_up: bool = setting(
        True,  # noqa: FBT003 - as above
        "Let the endpoint read the next prompt while you pause, where other code has come into it.",
    )
    in_comments: bool = setting(True, "Suggest inside of comments.")  # noqa: FBT003 - as above
    in_strings: bool = setting(True, "Suggest inside of strings.")  # noqa: FBT003 - as above
    risky: str = setting(
        "mark",
        "What to do with suggestions that add a key, switch off the check of a certificate, run text as code, or "
        "import a package that the project doesn't know: mark shows them and says so in the menu, in the plugin's "
        'status and in the answer to "Why is there no suggestion?"; drop doesn\'t show them.',
        choices=("mark", "drop", "allow"),
    )
    disabled_languages: tuple[str, ...] = setting((), "Language ids without ghost text, as the editor calls them.")
    snippets: bool = setting(
        True,  # noqa: FBT003 - as above
        "Put text from other files of the project into prompts: what resembles the code at the cursor, recent edits.",
    )
    in_menu: bool = setting(
        False,  # noqa: FBT003 - as above
        "Offer the same text in the completion menu, for editors without inline completion.",
    )


@dataclass(frozen=True, slots=True)
class Explain:
    """What a hover says of errors."""

    enabled: bool = setting(True, "Explain diagnostics on hover.")  # noqa: FBT003 - as above
    deadline_ms: int = setting(
        1500,
        "Milliseconds after which a hover shows what is there; the explanation goes on, and the next hover has it.",
        low=50,
        high=60_000,
    )
    prepare: bool = setting(
        True,  # noqa: FBT003 - as above
        "Write explanations of the diagnostics near the cursor while you pause.",
    )
    symbols: bool = setting(False, "Also explain names that nothing is wrong with.")  # noqa: FBT003 - as above


@dataclass(frozen=True, slots=True)
class Actions:
    """Code actions."""

    enabled: bool = setting(True, "Offer code actions.")  # noqa: FBT003 - as above
    candidates: int = setting(
        1, "How many answers to ask for at once; the one that passes most checks is offered.", low=1, high=3
    )
    preview: bool = setting(
        True,  # noqa: FBT003 - as above
        "Have the editor show what is rewritten before it is applied, where it can; fixes are applied at once.",
    )
    checkers: tuple[str, ...] = setting(
        (),
        "Linters and type checkers that must agree before an edit is offered; each runs on a copy of the project, "
        "without a shell. \"*.py: mypy {file}\" is for the files of such names alone. The editor's configuration can't "
        "set it.",
        form=rule.command,
        allowed_form='a list of command lines, such as ["ruff check {file}", "mypy {file}"]',
    )
    test_command: str = setting(
        "",
        "Tests that must still pass before an edit is offered; they run on a copy of the project, without a shell. "
        "The editor's configuration can't set it.",
        form=rule.command,
        allowed_form='a command line, such as "python -m pytest -x -q"',
    )
    measure: str = setting(
        "ask",
        "Whether a function of Python and its optimised version are run on the same inputs, to see that they do the "
        "same and how much faster it is: in a limited process on a copy of the project. The editor's configuration "
        "can't set it.",
        choices=("ask", "always", "never"),
    )


@dataclass(frozen=True, slots=True)
class Diagnose:
    """Errors that we find ourselves."""

    syntax: bool = setting(
        False,  # noqa: FBT003 - as above
        "Publish syntax errors as diagnostics, for languages without a server of their own.",
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole tree, every value checked."""

    endpoint: Endpoint = field(default_factory=Endpoint)
    completion: Completion = field(default_factory=Completion)
    explain: Explain = field(default_factory=Explain)
    actions: Actions = field(default_factory=Actions)
    guardrails: Guardrails = field(default_factory=Guardrails)
    diagnostics: Diagnose = field(default_factory=Diagnose)
    workspace: Workspace = field(default_factory=Workspace)
    privacy: Privacy = field(default_factory=Privacy)
    chat: Endpoint = field(default_factory=lambda: Endpoint(token_env=""))  # what counts is `chat_endpoint`

    @property
    def chat_endpoint(self) -> Endpoint:
        """Whom questions and edits go to: the same endpoint, unless the user names another one for them."""
        return chat_of(self.endpoint, self.chat)

    @property
    def endpoints(self) -> Endpoints:
        """All that may be sent to."""
        return Endpoints(self.endpoint, self.chat_endpoint)


CHAT = "endpoint.chat"
SECTIONS: dict[str, type] = {
    "endpoint": Endpoint,
    CHAT: Endpoint,
    "completion": Completion,
    "explain": Explain,
    "actions": Actions,
    "guardrails": Guardrails,
    "diagnostics": Diagnose,
    "workspace": Workspace,
    "privacy": Privacy,
}


def tree_of(values: Mapping[str, Any]) -> Settings:
    """The tree of checked values by key, such as "endpoint.url"; every key must be there."""
    parts = {
        _attribute(section): tree(**{member.name: values[f"{section}.{member.name}"] for member in fields(tree)})
        for section, tree in SECTIONS.items()
    }
    return Settings(**parts)


def value_of(settings: Settings, key: str) -> Any:
    """The value of a key in the tree."""
    section, _, name = key.rpartition(".")
    return getattr(getattr(settings, _attribute(section)), name)


def _attribute(section: str) -> str:
    return section.rpartition(".")[2]


def variable_of(key: str) -> str:
    """The environment variable of a key."""
    return "MISTRAL_LSP_" + key.replace(".", "_").upper()


def _rules() -> Iterator[tuple[str, Rule]]:
    for section, tree in SECTIONS.items():
        for member in fields(tree):
            known: Rule = member.metadata["rule"]
            is_chats_token = (section, member.name) == (CHAT, "token_env")
            yield f"{section}.{member.name}", replace(known, default="") if is_chats_token else known


RULES: dict[str, Rule] = dict(_rules())
