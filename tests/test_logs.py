"""What reaches the log, and what must not."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

import pytest

from mistral_lsp import logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ours = logging.getLogger("mistral_lsp.features.completion")
pygls = logging.getLogger("pygls.protocol.json_rpc")
CODE = "password = 'hunter2'"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root, package = logging.getLogger(), logging.getLogger(logs.OURS)
    before = root.handlers[:], root.level, package.level, logging.raiseExceptions
    yield
    root.handlers[:], root.level, package.level, logging.raiseExceptions = before


def logged(say: Callable[[], object], level: str | None = "debug") -> str:
    stream = io.StringIO()
    logs.set_up(level, stream)
    say()
    return stream.getvalue()


def failing(text: str) -> None:
    try:
        int(text)
    except ValueError:
        ours.exception("request %d failed", 7)


def test_a_record_is_one_line_with_time_level_name_and_message() -> None:
    line = logged(lambda: ours.info("request %d took %.1f ms", 7, 12.34))
    pattern = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO mistral_lsp\.features\.completion: request 7 took 12\.3 ms\n"
    assert re.fullmatch(pattern, line)


def test_line_ends_escapes_and_surrogates_are_spelled_out() -> None:
    line = logged(lambda: ours.info("uri %s", "a\nFAKE line\r\x1b[31m\ud800\u202e"))
    assert line.endswith(r"uri a\nFAKE line\r\x1b[31m\ud800\u202e" + "\n")
    assert line.count("\n") == 1


def test_an_exception_is_told_by_type_and_place_without_its_text() -> None:
    line = logged(lambda: failing(CODE))
    assert re.search(r"request 7 failed \[ValueError < test_logs\.py:\d+ failing\]\n$", line)
    assert "hunter2" not in line


def test_a_library_is_told_by_its_template_alone() -> None:
    line = logged(lambda: pygls.error("Failed to handle request %s %s", 3, {"text": CODE}))
    assert line.endswith("ERROR pygls.protocol.json_rpc: Failed to handle request %s %s\n")


def test_a_library_that_formats_a_traceback_into_its_message_is_cut_at_the_first_line() -> None:
    line = logged(lambda: pygls.error(f"Task exception was never retrieved\nValueError: {CODE}"))
    assert line.endswith(": Task exception was never retrieved\n")


@pytest.mark.parametrize("name", ["pygls", "asyncio", "aiohttp.client", "a_library_of_tomorrow"])
def test_libraries_are_heard_from_warnings_on_even_when_we_debug(name: str) -> None:
    assert not logged(lambda: logging.getLogger(name).info(CODE))
    assert logged(lambda: logging.getLogger(name).warning("beware"))


def test_a_name_that_only_begins_as_ours_is_a_librarys() -> None:
    assert "hunter2" not in logged(lambda: logging.getLogger("mistral_lsp_plugin").error("%s", CODE))


@pytest.mark.parametrize(
    ("given", "variable", "heard"),
    [
        (None, None, "warning"),
        (None, "debug", "debug"),
        (None, "INFO", "info"),
        (None, "", "warning"),
        ("error", "debug", "error"),
    ],
)
def test_the_level_is_the_argument_then_the_environment_then_warning(
    monkeypatch: pytest.MonkeyPatch, given: str | None, variable: str | None, heard: str
) -> None:
    monkeypatch.delenv(logs.VARIABLE, raising=False)
    if variable is not None:
        monkeypatch.setenv(logs.VARIABLE, variable)

    def say_all() -> None:
        for level in logs.LEVELS:
            ours.log(getattr(logging, level.upper()), "at %s", level)

    told = [line.rpartition(" ")[2] for line in logged(say_all, given).splitlines()]
    assert told == list(logs.LEVELS[logs.LEVELS.index(heard) :])


def test_an_unknown_level_is_told_and_warnings_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(logs.VARIABLE, "loud")
    lines = logged(lambda: ours.warning("heard"), None).splitlines()
    assert "loud is not a log level" in lines[0]
    assert "debug" in lines[0]
    assert lines[1].endswith("heard")


def test_arguments_that_do_not_fit_end_nothing_and_are_not_told() -> None:
    assert logged(lambda: ours.warning("took %d ms", CODE)).endswith("took %d ms\n")


def test_a_write_that_fails_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    logs.set_up("debug", stream)
    stream.close()
    ours.warning("%s", CODE)
    assert capsys.readouterr() == ("", "")


def test_a_huge_message_is_cut() -> None:
    assert len(logged(lambda: ours.warning("x" * 100_000))) < 1200


def test_setting_up_twice_logs_once() -> None:
    logs.set_up("debug", io.StringIO())
    assert logged(lambda: ours.warning("once")).count("once") == 1
