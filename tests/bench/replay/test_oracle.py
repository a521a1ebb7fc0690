from __future__ import annotations

from mistral_lsp.bench.replay.oracle import Oracle

HEAD = "import os\n\n\ndef first(a):\n    return a + 1\n\n\n"
FUNCTION = """\
def second(path, name):
    full = os.path.join(path, name)
    if os.path.exists(full):
        return full

    return None"""
REST = "\n\n\ndef third():\n    return second('a', 'b')\n"
TEXT = HEAD + FUNCTION + REST
LINES = len(TEXT.split("\n"))
PROMPT = "[INST] Rules of all kinds.[/INST] ```python\n"


def oracle(*, skill: float = 0.45, name: str = "a.py") -> Oracle:
    return Oracle(name, TEXT, len(HEAD), len(HEAD) + len(FUNCTION), skill)


def found(typed: str) -> str | None:
    """What stands behind the place that it finds: up to the line's end."""
    place = oracle().find(PROMPT + HEAD + typed)
    return None if place is None else TEXT[place[0] :].partition("\n")[0]


def test_it_finds_its_place_by_the_prompts_end() -> None:
    assert found("def second(") == "path, name):"
    assert found("def second(path, name):\n    full = os.path") == ".join(path, name)"


def test_a_place_within_the_held_back_word_or_space_is_found() -> None:
    assert found("def second(path, name):\n   ") == " full = os.path.join(path, name)"


def test_the_functions_start_is_found() -> None:
    assert found("") == "def second(path, name):"


def test_of_two_equal_lines_it_finds_the_one_that_is_being_typed() -> None:
    assert oracle().find(PROMPT + HEAD + FUNCTION[: FUNCTION.index("full)")]) == (
        len(HEAD) + FUNCTION.index("full)"),
        "",
    )


def test_a_blank_line_is_skipped_as_the_indentation_tells() -> None:
    typed = FUNCTION[: FUNCTION.index("\n\n")]
    assert found(f"{typed}\n   ") == "    return None"
    place = oracle(skill=1.0).answer(f"{PROMPT}{HEAD}{typed}\n   ")
    assert place.startswith(" return None")


def test_a_prompt_from_elsewhere_gets_some_line_of_the_file() -> None:
    assert oracle().find(PROMPT + "quite another text: zzzzzz") is None
    assert oracle().answer(PROMPT + "quite another text: zzzzzz") in [line.strip() for line in TEXT.split("\n")]


def test_with_full_skill_it_writes_the_truth() -> None:
    knowing = oracle(skill=1.0)
    assert not any(knowing.blind_spot(line) for line in range(LINES))
    answer = knowing.answer(PROMPT + HEAD + "def second(path")
    assert answer.startswith(", name):")
    assert (FUNCTION + REST).partition("def second(path")[2].startswith(answer)


def test_without_skill_every_line_with_a_name_goes_wrong() -> None:
    answer = oracle(skill=0.0).answer(PROMPT + HEAD + "def second(path, name):\n")
    first = answer.partition("\n")[0]
    assert first != "    full = os.path.join(path, name)"
    assert first


def test_its_blind_spots_are_the_same_at_every_time() -> None:
    spots = [oracle().blind_spot(line) for line in range(LINES)]
    assert spots == [oracle().blind_spot(line) for line in range(LINES)]
    assert any(spots)
    assert spots != [oracle(name="b.py").blind_spot(line) for line in range(LINES)]


def test_more_skill_never_adds_a_blind_spot() -> None:
    few = {line for line in range(LINES) if oracle(skill=0.7).blind_spot(line)}
    many = {line for line in range(LINES) if oracle(skill=0.2).blind_spot(line)}
    assert few < many


def test_behind_a_blind_spot_it_knows_the_rest() -> None:
    lines = TEXT.split("\n")
    model, line, spot = next(
        (model, line, spot)
        for model in (oracle(skill=0, name=f"{number}.py") for number in range(100))
        for line in range(7, 13)
        if (spot := model.blind_spot(line)) and spot.start and len(lines[line]) - spot.end > 8
    )
    start = sum(len(one) + 1 for one in lines[:line])
    behind = model.answer(PROMPT + TEXT[: start + spot.end])
    assert behind.partition("\n")[0] == lines[line][spot.end :]
    before = model.answer(PROMPT + TEXT[: start + spot.start])
    assert before.startswith(spot.instead + lines[line][spot.end :])


def test_inside_of_a_blind_spot_it_fails_at_the_next_name() -> None:
    lines = TEXT.split("\n")
    model, spot = next(
        (model, spot)
        for model in (oracle(skill=0, name=f"{number}.py") for number in range(100))
        if (spot := model.blind_spot(8)) and lines[8][spot.start :].startswith("os.path") and spot.end == len(lines[8])
    )
    typed = PROMPT + TEXT[: TEXT.index(".join(path, name)")]
    assert model.answer(typed).startswith("." + spot.instead)
