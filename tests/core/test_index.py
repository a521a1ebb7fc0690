"""The index: what is put is found, roots stay apart, and memory stays within its bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.core.definition import Definition, Import, Imported, Outline
from mistral_lsp.core.index import Found, Index

ROOT, OTHER = "file:///a", "file:///b"


def outline(*names: str, filler: str = "") -> Outline:
    made = tuple(Definition(name, "function", f"def {name}():{filler}", n, n) for n, name in enumerate(names))
    return Outline("python", (Import("os", (Imported("os", ""),), "import os", 0),), made)


def filled(*paths: str) -> Index:
    index = Index()
    for path in paths:
        index.put(ROOT, path, outline("f"))
    return index


def random_text(seed: int) -> str:
    return "".join(chr(33 + (seed * 7919 + n * n * 31) % 90) for n in range(2000))


def test_what_is_put_comes_back() -> None:
    index = Index()
    assert index.put(ROOT, "a/b.py", outline("f", "g"))
    assert index.outline(ROOT, "a/b.py") == outline("f", "g")
    assert index.find("g", ROOT) == (Found("a/b.py", outline("f", "g").definitions[1]),)
    assert index.paths(ROOT) == ("a/b.py",)
    assert index.file_count == 1


def test_a_newer_outline_takes_the_olders_place() -> None:
    index = Index()
    index.put(ROOT, "a.py", outline("f"))
    used = index.bytes_used
    index.outline(ROOT, "a.py")
    index.put(ROOT, "a.py", outline("g"))
    assert index.find("f", ROOT) == ()
    assert index.outline(ROOT, "a.py") == outline("g")
    index.put(ROOT, "a.py", outline("f"))
    assert index.bytes_used == used


def test_roots_never_mix() -> None:
    index = Index()
    index.put(ROOT, "a.py", outline("f"))
    index.put(OTHER, "a.py", outline("f", "g"))
    assert index.find("g", ROOT) == ()
    assert [found.definition.line for found in index.find("f", ROOT)] == [0]
    index.drop_root(OTHER)
    assert index.find("f", OTHER) == ()
    assert index.paths(OTHER) == ()
    assert index.outline(ROOT, "a.py") is not None


def test_a_name_of_many_files_is_found_in_some() -> None:
    index = filled(*(f"{n}.py" for n in range(500)))
    assert len(index.find("f", ROOT, limit=3)) == 3
    assert len(index.ending(ROOT, "499.py")) == 1
    index.drop(ROOT, "0.py")
    assert "0.py" not in index.paths_defining("f", ROOT)


def test_names_that_every_class_has_are_no_way_to_find_one() -> None:
    index = Index()
    index.put(ROOT, "a.py", outline("__init__"))
    assert index.find("__init__", ROOT) == ()


def test_paths_by_their_end_and_by_their_folder() -> None:
    index = filled("a/b/c.py", "x/b/c.py", "xb/c.py", "c.py", "a/b/d.py")
    assert set(index.ending(ROOT, "b/c.py")) == {"a/b/c.py", "x/b/c.py"}
    assert set(index.ending(ROOT, "c.py")) == {"a/b/c.py", "x/b/c.py", "xb/c.py", "c.py"}
    assert set(index.inside(ROOT, "a/b")) == {"a/b/c.py", "a/b/d.py"}
    assert index.ending(OTHER, "c.py") == ()


def test_many_files_of_one_name_are_all_known_by_their_ends() -> None:
    index = filled(*(f"p{n}/__init__.py" for n in range(400)))
    assert index.ending(ROOT, "p399/__init__.py") == ("p399/__init__.py",)


def test_a_file_that_does_not_fit_is_refused_and_counted() -> None:
    index = Index(max_bytes=20_000)
    accepted = [index.put(ROOT, f"{n}.py", outline(f"f{n}", filler=random_text(n))) for n in range(50)]
    assert accepted[0]
    assert not accepted[-1]
    assert index.refused_count == accepted.count(False)
    assert index.file_count == accepted.count(True)
    assert index.bytes_used <= 20_000


def test_a_wanted_file_takes_the_place_of_the_longest_untouched() -> None:
    index = Index(max_bytes=20_000)
    number = 0
    while index.put(ROOT, f"{number}.py", outline(f"f{number}", filler=random_text(number))):
        number += 1
    index.outline(ROOT, "0.py")
    assert index.put(ROOT, "new.py", outline("g", filler=random_text(99)), wanted=True)
    assert index.has(ROOT, "0.py")
    assert not index.has(ROOT, "1.py")
    assert index.bytes_used <= 20_000
    assert not index.put(ROOT, "huge.py", outline(*map(random_text, range(99))), wanted=True)
    assert index.has(ROOT, "new.py")


def test_reading_stays_within_the_bound() -> None:
    index = Index(max_bytes=40_000)
    for n in range(50):
        index.put(ROOT, f"{n}.py", outline(f"f{n}", filler=random_text(n)))
    for path in index.paths(ROOT):
        index.outline(ROOT, path)
    assert len(index._unpacked) > 1 or index.bytes_used >= 40_000 // 2
    assert index._unpacked_bytes < 40_000


def test_nothing_is_left_when_all_is_dropped() -> None:
    index = filled("a/b.py", "a/c.py", "d.py")
    index.find("f", ROOT)
    for path in index.paths(ROOT):
        index.drop(ROOT, path)
    index.drop(ROOT, "never.py")
    assert index.bytes_used == 0
    assert index.file_count == 0
    root = index._roots[ROOT]
    assert root.paths == root.names._paths == root.files._paths == root.folders._paths == {}


NAMES = st.sampled_from(["f", "g", "h", "__init__"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "want", "drop", "read", "drop root"]),
        st.sampled_from([ROOT, OTHER]),
        st.sampled_from(["a.py", "a/a.py", "a/b.py", "b/a.py"]),
        st.lists(NAMES, max_size=3),
    ),
    max_size=30,
)


@given(STEPS)
def test_it_agrees_with_a_plain_dictionary(steps: list[tuple[str, str, str, list[str]]]) -> None:
    index, model = Index(), dict[tuple[str, str], Outline]()
    for action, root, path, names in steps:
        if action in {"put", "want"}:
            model[root, path] = outline(*names)
            index.put(root, path, outline(*names), wanted=action == "want")
        elif action == "drop":
            model.pop((root, path), None)
            index.drop(root, path)
        elif action == "drop root":
            model = {key: value for key, value in model.items() if key[0] != root}
            index.drop_root(root)
        else:
            assert index.outline(root, path) == model.get((root, path))
    for root in (ROOT, OTHER):
        assert set(index.paths(root)) == {path for at, path in model if at == root}
        for name in "fgh":
            wanted = {p for (at, p), one in model.items() if at == root and name in {d.name for d in one.definitions}}
            assert set(index.paths_defining(name, root)) == wanted
    fresh = Index()
    for (root, path), one in model.items():
        fresh.put(root, path, one)
    assert index.bytes_used - index._unpacked_bytes == fresh.bytes_used
