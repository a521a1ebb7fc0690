"""A token out of the keyring: read late, off the loop, and never told."""

from __future__ import annotations

import asyncio
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from support.fake_model import INFO, FakeModel

from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model import token_keyring
from mistral_lsp.model.base import ModelError, Refused
from mistral_lsp.model.late import RETRY_S, LateModel

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "hf_" + "thisIsTheSecretToken"


class FakeKeyring(ModuleType):
    """What the package gives, with tokens by service and name; or what a backend raises."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__("keyring")
        self.tokens = {("mistral-lsp", "gpu"): TOKEN}
        self.error = error

    def get_password(self, service: str, name: str) -> str | None:
        if self.error is not None:
            raise self.error
        return self.tokens.get((service, name))


def test_the_token_is_what_the_keyring_holds_under_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", FakeKeyring())
    assert token_keyring.read("gpu") == TOKEN


def test_without_the_package_that_is_said_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Refused, match="needs the package keyring") as caught:
        token_keyring.read("gpu")
    assert "mistral-lsp[keyring]" in caught.value.advice


def test_a_name_without_a_token_is_refused_with_the_command_to_put_one_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", FakeKeyring())
    with pytest.raises(Refused, match="holds no token") as caught:
        token_keyring.read("other")
    assert "keyring set mistral-lsp other" in caught.value.advice


def test_what_a_backend_says_when_it_fails_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", FakeKeyring(RuntimeError(TOKEN)))
    with pytest.raises(Refused, match="RuntimeError") as caught:
        token_keyring.read("gpu")
    assert TOKEN not in f"{caught.value!r} {caught.value.advice}"
    assert caught.value.__cause__ is None


class Reads:
    """A keyring that answers when it is let, with one answer after another."""

    def __init__(self, *answers: str | ModelError) -> None:
        self.answers = list(answers)
        self.gate = threading.Event()
        self.threads: list[threading.Thread] = []

    def __call__(self) -> str:
        self.threads.append(threading.current_thread())
        self.gate.wait(10)
        answer = self.answers.pop(0)
        if isinstance(answer, ModelError):
            raise answer
        return answer


def late(read: Callable[[], str], now: list[float] | None = None) -> tuple[LateModel, list[str], FakeModel]:
    """The model, the tokens that inner models were made with, and the inner model."""
    made: list[str] = []
    inner = FakeModel("text")

    def make(token: str) -> FakeModel:
        made.append(token)
        return inner

    clock = now or [0.0]
    return LateModel(read, make, clock=lambda: clock[0]), made, inner


async def test_nothing_is_read_before_it_is_asked_and_then_once_and_off_the_loop() -> None:
    read = Reads(TOKEN)
    model, made, inner = late(read)
    await model.warm_up()
    assert not read.threads
    asking = [asyncio.ensure_future(model.describe()) for _ in range(3)]
    await asyncio.sleep(0)
    read.gate.set()
    assert await asyncio.gather(*asking) == [INFO] * 3
    assert "".join([chunk async for chunk in model.stream(Prompt("x", 8))]) == "text"
    assert made == [TOKEN]
    assert len(read.threads) == 1
    assert read.threads[0] is not threading.main_thread()
    assert read.threads[0].daemon  # a locked keyring doesn't keep the server from its end
    await model.close()
    assert inner.closed


async def test_who_gives_up_does_not_end_the_reading_for_others() -> None:
    read = Reads(TOKEN)
    model, made, _ = late(read)
    first, second = (asyncio.ensure_future(model.describe()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    read.gate.set()
    assert await second == INFO
    assert made == [TOKEN]


async def test_a_failure_stays_for_a_while_so_that_nobody_is_asked_at_each_key() -> None:
    read, now = Reads(Refused("locked", advice="Unlock it."), TOKEN), [0.0]
    read.gate.set()
    model, made, _ = late(read, now)
    for _ in range(3):
        with pytest.raises(Refused, match="locked"):
            await model.describe()
    assert len(read.threads) == 1
    now[0] = RETRY_S
    assert await model.describe() == INFO
    assert made == [TOKEN]


async def test_a_session_ends_while_the_user_is_asked() -> None:
    read = Reads(TOKEN)
    model, made, _ = late(read)
    asking = asyncio.ensure_future(model.describe())
    await asyncio.sleep(0)
    await model.close()
    assert isinstance((await asyncio.gather(asking, return_exceptions=True))[0], asyncio.CancelledError)
    read.gate.set()
    read.threads[0].join()
    await asyncio.sleep(0)
    assert made == []
