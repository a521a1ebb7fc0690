"""What is said of every endpoint alike, and foreign words made fit to be shown."""

from __future__ import annotations

ADVICE_TOKEN = "Put the endpoint's token into the environment variable that endpoint.token_env names."  # noqa: S105 - words
ADVICE_LOG = "Look into the endpoint's log."
ADVICE_WAIT = "Wait a moment; if it stays so, let the endpoint take more requests at once, or add another endpoint."
ADVICE_REDIRECT = "Set endpoint.url to the address that it redirects to; prompts aren't sent on."
ADVICE_SLOW = "Wait until the model has loaded and has less to do, or raise endpoint.timeout_s."
ADVICE_CUT = "Look into the endpoint's log; if a proxy stands between, let it pass streams on without a time limit."
ADVICE_ENDLESS = "Check what answers at endpoint.url: it doesn't keep to the length that was asked for, or is slow."
ADVICE_LARGE = "Lower completion.context_tokens, or let the endpoint take larger requests."
ADVICE_ADAPTER = (
    "Set endpoint.adapter to nothing. llama.cpp takes its adapter at its start, with --lora, or merged into the model."
)


def clean(text: str) -> str:
    """Foreign words on one line of bounded length."""
    return "".join(c for c in " ".join(text[:1000].split()) if c.isprintable())[:200]
