from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.core.secrets import mask

# Made up, and put together here so that no scanner takes this file for a leak.
BODY = "Zx9Kq2Lm7Pw4Rt8Vb3Nc6Yd1Sf5Gh0Jk" * 3
HEX = "3f9c0a7be41d5826" * 4


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("key = AKIA" + "Q3EGRI5PXJ7NZ2LM", 16),
        ("git clone https://ghp_" + BODY[:36] + "@x", 36),
        ("github_pat_" + BODY[:60], 60),
        ("glpat-" + BODY[:20], 20),
        ("xoxb-" + "1234567890-" + BODY[:24], 35),
        ("AIza" + BODY[:35], 35),
        ("sk_live_" + BODY[:24], 24),
        ("sk-proj-" + BODY[:48], 48),
        ("sk-ant-api03-" + BODY[:80], 80),
        ("hf_" + BODY[:34], 34),
        ("npm_" + BODY[:36], 36),
        ("pypi-" + BODY[:60], 60),
        ("SG." + BODY[:22] + "." + BODY[:43], 66),
        ("dop_v1_" + HEX, 64),
        ("AccountKey=" + BODY[:86] + "==", 88),
        ("eyJ" + BODY[:20] + "." + "eyJ" + BODY[:30] + "." + BODY[:40], 95),
        ("postgres://admin:" + "hunter2tree" + "@db/x", 11),
        ("Authorization: Bearer " + BODY[:40], 40),
        ('db_password = "' + "vK8#mQz!4pLx" + '"', 12),
        ("'api_key': '" + BODY[:24] + "',", 24),
        ("SECRET_TOKEN := `" + BODY[:20] + "`", 20),
    ],
)
def test_a_secret_becomes_as_many_stars(text: str, hidden: int) -> None:
    shown = mask(text)
    assert shown.count("*") == hidden
    assert len(shown) == len(text)
    assert mask(f"a = 1\n{text}\nb = 2\n") == f"a = 1\n{shown}\nb = 2\n"


@pytest.mark.parametrize(
    "text",
    [
        'password = os.environ["DB_PASSWORD"]',
        'password = "changeme-please"',
        'token = "<your token here>"',
        'API_KEY = "${API_KEY}"',
        'secret = "my_secret_name"',
        'token_env = "MISTRAL_LSP_TOKEN"',
        "tokens = tokenize(text)",
        'if "-----BEGIN PRIVATE KEY-----" in text:\n    raise ValueError(text)',
        "url = 'https://example.org:8080/a@b'",
        "AKIAlowercase sk-short hf_short eyJ.eyJ.",
        "import base64  # Basic authentication",
        "x = '" + "a" * 64 + "'",
        "sha = 'd41d8cd98f00b204e9800998ecf8427e'",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + "\n".join(BODY[n : n + 64] for n in (0, 7, 13)) + "\nab==\n"


def test_a_private_key_is_masked_line_by_line() -> None:
    shown = mask(f"key = '''{PEM}-----END RSA PRIVATE KEY-----'''\n")
    assert BODY[:20] not in shown
    assert shown.splitlines()[-1] == "-----END RSA PRIVATE KEY-----'''"
    assert shown.count("\n") == PEM.count("\n") + 1


def test_a_key_that_a_window_cut_is_masked_too() -> None:
    shown = mask(PEM.split("\n", 2)[2])
    assert BODY[20:40] not in shown
    assert mask(PEM[:90]).count("*") == 90 - PEM.index("\n") - 1


@given(st.text(alphabet="AKIAghp_sk-eyJ.:/@='\"passwordtoken \n*0123xyzXYZ+", max_size=400))
def test_the_length_and_the_lines_stay(text: str) -> None:
    shown = mask(text)
    assert len(shown) == len(text)
    assert shown.count("\n") == text.count("\n")
    assert mask(shown) == shown


def test_ordinary_code_has_none() -> None:
    """False alarms would take from the model what it needs."""
    folder = Path(sysconfig.get_path("stdlib"))
    changed = {
        name: line
        for name in ("argparse", "asyncio/tasks", "http/client", "json/decoder", "ssl", "smtplib")
        for line in (folder / f"{name}.py").read_text("utf-8").splitlines()
        if mask(line) != line
    }
    assert changed == {}
