"""What prompts have from elsewhere, and when it may change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.cursor import at

from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.index import Index
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.rooted import neighbourhood
from mistral_lsp.core.text import Text
from mistral_lsp.features.idle import Idle
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.features.surroundings import NEAR_LINES, PAUSE_S, Surroundings

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from mistral_lsp.core.definition import Outline

HERE = "file:///p/a.py"
ORDERS = """
def total_of(order, discount):
    subtotal = sum(item.price * item.quantity for item in order.items)
    return subtotal - subtotal * discount
"""
INVOICE = """
def invoice(order, rate):
    subtotal = sum(order.items)
    █
"""
WEATHER = """
def forecast(city, day):
    pressure = station(city).pressure(day)
    return "rain" if pressure < THRESHOLD else "sun"
"""
ROOTS = ("file:///p/inner/", "file:///p/", "file:///q/")


def document(text: str, uri: str) -> Document:
    return Document(uri, "python", 1, Text.of(text))


def outline(text: str) -> Outline:
    parse = OutlineParse(Text.of(text), language_of("python"), clock=lambda: 0.0)
    while not parse.step():
        pass
    return parse.outline


def root_of(uri: str) -> str:
    return next((root.rstrip("/") for root in ROOTS if uri.startswith(root)), "")


class Session:
    """Surroundings whose pauses come when the test says so."""

    def __init__(self, **about: Any) -> None:
        self.now = 0.0
        self.idle = Idle(clock=lambda: self.now)
        self.work: list[Coroutine[None, None, None]] = []
        about = {"root_of": root_of, "spawn": self.work.append, "clock": lambda: self.now, **about}
        self.surroundings = Surroundings(self.idle, **about)

    def open(self, uri: str, text: str) -> Document:
        opened = document(text, uri)
        self.surroundings.opened(opened)
        return opened

    def edit(self, before: Document, words: str, new: str) -> Document:
        """Put text behind the first place where these words stand."""
        self.idle.touch()
        place = str(before.text).index(words) + len(words)
        after = before.changed(before.text.replace(place, place, new), before.version + 1)
        self.surroundings.follow(after)
        return after

    async def ask(self, cursor: Cursor, *, budget: int = 1000, **about: Any) -> list[tuple[str, str]]:
        """The snippets' paths and texts, as a request gets them."""
        self.idle.touch()
        request = CompletionRequest(cursor, invoked=False, root_uri=root_of(cursor.document.uri))
        found = await self.surroundings.snippets(replace(request, **about), budget_chars=budget, window_chars=3000)
        return [(snippet.path, snippet.text) for snippet in found]

    async def pause(self) -> None:
        """The user does nothing for long enough."""
        self.now += PAUSE_S
        while self.work:
            await self.work.pop()


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    yield session
    for work in session.work:
        work.close()


def cursor(marked: str = INVOICE, uri: str = HERE) -> Cursor:
    return at(marked, uri=uri)


async def test_the_first_request_has_what_resembles_its_code(session: Session) -> None:
    session.open("file:///p/src/orders.py", ORDERS)
    session.open("file:///p/weather.py", WEATHER)
    assert await session.ask(cursor()) == [("src/orders.py", ORDERS.strip("\n"))]


async def test_the_first_request_waits_for_a_few_milliseconds_only(session: Session) -> None:
    clock = iter(range(1000))
    session.surroundings._clock = lambda: next(clock) * 0.002
    session.open("file:///p/orders.py", ORDERS)
    for number in range(10):
        session.open(f"file:///p/weather{number}.py", WEATHER)
    assert await session.ask(cursor()) == []
    await session.pause()
    assert [path for path, _ in await session.ask(cursor())] == ["orders.py"]


