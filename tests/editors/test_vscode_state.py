"""What VS Code's user knows of the state that it is in, and what they can change while it runs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script

pytest.importorskip("playwright", reason="VS Code isn't tested: playwright is missing, pip install -e '.[dev]' has it")

from support.code_server import EXTENSION
from support.looking import until
from support.vscode_session import asks, shows

if TYPE_CHECKING:
    from playwright.async_api import Locator
    from support.vscode import Window


pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_with_the_endpoint_down_the_status_bar_says_so_and_nothing_pops_up(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(fault=Fault.REFUSE)
    await window.open("down.py", "total = █\n")
    await window.type("a ")
    assert "set endpoint.url" in await window.status(lambda text: "closed the connection" in text)
    await window.type("+ ")
    assert await window.notifications() == []
    await window.command("Mistral LSP: Why Is There No Suggestion?")
    assert "closed the connection" in await window.lines("the model could not answer")
    tgi.script = Script(reply="+ c\n")
    await window.open("up.py", "total = a █\n")
    await window.press("Control+Alt+i")  # by hand, an endpoint that failed is asked at once
    await window.status(lambda text: "answers" in text)


async def test_settings_change_while_it_runs(window: Window, tgi: Endpoint, settings: dict[str, Any]) -> None:
    async with Endpoint(Script(reply="+ elsewhere\n")) as other:
        window.server.configure(
            settings | {"mistralLsp.endpoint.url": other.url, "mistralLsp.completion.max_tokens": 7}
        )
        await window.open("moved.py", "total = █\n")
        await until(lambda: shows(window, "+ elsewhere"), "the other endpoint's ghost text")
        asked = [request for request in other.requests if request.path == "/generate_stream"]
        assert asked[-1].body["parameters"]["max_new_tokens"] == 7
        assert await window.notifications() == []
        window.server.configure(settings)
        await until(lambda: asks(window, tgi), "the endpoint is asked again")


async def test_ghost_text_is_paused_from_the_menu_of_the_status_bar(window: Window) -> None:
    await window.open("pause.py", "total = █\n")
    await window.page.locator(".statusbar-item", has_text="Mistral").first.click()
    await window.pick("Pause ghost text")
    await window.status(lambda text: "paused" in text)
    await window.press("Control+1")  # from the status bar to the editor
    await window.type("a ")
    await window.press("Control+Alt+Shift+m")
    await window.pick("Resume ghost text")
    await window.status(lambda text: "is on" in text)
    await window.type("+ a ")
    await window.ghost_text("+ b")


async def test_another_model_is_switched_to_from_the_menu_of_the_status_bar(
    window: Window, tgi: Endpoint, settings: dict[str, Any]
) -> None:
    name = "mistralai/Mistral-7B-v0.3"
    async with Endpoint(Script(reply="+ elsewhere\n", engine="vllm", model_id=name)) as other:
        profiles = [f"big = {other.url} {name}"]
        window.server.configure(settings | {"mistralLsp.endpoint.profiles": profiles})
        await window.open("switched.py", "total = █\n")
        await window.menu("Switch model")
        await window.pick("Switch model")
        await window.page.locator(".quick-input-list .monaco-list-row", has_text="big").wait_for()
        await window.screenshot("switch")
        await window.pick("big")
        await window.notified("All goes to big now")
        await window.press("Control+Alt+c", "Control+1")
        await until(lambda: shows(window, "+ elsewhere"), "the other model's ghost text")
        asked = [request.body for request in other.requests if request.path == "/v1/completions"]
        assert {body["model"] for body in asked} == {name}
        count = len(tgi.requests)
        await window.status_text("Mistral-7B-v0.3")
        assert len(tgi.requests) == count
        await window.command("Mistral LSP: Switch Model")
        await window.pick("configured")
        await window.press("Control+1")
        await until(lambda: asks(window, tgi), "the configured endpoint is asked again")
        window.server.configure(settings)


async def test_the_token_is_kept_secret_and_reaches_the_endpoint(window: Window, tgi: Endpoint) -> None:
    tgi.script = Script(reply="+ b\n", token="made-up")
    await window.command("Mistral LSP: Set the Endpoint's Token")
    box = window.page.locator(".quick-input-widget input[type=password]")
    await box.fill("made-up")
    await box.press("Enter")
    await window.open("token.py", "total = █\n")

    async def is_told() -> bool:
        await window.type("a ")
        await asyncio.sleep(0.3)
        return any(request.headers.get("authorization") == "Bearer made-up" for request in tgi.requests)

    await until(is_told, "the token")
    kept = [path for path in window.server.home.rglob("*.json") if b"made-up" in path.read_bytes()]
    assert kept == []


async def test_the_walkthrough_shows_the_picture_of_each_step(window: Window) -> None:
    manifest = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    [walkthrough] = manifest["contributes"]["walkthroughs"]
    size = window.page.viewport_size
    await window.page.set_viewport_size({"width": 1400, "height": 900})  # a small editor shows no pictures
    await window.command("Mistral LSP: Get Started")
    for step in walkthrough["steps"]:
        await window.page.locator(f'.getting-started-step[data-step-id$="#{step["id"]}"]').click()
        picture = window.page.locator(f'.getting-started-media img[alt="{step["media"]["altText"]}"]')
        name = step["media"]["image"].rpartition("/")[2]

        async def is_drawn(picture: Locator = picture, name: str = name) -> bool:
            shown: bool = await picture.evaluate(
                "(node, name) => node.currentSrc.includes(name) && node.naturalWidth > 300 && node.clientWidth > 200",
                name,
            )
            return shown

        await until(is_drawn, f"the picture of {step['title']}")
        await window.screenshot(f"walkthrough-{step['id']}")
    await window.page.locator(".tab", has_text="Welcome").click(button="middle")
    if size:
        await window.page.set_viewport_size(size)
