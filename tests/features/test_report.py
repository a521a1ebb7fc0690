"""Findings as lines for a terminal."""

from __future__ import annotations

import pytest

from mistral_lsp.features.report import Finding, exit_status, render, verdict

GOOD = Finding("Token", ok=True, detail="$T is set")
FAULT = Finding("Endpoint", ok=False, detail="127.0.0.1:1 refused the connection", cure="Start the model server there.")
REMARK = Finding("Weights", ok=None, detail="not there yet\nsecond line")


def test_details_are_aligned_and_cures_stand_below_them() -> None:
    assert render([GOOD, FAULT, REMARK], colour=False) == (
        "✓ Token       $T is set\n"
        "✗ Endpoint    127.0.0.1:1 refused the connection\n"
        "              → Start the model server there.\n"
        "– Weights     not there yet\n"  # noqa: RUF001 - the mark of a remark
        "              second line\n"
    )


def test_findings_shown_one_by_one_look_the_same() -> None:
    whole = render([GOOD, FAULT, REMARK], colour=True)
    assert "".join(render([finding], colour=True) for finding in (GOOD, FAULT, REMARK)) == whole


def test_colour_is_green_red_and_faint() -> None:
    lines = render([GOOD, FAULT, REMARK], colour=True).splitlines()
    assert lines[0].startswith("\x1b[32m✓\x1b[0m")
    assert lines[1].startswith("\x1b[31m✗\x1b[0m")
    assert lines[3].startswith("\x1b[2m–\x1b[0m")  # noqa: RUF001 - as above


def test_what_an_endpoint_says_cannot_act_on_the_terminal() -> None:
    shown = render([Finding("Model", ok=True, detail="m\x1b]0;title\x07\r", cure="a\nb")], colour=False)
    assert shown == "✓ Model       m\\x1b]0;title\\x07\\r\n              → a\\nb\n"


@pytest.mark.parametrize(
    ("findings", "status", "told"),
    [
        ([], 0, "All is well.\n"),
        ([GOOD, REMARK], 0, "All is well.\n"),
        ([GOOD, FAULT], 1, "One fault.\n"),
        ([FAULT, FAULT], 1, "2 faults.\n"),
    ],
)
def test_only_a_fault_fails(findings: list[Finding], status: int, told: str) -> None:
    assert exit_status(findings) == status
    assert verdict(findings, colour=False) == told
