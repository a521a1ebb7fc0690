"""What a name alone says: whatever spelling a file system or an editor allows for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.workspace.names import SECRETS, is_derived, is_secret


@pytest.mark.parametrize(
    "path",
    [
        "/p/.env",
        "/p/.ENV",
        "/p/.env.production",
        "/p/.envrc",
        "/p/.envs/.production/.django",
        "/p/prod.env",
        "/home/me/.ssh/id_rsa",
        "/p/id_rsa",
        "/p/id_rsa.bak",
        "/p/deploy_ed25519",
        "/p/tls/server.PEM",
        "/p/a.p12",
        "/p/.netrc",
        "/p/.npmrc",
        "/p/.pypirc",
        "/p/credentials.json",
        "/home/me/.aws/config",
        "/p/terraform.tfstate",
        "/p/terraform.tfstate.backup",
        "/p/kubeconfig",
        "/home/me/.kube/config",
        "/home/me/.docker/config.json",
        "C:\\work\\.env",
        "/p/server.pem. ",  # Windows opens server.pem
        "/p/.env::$DATA",  # and here too
        "/p/．env",  # noqa: RUF001 - a full-width dot
        "/p/.e\u200cnv",  # macOS doesn't see the joiner
        "vscode-remote://ssh-remote+host/p/.env",
        'git:/p/.env?{"path":"/p/.env","ref":"HEAD"}',
        "zipfile:///p/a.zip::.env",
        "untitled:.env",
        "vscode-notebook-cell:/p/.env#W0sZmlsZQ",
    ],
)
def test_secrets(path: str) -> None:
    assert is_secret(path)


@pytest.mark.parametrize(
    "path",
    [
        "/p/environment.py",
        "/p/env.py",
        "/p/dotenv.py",
        "/p/venv/x.py",
        "/p/keys.py",
        "/p/pem.py",
        "/p/rsa.py",
        "/p/credentials.py",
        "/p/secrets.py",
        "/p/docker/config.json",
        "/p/tokens.ts",
        "untitled:Untitled-1",
        "",
    ],
)
def test_ordinary_code_is_no_secret(path: str) -> None:
    assert not is_secret(path)


@given(st.sampled_from(sorted(SECRETS)), st.text("ab/.", max_size=6), st.sampled_from(["", "/", "/x.py"]))
def test_each_name_counts_in_any_case_and_for_all_below_it(glob: str, before: str, after: str) -> None:
    name = glob.replace("*", "x")
    assert is_secret(f"{before}/{name}{after}")
    assert is_secret(f"{before}/{name.upper()}{after}")


def test_only_folders_are_derived_by_a_folder_s_name() -> None:
    assert is_derived("node_modules", is_folder=True)
    assert not is_derived("build", is_folder=False)
    assert is_derived("jquery.min.js", is_folder=False)
    assert not is_derived("main.js", is_folder=False)