async def test_while_the_user_types_nothing_changes(session: Session) -> None:
    orders = session.open("file:///p/orders.py", ORDERS)
    here = cursor()
    first = await session.ask(here)
    session.edit(orders, "discount", "_rate")
    session.open("file:///p/more_orders.py", ORDERS.replace("total_of", "whole_total_of"))
    typed = here.document
    for number in range(20):
        session.now += 0.3
        typed = session.edit(typed, "(order.items)\n    ", "r")
        assert await session.ask(Cursor(typed, here.offset + number + 1)) == first
    assert len(session.work) == 1


async def test_after_a_pause_it_follows_what_the_documents_say_now(session: Session) -> None:
    orders = session.open("file:///p/orders.py", ORDERS)
    await session.ask(cursor())
    session.edit(orders, "subtotal * discount", " + fee")
    await session.pause()
    [(_, text)] = await session.ask(cursor())
    assert "subtotal * discount + fee" in text


async def test_a_pause_that_ends_too_soon_changes_nothing_yet(session: Session) -> None:
    orders = session.open("file:///p/orders.py", ORDERS)
    first = await session.ask(cursor())
    session.edit(orders, "subtotal * discount", " + fee")
    quiet_s = iter([PAUSE_S, 0.0, *[PAUSE_S] * 9])

    class Interrupted(Idle):
        @property
        def quiet_s(self) -> float:
            return next(quiet_s)

    session.surroundings.idle = Interrupted()
    assert not await session.surroundings._refreshed()
    assert await session.ask(cursor()) == first
    assert await session.surroundings._refreshed()
    assert await session.ask(cursor()) != first


async def test_another_file_has_its_own_and_coming_back_is_like_a_pause(session: Session) -> None:
    orders = session.open("file:///p/orders.py", ORDERS)
    session.open("file:///p/weather.py", WEATHER)
    sunny = cursor("def sunny(city, day):\n    pressure = station(city).pressure(day)\n    █\n", "file:///p/sun.py")
    assert [path for path, _ in await session.ask(cursor())] == ["orders.py"]
    assert [path for path, _ in await session.ask(sunny)] == ["weather.py"]
    session.edit(orders, "subtotal * discount", " + fee")
    [(_, text)] = await session.ask(cursor())
    assert "subtotal * discount + fee" in text


async def test_far_away_in_the_same_file_is_another_place(session: Session) -> None:
    session.open("file:///p/orders.py", ORDERS)
    session.open("file:///p/climate.py", WEATHER)
    gap = "x = 1\n" * 400
    there = "def sunny(city, day):\n    pressure = station(city).pressure(day)\n    "
    first = cursor(INVOICE + gap + there)
    assert [path for path, _ in await session.ask(first)] == ["orders.py"]
    near = Cursor(first.document, first.document.text.offset(first.line + NEAR_LINES, 0))
    assert [path for path, _ in await session.ask(near)] == ["orders.py"]
    far = Cursor(first.document, len(first.document.text))
    assert [path for path, _ in await session.ask(far)] == ["climate.py"]


async def test_another_budget_is_another_selection(session: Session) -> None:
    session.open("file:///p/orders.py", ORDERS)
    assert await session.ask(cursor(), budget=1000)
    assert await session.ask(cursor(), budget=10) == []


async def test_recent_edits_elsewhere_are_shown_as_they_are_now(session: Session) -> None:
    weather = session.open("file:///p/weather.py", WEATHER)
    here = session.open(HERE, INVOICE.replace("█", ""))
    weather = session.edit(weather, "THRESHOLD", "_HPA")
    session.edit(weather, "(city).", "current_")
    [(path, text)] = await session.ask(Cursor(here, 60))
    assert path == "weather.py"
    assert text == WEATHER.replace("THRESHOLD", "THRESHOLD_HPA").replace("(city).", "(city).current_").strip("\n")


