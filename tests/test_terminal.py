"""What a person at a terminal sees beside an answer."""

from __future__ import annotations

import io

import pytest

from mistral_lsp import terminal


class Screen(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A terminal in place of stderr; called in the test, since pytest puts its own there before each."""
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    return screen


def test_a_download_is_drawn_as_a_bar_that_fills_and_ends_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watched(monkeypatch)
    with terminal.Progress("Fetching") as progress:
        progress.update(0, 2_000_000)
        progress.update(1_000_000, 2_000_000)
    first, second = screen.getvalue().removeprefix("\r").split("\r")
    assert "█" not in first
    assert second.count("█") == second.count("·") == terminal.BAR_WIDTH // 2
    assert second.endswith("1.0 of 2.0 MB\x1b[K\n")


def test_without_a_terminal_a_download_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.Progress("Fetching") as progress:
        progress.update(0, 2_000_000)
        progress.update(2_000_000, 2_000_000)
    assert capsys.readouterr().err == "Fetching, 2 MB\n"


def test_nothing_is_drawn_where_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watched(monkeypatch)
    with terminal.Progress("Fetching"):
        pass
    assert screen.getvalue() == ""


@pytest.mark.parametrize(
    ("variables", "expected"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], ids=str
)
def test_colour_is_for_terminals_whose_user_wants_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *, expected: bool
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert terminal.has_colour(Screen()) is expected
    assert not terminal.has_colour(io.StringIO())
