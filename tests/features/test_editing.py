"""Proposals: the best candidate that passes, one more try, or the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.assistant import action, ask_of, grounding
from support.cursor import span
from support.fake_model import FakeModel

from mistral_lsp.core.diagnostic import Diagnostic
from mistral_lsp.core.turn_file import On
from mistral_lsp.features.actions import Offer
from mistral_lsp.features.editing import Edit, Editing, NoEdit, Verdict, nobody
from mistral_lsp.features.grounding import TooLarge
from mistral_lsp.model.base import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.document import Document
    from mistral_lsp.core.turn_file import Promise
    from mistral_lsp.features.editing import Consent, Proposal

CODE = "import os\n\n\ndef total(prices):\n    return sum(«prise»)\n\n\nx = 1\n"


@dataclass
class Checks:
    """Says what the test says of a text."""

    says: Callable[[str], Verdict] = lambda _: Verdict(passed=("parses",), level=1)
    seen: list[frozenset[Promise]] = field(default_factory=list)

    async def check(
        self, edit: Edit, *, promises: frozenset[Promise], diagnostic: Diagnostic | None, may_run: Consent = nobody
    ) -> Verdict:
        assert not await may_run()
        self.seen.append(promises)
        assert diagnostic is None or diagnostic.message
        return self.says(str(edit.after.text))


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


def offer(name: str = "fix", code: str = CODE, on: On = On.DIAGNOSTIC) -> tuple[Document, Offer]:
    place = span(code)
    found = Diagnostic.of(place.start, place.end, "Undefined name `prise`")
    chosen = action(name)
    return place.document, Offer(
        chosen, chosen.title, chosen.kind, on, place.start, place.end, found if on is On.DIAGNOSTIC else None
    )


async def proposed(
    model: FakeModel, checks: Checks | None = None, *, candidates: int = 1, name: str = "fix"
) -> Proposal:
    document, chosen = offer(name, on=On.DIAGNOSTIC if name == "fix" else On.FUNCTION)
    return await Editing(grounding(), ask_of(model), checks or Checks()).propose(
        document, chosen, candidates=candidates
    )


async def test_only_the_lines_that_change_are_replaced() -> None:
    found = await proposed(FakeModel(fenced("def total(prices):\n    return sum(prices)")))
    assert found.edit is not None
    assert [one.text for one in found.edit.replacements] == ["    return sum(prices)"]
    assert found.title == "Fix this error (parses)"


async def test_an_import_goes_to_the_head_of_the_file() -> None:
    raw = fenced("import math\n\ndef total(prices):\n    return math.fsum(prices)")
    found = await proposed(FakeModel(raw))
    assert found.edit is not None
    assert str(found.edit.after.text).startswith("import os\nimport math\n\n\ndef total(prices):\n    return math.fsum")


async def test_a_failure_is_told_and_there_is_one_more_try() -> None:
    model, seen = FakeModel(fenced("def total(prices):\n    return max(prices)")), []

    def says(_: str) -> Verdict:
        seen.append(1)
        return Verdict(failures=("the tests fail",)) if len(seen) == 1 else Verdict(passed=("parses",))

    await proposed(model, Checks(says))
    first, second = (prompt.user or "" for prompt in model.prompts)
    assert "the tests fail" not in first
    assert "could not be used: the tests fail" in second


async def test_then_it_is_given_up_with_the_reason() -> None:
    model = FakeModel(fenced("def total(prices):\n    return max(prices)"))
    with pytest.raises(NoEdit, match="no fix found: the tests fail"):
        await proposed(model, Checks(lambda _: Verdict(failures=("the tests fail",))))
    assert len(model.prompts) == 2


async def test_of_several_candidates_the_one_that_was_checked_furthest_is_offered() -> None:
    class Drawing(FakeModel):
        """Another answer for each seed."""

        async def stream(self, prompt, on_usage=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            self.reply = fenced(f"def total(prices):\n    return sum(prices, {prompt.seed or 0})")
            async for chunk in super().stream(prompt, on_usage):
                yield chunk

    levels = {"0)": Verdict(passed=("parses",), level=1), "1)": Verdict(passed=("tests pass",), level=4)}
    checks = Checks(lambda text: next((v for end, v in levels.items() if end in text), Verdict(failures=("no",))))
    model = Drawing()
    found = await proposed(model, checks, candidates=3)
    assert found.title == "Fix this error (tests pass)"
    assert [prompt.temperature > 0 for prompt in model.prompts] == [False, True, True]


async def test_what_the_action_promises_is_checked() -> None:
    checks = Checks()
    await proposed(FakeModel(fenced("def total(prices):\n    return sum(prices)")), checks, name="document")
    assert checks.seen == [action("document").promises]


async def test_the_words_beside_the_code_are_kept() -> None:
    found = await proposed(
        FakeModel("O(n) as before.\n" + fenced("def total(prices):\n    return sum(prices)")), name="optimise"
    )
    assert found.said == "O(n) as before."


async def test_what_is_too_long_is_not_asked() -> None:
    model = FakeModel("x")
    body = "".join(f"    x{n} = f({n})\n" for n in range(3_000))
    document, chosen = offer("optimise", f"def f():\n{body}    return «1»\n", On.FUNCTION)
    with pytest.raises(TooLarge, match=r"these 3002 lines .* about \d+ lines"):
        await Editing(grounding(), ask_of(model), Checks()).propose(document, chosen)
    assert model.prompts == []


async def test_a_diagnostic_in_a_function_that_is_too_long_is_fixed_by_its_statement() -> None:
    body = "".join(f"    x{n} = f({n})\n" for n in range(3_000))
    model = FakeModel(fenced("    y = g(b)"))
    document, chosen = offer("fix", f"def f():\n{body}    y = g(«a»)\n")
    found = await Editing(grounding(), ask_of(model), Checks()).propose(document, chosen)
    assert found.edit is not None
    assert [one.text for one in found.edit.replacements] == ["    y = g(b)\n"] or found.edit.replacements[
        0
    ].text == "    y = g(b)"


async def test_a_fault_of_the_model_is_the_callers() -> None:
    with pytest.raises(Unreachable):
        await proposed(FakeModel(error=Unreachable("gone", advice="")))
