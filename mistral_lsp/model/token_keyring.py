"""The system's keyring as a place for an endpoint's token, through the optional package `keyring`."""

from __future__ import annotations

from mistral_lsp.model.base import Refused

SERVICE = "mistral-lsp"


def read(name: str) -> str:
    """The token under a name. It blocks, and may wait until the user has unlocked the keyring. Raises Refused."""
    try:
        import keyring
    except ImportError:
        advice = "Install mistral-lsp[keyring], or use endpoint.token_file."
        raise Refused("endpoint.token_keyring needs the package keyring", advice=advice) from None
    try:
        token: str | None = keyring.get_password(SERVICE, name)
    except Exception as error:  # noqa: BLE001 - each backend fails in its own way
        why = f"endpoint.token_keyring can't be read ({type(error).__name__})"
        raise Refused(why, advice="Unlock the keyring, or use endpoint.token_file.") from None
    if not token:
        advice = f"Put it there: `keyring set {SERVICE} {name}`."
        raise Refused("the keyring holds no token under the name that endpoint.token_keyring gives", advice=advice)
    return token
