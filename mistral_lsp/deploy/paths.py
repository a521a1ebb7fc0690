"""Where things lie and listen within the containers; the same for every target."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistral_lsp.deploy.plan import Plan

ENGINE_PORT = 8080  # within the network that the proxy shares with the engine
PROXY_PORT = 8000  # without TLS, on loopback or behind an Ingress
TLS_PORT = 8443
READY_PORT = 8081  # whether the proxy has an engine to ask; never published
WEIGHTS = "/weights"
KEY = "/run/secrets/key"
HF_TOKEN = "/run/secrets/hf_token"  # noqa: S105 - where it is
SESSION_HEADER = "x-session-id"  # what our clients send, as model/http.py has it


def weights_path(plan: Plan) -> str:
    """The weights' folder, or file; it ends in the model's own name, since that is what some engines tell of it."""
    repository = f"local/{plan.repository.rstrip('/').rpartition('/')[2]}" if plan.is_local else plan.repository
    file = f"/{plan.model.gguf_file}" if plan.option.precision == "gguf" else ""
    return f"{WEIGHTS}/{repository}{file}"
