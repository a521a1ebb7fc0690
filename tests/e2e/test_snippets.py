"""What prompts have from other open files, over real stdio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.features.surroundings import PAUSE_S

from .test_workspace import add_folder

if TYPE_CHECKING:
    from pathlib import Path

    from support.session import Start

    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

A, B, ELSEWHERE = "file:///p/a.py", "file:///p/b.py", "file:///q/c.py"
FAMILY = {"MISTRAL_LSP_ENDPOINT_FAMILY": "mistral-v3"}
INVOICE = "def invoice(order, rate):\n    subtotal = sum(order.items)\n    \n"
ORDERS = """
def total_of(order, discount):
    subtotal = sum(item.price * item.quantity for item in order.items)
    return subtotal - subtotal * discount
"""
WITHIN_S = 20.0  # far more than anything here takes


async def test_the_prompt_has_the_other_file_s_relevant_lines(start: Start, endpoint: Endpoint) -> None:
    async with start(endpoint.url, env=FAMILY) as editor:
        editor.open(ORDERS, uri=B)
        editor.open(ORDERS.replace("order", "private_order"), uri=ELSEWHERE)
        prompt = await asked(editor, endpoint)
        assert f"From b.py:\n```\n{ORDERS.strip()}\n```" in prompt
        assert "private_order" not in prompt
        assert prompt.index("From b.py") < prompt.index("def invoice")


async def test_the_head_stays_while_the_user_types_and_follows_after_a_pause(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="nothing that is typed below")
    async with start(endpoint.url, env=FAMILY) as editor:
        editor.open(ORDERS, uri=B)
        first = await asked(editor, endpoint)
        editor.switch(B)
        editor.after("subtotal * discount")
        editor.type(" + fee")
        editor.switch(A)
        editor.after("order.items)\n    ")
        head = first.removesuffix("subtotal = sum(order.items)")
        for character in "x = [":
            editor.type(character)
            assert (await prompt_at_caret(editor, endpoint)).startswith(head)
        async with asyncio.timeout(WITHIN_S):
            while "discount + fee" not in await prompt_at_caret(editor, endpoint):
                await asyncio.sleep(1.5 * PAUSE_S)  # a pause is what this is about
                editor.type("y")


async def test_what_was_changed_and_closed_is_shown_as_it_was_saved(
    start: Start, endpoint: Endpoint, tmp_path: Path
) -> None:
    """The index is off, which would tell of its definitions anyhow."""
    root, file = tmp_path / "project", tmp_path / "project" / "orders.py"
    root.mkdir()
    file.write_text(ORDERS)
    async with start(endpoint.url, env=FAMILY, options={"workspace": {"index": False}}) as editor:
        add_folder(editor, root)
        editor.open(file)
        editor.after("subtotal * discount")
        editor.type(" + fee")
        file.write_text(str(editor.text))
        editor.close()
        editor.open(INVOICE, uri=(root / "invoice.py").as_uri())
        editor.after("order.items)\n    ")
        async with asyncio.timeout(WITHIN_S):
            while f"From orders.py:\n```\n{file.read_text().strip()}\n```" not in await prompt_at_caret(
                editor, endpoint
            ):
                await asyncio.sleep(1.5 * PAUSE_S)
                editor.type("y")


async def test_a_setting_turns_it_off(start: Start, endpoint: Endpoint) -> None:
    async with start(endpoint.url, env=FAMILY, options={"completion": {"snippets": False}}) as editor:
        editor.open(ORDERS, uri=B)
        assert "total_of" not in await asked(editor, endpoint)


async def asked(editor: Editor, endpoint: Endpoint) -> str:
    """The prompt of a request in the body of the invoice."""
    editor.open(INVOICE, uri=A)
    editor.after("order.items)\n    ")
    return await prompt_at_caret(editor, endpoint)


async def prompt_at_caret(editor: Editor, endpoint: Endpoint) -> str:
    await editor.ghost_text(invoked=True)
    prompt: str = next(one for one in reversed(endpoint.requests) if one.path == "/generate_stream").body["inputs"]
    return prompt
