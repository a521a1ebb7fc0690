"""Tokens become chunks, and keep their odds on the way."""

from __future__ import annotations

from typing import Any

from mistral_lsp.model import llamacpp_wire
from mistral_lsp.model.chunks import Chunks
from mistral_lsp.model.openai_wire import tokens_in


def test_tokens_that_came_together_are_one_chunk_that_says_where_each_begins() -> None:
    chunks = Chunks()
    chunks.feed(" a", 0.9)
    chunks.feed(" = b", 0.2)
    chunk = chunks.take()
    assert (chunk, chunk.odds) == (" a = b", ((0, 0.9), (2, 0.2)))
    assert (chunks.take(), chunks.take().odds) == ("", ())


def test_a_token_that_may_begin_a_stop_string_keeps_its_odds_until_it_is_certain() -> None:
    chunks = Chunks(("\n\n",))
    chunks.feed("a\n", 0.5)
    first = chunks.take()
    chunks.feed("b", 0.25)
    second = chunks.take()
    assert (first, first.odds) == ("a", ((0, 0.5),))
    assert (second, second.odds) == ("\nb", ((1, 0.25),))


def test_what_a_stop_string_cuts_off_has_no_odds() -> None:
    chunks = Chunks(("\n\n",))
    chunks.feed("a\n\n", 0.5)
    chunks.feed("b", 0.25)
    assert chunks.is_stopped
    assert chunks.take().odds == ((0, 0.5),)


def test_a_token_without_odds_is_text_alone() -> None:
    chunks = Chunks()
    chunks.feed("a")
    assert chunks.take().odds == ()


def test_a_completion_s_logprobs() -> None:
    event = {"choices": [{"text": " a b", "logprobs": {"tokens": [" a", " b"], "token_logprobs": [0.0, -100.0]}}]}
    assert [(text, round(rate or 0, 3)) for text, rate in tokens_in(event)[0]] == [(" a", 1.0), (" b", 0.0)]


def test_a_chat_s_logprobs() -> None:
    choice = {"delta": {"content": " a"}, "logprobs": {"content": [{"token": " a", "logprob": 0.0}]}}
    assert tokens_in({"choices": [choice]}) == ([(" a", 1.0)], False)


def test_tokens_that_are_not_quite_the_text_are_one_with_the_lowest_odds() -> None:
    logprobs = {"tokens": ["bytes:\\xc3", "bytes:\\xa9"], "token_logprobs": [0.0, -0.7]}
    (text, rate), *more = tokens_in({"choices": [{"text": "é", "logprobs": logprobs}]})[0]
    assert (text, round(rate or 0, 2), more) == ("é", 0.5, [])


def test_logprobs_that_make_no_sense_are_none() -> None:
    odd: list[Any] = [None, [], {"tokens": 1}, {"tokens": ["a"], "token_logprobs": [None]}, {"content": [1]}]
    for logprobs in odd:
        assert tokens_in({"choices": [{"text": "a", "logprobs": logprobs}]})[0] == [("a", None)]


def test_llama_cpp_s_probabilities() -> None:
    event = {"content": " a", "completion_probabilities": [{"token": " a", "logprob": 0.0, "top_logprobs": []}]}
    assert llamacpp_wire.tokens_in(event) == ([(" a", 1.0)], False)
    assert llamacpp_wire.tokens_in({"content": " a", "completion_probabilities": "no"}) == ([(" a", None)], False)
