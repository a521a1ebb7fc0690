from __future__ import annotations

from mistral_lsp.bench.replay.prefix_cache import PrefixCache


def tokens(text: str) -> tuple[str, ...]:
    return tuple(text)


def test_the_longest_beginning_counts() -> None:
    cache = PrefixCache()
    cache.add(tokens("abcd"))
    cache.add(tokens("abxy"))
    assert cache.hit(tokens("abcz")) == 3
    assert cache.hit(tokens("zabc")) == 0


def test_the_last_token_is_computed_anew() -> None:
    cache = PrefixCache()
    cache.add(tokens("abcd"))
    assert cache.hit(tokens("abcd")) == 3
    assert cache.hit(tokens("ab")) == 1
    assert cache.hit(()) == 0


def test_only_whole_blocks_are_kept() -> None:
    cache = PrefixCache(block_tokens=4)
    cache.add(tokens("abcdefghij"))
    assert cache.hit(tokens("abcdefghij")) == 8
    assert cache.hit(tokens("abcdefxx")) == 4
    assert cache.hit(tokens("abcx")) == 0


def test_what_was_used_least_recently_goes_first() -> None:
    cache = PrefixCache(sequences=2)
    cache.add(tokens("aaaa"))
    cache.add(tokens("bbbb"))
    cache.hit(tokens("aaax"))
    cache.add(tokens("cccc"))
    assert cache.hit(tokens("aaaa")) == 3
    assert cache.hit(tokens("bbbb")) == 0


def test_a_sequence_that_goes_on_takes_one_place() -> None:
    cache = PrefixCache(sequences=2)
    cache.add(tokens("zzzz"))
    for end in range(1, 6):
        cache.add(tokens("abcdef"[:end]))
    assert cache.hit(tokens("zzzz")) == 3
