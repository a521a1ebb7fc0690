"""The reference of all settings."""

from __future__ import annotations

from mistral_lsp.settings import RULES
from mistral_lsp.settings.reference import as_markdown_table, describe


def test_every_setting_has_a_row_with_words_in_every_column() -> None:
    rows = describe()
    assert [row.key for row in rows] == list(RULES)
    assert all(row.type and row.default and row.allowed and row.variable for row in rows)
    assert all(row.about.endswith(".") for row in rows)


def test_the_table_has_a_line_for_each_row_with_as_many_cells_as_the_head() -> None:
    lines = as_markdown_table().splitlines()
    own = [key for key in RULES if not key.startswith("endpoint.chat.")]  # those have one line together
    assert len(lines) == 2 + len(own) + 1
    assert {line.count("|") for line in lines} == {5}
    assert lines[2] == (
        '| `endpoint.kind` | `"auto"` | one of "auto", "tgi", "openai", "llamacpp", "embedded" | What the endpoint '
        "speaks: openai is vLLM and its like; auto asks the url, and without one it is the small embedded model. |"
    )