async def test_an_edit_in_view_is_no_snippet_and_one_far_away_is(session: Session) -> None:
    far = "limit_of_parcels = weigh(parcel_scale)\n"
    here = session.open(HERE, INVOICE.replace("█", "") + "x = 1\n" * 2000 + far)
    here = session.edit(here, "def invoice(order", "s")
    assert await session.ask(Cursor(here, 60)) == []
    session.edit(here, "limit_of_parcels = ", "2 * ")
    await session.pause()
    [(path, text)] = await session.ask(Cursor(here, 60))
    assert path == "a.py"
    assert "2 * weigh" in text


@pytest.mark.parametrize(
    ("uri", "is_shown"),
    [
        ("file:///p/deep/down/b.py", True),
        ("file:///p/inner/b.py", False),
        ("file:///q/b.py", False),
        ("file:///elsewhere/b.py", False),
        ("untitled:Untitled-1", False),
    ],
)
async def test_roots_never_mix(session: Session, uri: str, is_shown: bool) -> None:  # noqa: FBT001 - a column
    other = session.open(uri, ORDERS)
    for words in ("discount", "subtotal"):
        other = session.edit(other, words, "_2")
    assert bool(await session.ask(cursor())) is is_shown
    await session.pause()
    assert bool(await session.ask(cursor())) is is_shown


@pytest.mark.parametrize(
    ("left", "right", "see_each_other"),
    [
        ("file:///tmp/a.py", "file:///tmp/b.py", True),
        ("file:///tmp/a.py", "file:///tmp/sub/b.py", False),
        ("untitled:Untitled-1", "untitled:Untitled-2", True),
        ("untitled:Untitled-1", "file:///tmp/a.py", False),
        ("untitled:/tmp/a.py", "file:///tmp/a.py", False),
        ("vscode-notebook-cell:/x/a.ipynb#W0/s", "vscode-notebook-cell:/x/a.ipynb#W1", True),
        ("vscode-notebook-cell:/x/a.ipynb#W0s", "file:///x/a.py", False),
    ],
)
def test_without_a_root_a_folder_s_files_see_each_other(left: str, right: str, *, see_each_other: bool) -> None:
    assert (neighbourhood(left, "") == neighbourhood(right, "")) is see_each_other


async def test_what_may_not_be_shown_never_is() -> None:
    secret = "file:///p/orders.py"
    session = Session(may_show=lambda uri: uri != secret)
    session.edit(session.open(secret, ORDERS), "subtotal", "_2")
    assert await session.ask(cursor()) == []
    await session.pause()
    assert await session.ask(cursor()) == []
    session.work.pop().close()


async def test_what_may_no_more_be_shown_goes_with_a_thaw() -> None:
    hidden: set[str] = set()
    session = Session(may_show=lambda uri: uri not in hidden)
    session.open("file:///p/orders.py", ORDERS)
    assert await session.ask(cursor())
    hidden.add("file:///p/orders.py")
    session.surroundings.thaw()
    assert await session.ask(cursor()) == []
    session.work.pop().close()


async def test_a_closed_document_is_gone_after_a_pause(session: Session) -> None:
    session.edit(session.open("file:///p/orders.py", ORDERS), "subtotal", "_2")
    assert await session.ask(cursor())
    session.surroundings.forget("file:///p/orders.py")
    await session.pause()
    assert await session.ask(cursor()) == []
    assert session.surroundings._hunks == {}


async def closed_orders(text: str | None, uri: str = "file:///p/orders.py", *, is_edited: bool = True) -> Session:
    """A session in which a file was changed and closed, and now stands on the disk like this."""
    session = Session(read=lambda asked: text if asked == uri else None)
    opened = session.open(uri, ORDERS)
    if is_edited:
        session.edit(opened, "discount", "_2")
    session.surroundings.forget(uri)
    return session


async def test_what_was_changed_and_closed_is_shown_as_the_disk_has_it() -> None:
    saved = ORDERS.replace("discount", "rate")
    session = await closed_orders(saved)
    assert await session.ask(cursor()) == []  # nothing is known of it before a pause
    await session.pause()
    assert await session.ask(cursor()) == [("orders.py", saved.strip("\n"))]
    session.work.pop().close()


