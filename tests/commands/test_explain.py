"""`mistral-lsp explain` as a person runs it."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.endpoint import turns

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CODE = 'def price(item):\n    return item["price"]\n\n\nprint(price({}))\n'
OUTPUT = """\
Traceback (most recent call last):
  File "cart.py", line 5, in <module>
    print(price({}))
  File "cart.py", line 2, in price
    return item["price"]
KeyError: 'price'
"""
PLACES = """\
KeyError: 'price'
  cart.py:2 in price     return item["price"]
  cart.py:5 in <module>  print(price({}))
"""


@dataclass(frozen=True, slots=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with Endpoint(
        Script(reply="**Cause**: the `item` of `cart.py:2` has no price; see `get_price`.\n")
    ) as endpoint:
        yield endpoint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "cart.py").write_text(CODE)
    (folder / ".env").write_text("KEY=of-the-user\n")
    return folder


async def explain(folder: Path, *arguments: str, url: str, text: str | bytes = "") -> Ran:
    """Run it in the folder, with the text on its standard input."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MISTRAL_LSP_")}
    env = {"XDG_CONFIG_HOME": str(folder.parent / "config"), "MISTRAL_LSP_ENDPOINT_URL": url}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mistral_lsp", "explain", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=own | env,
        cwd=folder,
    )
    data = text.encode() if isinstance(text, str) else text
    out, err = await asyncio.wait_for(process.communicate(data), 60)
    ran = Ran(process.returncode or 0, out.decode(), err.decode())
    assert "Traceback" not in ran.err
    return ran


async def test_standard_input_is_explained_below_its_places(folder: Path, endpoint: Endpoint) -> None:
    ran = await explain(folder, url=endpoint.url, text=f"\x1b[31m{OUTPUT}\x1b[0m")
    assert ran.out.startswith(f"{PLACES}\n**Cause**: the `item` of `cart.py:2` has no price")
    assert ran.out.endswith("neither in this code nor in the language: get_price\n")
    assert (ran.status, ran.err) == (0, "")
    [turn] = turns(endpoint)
    assert "def price(item):" in turn


@pytest.mark.parametrize("kind", ["file", "text", "-"])
async def test_a_file_or_a_text_is_explained_as_well(folder: Path, endpoint: Endpoint, kind: str) -> None:
    (folder / "build.log").write_text(OUTPUT)
    argument = {"file": "build.log", "text": OUTPUT, "-": "-"}[kind]
    ran = await explain(folder, argument, url=endpoint.url, text=OUTPUT if kind == "-" else "")
    assert ran.out.startswith(PLACES)
    assert ran.status == 0


async def test_from_within_a_repository_places_can_be_opened_as_they_are(folder: Path, endpoint: Endpoint) -> None:
    (folder / ".git").mkdir()
    (folder / "logs").mkdir()
    ran = await explain(folder / "logs", url=endpoint.url, text=OUTPUT.replace("cart.py", f"{folder}/cart.py"))
    assert "  ../cart.py:2 in price " in ran.out
    assert ran.status == 0


async def test_a_place_that_may_not_be_read_is_not(folder: Path, endpoint: Endpoint) -> None:
    ran = await explain(folder, url=endpoint.url, text=OUTPUT.replace("cart.py", ".env").replace("line 2", "line 1"))
    assert "None of the places" in ran.out
    [turn] = turns(endpoint)
    assert "of-the-user" not in turn


async def test_output_of_no_known_form_is_explained_from_its_text(folder: Path, endpoint: Endpoint) -> None:
    ran = await explain(folder, "segmentation fault (core dumped)", url=endpoint.url)
    assert "No error of a known form" in ran.out
    assert ran.status == 0
    assert "segmentation fault" in turns(endpoint)[0]


async def test_with_the_model_down_the_places_still_show(folder: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(fault=Fault.BUSY_503)
    ran = await explain(folder, url=endpoint.url, text=OUTPUT)
    assert ran.out == PLACES
    assert ran.status == 1
    assert ran.err.startswith("mistral-lsp: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "text", "words"),
    [
        ((), "", "there is no output to explain; pipe some into it"),
        ((), " \n\n", "there is no output to explain"),
        (("missing.log",), "", "missing.log: no such file"),
        (("logs/build",), "", "logs/build: no such file"),
        ((".",), "", ". is a folder"),
    ],
)
async def test_nothing_to_explain_is_one_clear_line(
    folder: Path, endpoint: Endpoint, arguments: tuple[str, ...], text: str, words: str
) -> None:
    ran = await explain(folder, *arguments, url=endpoint.url, text=text)
    assert ran.out == ""
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert ran.status == 1
    assert not endpoint.requests


async def test_a_model_that_says_nothing_is_one_clear_line(folder: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="")
    ran = await explain(folder, url=endpoint.url, text=OUTPUT)
    assert ran.out == PLACES
    assert "had nothing to say" in ran.err
    assert ran.status == 1


async def test_an_answer_cannot_act_on_the_terminal(folder: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=["**Cause**", "\x1b]0;owned\x07", " it is \x1b[2J gone"])
    ran = await explain(folder, url=endpoint.url, text=OUTPUT)
    assert "\x1b" not in ran.out
    assert "\x07" not in ran.out


async def test_bytes_that_are_no_text_and_much_of_it_do_no_harm(folder: Path, endpoint: Endpoint) -> None:
    ran = await explain(folder, url=endpoint.url, text=b"\xff\xfe\0" * 3_000_000 + b"\n" + OUTPUT.encode())
    assert ran.out.startswith(PLACES)
    assert ran.status == 0
    assert len(turns(endpoint)[0]) < 12_000