@pytest.mark.parametrize(
    "about",
    [
        {"text": None},  # it is gone, or may not be read
        {"text": ORDERS, "is_edited": False},
        {"text": ORDERS, "uri": "file:///q/orders.py"},
    ],
    ids=["gone", "not changed", "another root"],
)
async def test_other_closed_documents_are_not(about: dict[str, Any]) -> None:
    session = await closed_orders(**about)
    await session.ask(cursor())
    await session.pause()
    assert await session.ask(cursor()) == []
    session.work.pop().close()


async def test_a_closed_document_that_is_opened_again_is_as_the_editor_has_it() -> None:
    session = await closed_orders(ORDERS)
    await session.ask(cursor())
    await session.pause()
    assert await session.ask(cursor())
    session.open("file:///p/orders.py", WEATHER)
    for _ in range(2):
        await session.pause()
        assert await session.ask(cursor()) == []
    session.work.pop().close()


async def test_after_a_change_of_what_may_be_read_a_closed_document_is_read_first() -> None:
    session = await closed_orders(ORDERS)
    await session.ask(cursor())
    await session.pause()
    assert await session.ask(cursor())
    session.surroundings.thaw()
    assert await session.ask(cursor()) == []
    session.work.pop().close()


async def test_definitions_of_what_the_code_uses_come_from_the_index_of_its_root_alone() -> None:
    index = Index()
    for root, name in (("file:///p", "weigh"), ("file:///q", "other_weigh")):
        index.put(root, "lib/scale.py", outline(f"def {name}(parcel, unit):\n    return parcel\n\nclass Scale: ...\n"))
    session = Session(index=index)
    here = session.open(HERE, "from lib.scale import weigh, other_weigh\n\nheavy = weigh(parcel)\nother_weigh(\n")
    assert await session.ask(Cursor(here, len(here.text) - 1)) == []  # nothing is known of the file itself
    await session.pause()
    assert await session.ask(Cursor(here, len(here.text) - 1)) == [("lib/scale.py", "def weigh(parcel, unit):")]
    session.work.pop().close()


async def test_the_index_tells_of_the_file_itself_before_the_first_pause() -> None:
    index, text = Index(), "from lib.scale import weigh\n\nheavy = weigh(\n"
    index.put("file:///p", "lib/scale.py", outline("def weigh(parcel, unit):\n    return parcel\n"))
    index.put("file:///p", "a.py", outline(text))
    session = Session(index=index)
    here = session.open(HERE, text)
    assert await session.ask(Cursor(here, len(text) - 1)) == [("lib/scale.py", "def weigh(parcel, unit):")]
    session.work.pop().close()


async def test_the_rest_of_the_file_is_shown_in_signatures_after_a_pause(session: Session) -> None:
    head = "from parcels import Parcel\n\ndef weigh(parcel, unit):\n    return parcel\n"
    here = session.open(HERE, head + "print(1)\n" * 2000 + "heavy = \n")
    end = Cursor(here, len(here.text) - 1)
    assert await session.ask(end) == []
    await session.pause()
    assert await session.ask(end) == [("a.py", "from parcels import Parcel\ndef weigh(parcel, unit):")]


async def test_the_cells_above_are_in_the_prompt_already(session: Session) -> None:
    cell, here = "vscode-notebook-cell:/p/a.ipynb#1", "vscode-notebook-cell:/p/a.ipynb#2"
    above = session.open(cell, ORDERS)
    assert await session.ask(cursor(uri=here))
    session.surroundings.thaw()
    assert await session.ask(cursor(uri=here), cells_above=(above,)) == []


async def test_a_pause_is_waited_for_once_however_many_requests_come(session: Session) -> None:
    for _ in range(3):
        await session.ask(cursor())
    assert len(session.work) == 1
    await session.pause()
    await session.ask(cursor())
    assert len(session.work) == 1
