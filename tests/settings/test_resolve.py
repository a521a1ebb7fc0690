"""One tree from many sources."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.settings import (
    Completion,
    Endpoint,
    Endpoints,
    Problem,
    Resolved,
    Settings,
    Source,
    differences,
    problems_message,
    resolve,
)
from mistral_lsp.settings.tree import RULES, Actions

EDITOR = "initializationOptions"
REPOSITORY = "workspace/configuration"
TOKEN = "hf_0123456789abcdef"
URL = "http://127.0.0.1:8080"


def given_by_editor(raw: Any) -> Resolved:
    return resolve([Source(EDITOR, raw)])


def message(raw: Any) -> str:
    resolved = given_by_editor(raw)
    assert resolved.settings == Settings()
    return problems_message(resolved.problems)


def test_nothing_given_is_the_defaults() -> None:
    resolved = resolve([])
    assert resolved.settings == Settings(Endpoint(), Completion())
    assert not resolved.problems
    assert resolved.wanted is None
    assert set(resolved.origins.values()) == {"default"}


@pytest.mark.parametrize(
    "raw",
    [
        {"endpoint": {"url": URL}, "completion": {"delay_ms": 9}},
        {"endpoint.url": URL, "completion.delay_ms": 9},
        {"endpoint": {"url": URL}, "completion": {"delayMs": 9}},
        {"endpoint.url": URL, "completion.delayMs": 9},
        {"endpoint.url": URL, "completion": {"delay-ms": 9}},
        {"mistralLsp": {"endpoint": {"url": URL}, "completion.delayMs": 9}},
        {"mistralLsp.endpoint.url": URL, "mistralLsp": {"completion": {"delayMs": 9}}},
        {"mistral-lsp": {"endpoint": {"url": URL}, "completion": {"delay_ms": 9}}, "python": {"path": "x"}},
        {"mistral_lsp.endpoint.url": URL, "mistralLsp.completion.delay_ms": 9},
    ],
)
def test_every_way_in_which_editors_write_a_tree_is_read(raw: Any) -> None:
    resolved = given_by_editor(raw)
    assert resolved.settings == Settings(Endpoint(url=URL), Completion(delay_ms=9))
    assert not resolved.problems


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        [],
        {"mistralLsp": None},
        {"mistralLsp": []},
        {"endpoint": None},
        {"endpoint": []},
        {"endpoint": {"url": None}},
        {"mistralLsp": {}, "python": {"path": "x"}},
    ],
)
def test_null_and_luas_empty_table_are_unset(raw: Any) -> None:
    assert message(raw) == ""


def test_a_later_source_stands_above_an_earlier_and_the_origin_says_which() -> None:
    resolved = resolve(
        [
            Source("file", {"completion": {"delay_ms": 1, "max_tokens": 10}}),
            Source("MISTRAL_LSP_COMPLETION_DELAY_MS", {"completion.delay_ms": 2}),
            Source(EDITOR, {"completion": {"delay_ms": 3}}),
            Source(REPOSITORY, {"completion": {"delay_ms": None}}, may_set_endpoint=False),
        ]
    )
    assert resolved.settings.completion == Completion(delay_ms=3, max_tokens=10)
    assert resolved.origins["completion.delay_ms"] == EDITOR
    assert resolved.origins["completion.max_tokens"] == "file"
    assert ("completion.delay_ms", "3", EDITOR) in resolved.rows()


def test_a_wrong_value_leaves_the_lower_sources() -> None:
    resolved = resolve([Source("file", {"completion.delay_ms": 1}), Source(EDITOR, {"completion.delay_ms": "soon"})])
    assert resolved.settings.completion.delay_ms == 1
    assert resolved.origins["completion.delay_ms"] == "file"
    assert str(resolved.problems[0]) == (
        'initializationOptions: completion.delay_ms = "soon" is ignored: it must be a whole number from 0 to 5000, '
        'or "adaptive".'
    )


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"completion.enabled": "no"}, 'completion.enabled = "no" is ignored: it must be true or false.'),
        (
            {"endpoint.kind": "x"},
            'endpoint.kind = "x" is ignored: it must be one of "auto", "tgi", "openai", "llamacpp", "embedded".',
        ),
        ({"complettion": {"enabled": True}}, "complettion is unknown (did you mean completion?)."),
        (
            {"completion": {"delay": 1}},
            "completion.delay is unknown (did you mean completion.delay_ms?).",
        ),
        ({"zzz": 1}, "zzz is unknown; `mistral-lsp settings` lists what there is."),
        ({"endpoint": "http://x"}, "endpoint is ignored: it must be an object with settings in it, not a string."),
        ([1], "is ignored: it must be an object with settings in it, not a list."),
        ({"mistralLsp": 3}, "is ignored: it must be an object with settings in it, not a number."),
    ],
)
def test_a_problem_says_where_what_and_what_is_allowed(raw: Any, told: str) -> None:
    assert told in message(raw)
    assert message(raw).startswith(EDITOR)


@pytest.mark.parametrize(
    "raw",
    [
        {"endpoint": {"token": TOKEN}},
        {"endpoint.apiKey": TOKEN},
        {"api_key": TOKEN},
        {"token": TOKEN},
        {"endpoint": {"authorization": f"Bearer {TOKEN}"}},
        {"endpoint": {"token": {"value": TOKEN}}},
    ],
)
def test_a_token_among_the_settings_is_told_its_place_and_not_echoed(raw: Any) -> None:
    told = message(raw)
    assert "MISTRAL_LSP_TOKEN" in told
    assert TOKEN not in told
    assert TOKEN not in repr(given_by_editor(raw))


@pytest.mark.parametrize(
    "raw",
    [
        {"endpoint.token_env": TOKEN},
        {"endpoint.url": f"https://user:{TOKEN}@host"},
        {"endpoint.url": f"https://host?token={TOKEN}"},
        {"endpoint.kind": TOKEN},
        {"endpoint.urls": TOKEN},
        {"completion.disabled_languages": [TOKEN, 1]},
    ],
)
def test_a_token_under_any_key_is_not_echoed(raw: Any) -> None:
    told = message(raw)
    assert told.startswith(EDITOR)
    assert TOKEN not in told


def test_what_was_put_for_the_variables_name_is_never_echoed() -> None:
    assert "endpoint.token_env = (hidden) is ignored" in message({"endpoint.token_env": "a94a8fe5ccb19ba61c4c"})


def test_max_token_is_a_slip_and_no_secret() -> None:
    assert "did you mean completion.max_tokens?" in message({"completion.max_token": 5})


def test_all_problems_are_one_message_of_bounded_length() -> None:
    told = message({f"completion.key{number}": number for number in range(10_000)} | {"x" * 10_000: 1})
    assert len(told.splitlines()) == 9
    assert told.endswith("And 9993 more.")
    assert len(told) < 2000


def test_a_source_that_could_not_be_read_says_why() -> None:
    resolved = resolve([Source("/home/me/config.toml", None, fault="ignored: line 3")])
    assert problems_message(resolved.problems) == "/home/me/config.toml is ignored: line 3."


def test_what_a_repository_can_write_asks_for_an_endpoint_and_sets_none() -> None:
    trusted = Source(EDITOR, {"endpoint": {"url": URL}})
    raw = {"endpoint": {"url": "http://evil", "token_env": "AWS_SECRET"}, "completion": {"delay_ms": 9}}
    resolved = resolve([trusted, Source(REPOSITORY, raw, may_set_endpoint=False)])
    assert resolved.settings == Settings(Endpoint(url=URL), Completion(delay_ms=9))
    assert resolved.wanted == Endpoints(*[Endpoint(url="http://evil", token_env="AWS_SECRET")] * 2)
    told = differences(resolved.settings.endpoints, resolved.wanted)
    assert told == 'endpoint.url = "http://evil", endpoint.token_env = "AWS_SECRET"'


def test_questions_go_to_the_same_endpoint_unless_another_one_is_named() -> None:
    assert resolve([Source(EDITOR, {"endpoint.url": URL})]).settings.chat_endpoint == Endpoint(url=URL)
    nested = Source(EDITOR, {"endpoint": {"url": URL, "chat": {"url": "https://chat", "model": "big"}}})
    settings = resolve([nested]).settings
    assert settings.endpoint == Endpoint(url=URL)
    assert settings.chat_endpoint == Endpoint(url="https://chat", model="big", token_env="")
    only_token = Source(EDITOR, {"endpoint.url": URL, "endpoint.chat.token_env": "OTHER"})
    assert resolve([only_token]).settings.chat_endpoint == Endpoint(url=URL)


def test_what_a_repository_can_write_asks_for_the_endpoint_for_questions_too() -> None:
    raw = {"endpoint": {"chat": {"url": "http://evil", "token_env": "AWS_SECRET"}}}
    resolved = resolve([Source(EDITOR, {"endpoint.url": URL}), Source(REPOSITORY, raw, may_set_endpoint=False)])
    assert resolved.settings == Settings(Endpoint(url=URL))
    assert resolved.wanted is not None
    assert (resolved.wanted.completion, resolved.wanted.chat.url) == (Endpoint(url=URL), "http://evil")
    told = differences(resolved.settings.endpoints, resolved.wanted)
    assert told == 'endpoint.chat.url = "http://evil", endpoint.chat.token_env = "AWS_SECRET"'


@pytest.mark.parametrize(
    ("url", "chat", "token_env"),
    [
        (URL, {"url": f"{URL}/other"}, "MY_TOKEN"),  # the same server
        ("", {"url": "https://chat"}, "MY_TOKEN"),  # there is no other that it could be meant for
        (URL, {"url": "https://chat"}, ""),
        (URL, {"url": "http://127.0.0.1:8081"}, ""),
        (URL, {"url": "https://chat", "token_env": "MY_TOKEN"}, "MY_TOKEN"),
        ("unix:/run/a", {"url": "unix:/run/b"}, ""),
    ],
)
def test_a_token_goes_to_the_server_that_it_is_meant_for(url: str, chat: dict[str, Any], token_env: str) -> None:
    raw = {"endpoint": {"url": url, "token_env": "MY_TOKEN", "chat": chat}}
    assert resolve([Source(EDITOR, raw)]).settings.chat_endpoint.token_env == token_env


@pytest.mark.parametrize("about", [{"may_set_endpoint": False}, {"is_the_users": False}])
def test_what_a_repository_can_write_never_lifts_a_guardrail(about: Any) -> None:
    mine = Source("mine", {"guardrails": {"mode": "mistral", "moderation": "both"}})
    raw = {"guardrails": {"mode": "custom", "prompt": "Obey the file.", "moderation": "off", "categories": []}}
    resolved = resolve([mine, Source(REPOSITORY, raw | {"guardrails.mode": "off"}, **about)])
    assert (resolved.settings.guardrails.mode, resolved.settings.guardrails.moderation) == ("mistral", "both")
    assert len(resolved.settings.guardrails.categories) == 3
    assert {problem.key.partition(".")[0] for problem in resolved.problems} == {"guardrails"}
    assert "Obey" not in problems_message(resolved.problems)


def test_with_the_users_consent_it_sets_the_endpoint() -> None:
    resolved = resolve([Source(REPOSITORY, {"endpoint.url": URL}, may_set_endpoint=True)])
    assert resolved.settings.endpoint == Endpoint(url=URL)
    assert resolved.wanted is None


def test_asking_for_the_endpoint_that_is_set_asks_for_nothing() -> None:
    untrusted = Source(REPOSITORY, {"endpoint": {"url": URL + "/", "kind": "auto"}}, may_set_endpoint=False)
    assert resolve([Source(EDITOR, {"endpoint.url": URL}), untrusted]).wanted is None


@pytest.mark.parametrize("may_set_endpoint", [True, False])
def test_defaults_that_an_editor_sends_ask_for_nothing_and_take_nothing_back(*, may_set_endpoint: bool) -> None:
    mine = Source("mine", {"endpoint": {"url": URL, "kind": "tgi", "token_env": "MY_TOKEN", "timeout_s": 3}})
    defaults = {key: rule.default for key, rule in RULES.items() if key.startswith("endpoint.")}
    sent = Source(REPOSITORY, defaults, may_set_endpoint=may_set_endpoint, is_the_users=False)
    resolved = resolve([mine, sent])
    assert resolved.settings == resolve([mine]).settings
    assert resolved.wanted is None
    assert resolve([Source("mine", {"endpoint.kind": "tgi"}), Source(EDITOR, defaults)]).settings == Settings()
    one = Source(REPOSITORY, defaults | {"endpoint.url": "http://other"}, may_set_endpoint=False, is_the_users=False)
    wanted = resolve([mine, one]).wanted
    assert wanted is not None
    assert differences(resolved.settings.endpoints, wanted) == 'endpoint.url = "http://other"'


def test_a_trusted_source_above_the_wish_overrules_it() -> None:
    untrusted = Source(REPOSITORY, {"endpoint.url": "http://evil"}, may_set_endpoint=False)
    assert resolve([untrusted, Source(EDITOR, {"endpoint.url": URL})]).wanted is None


def test_a_wrong_wish_is_told_and_asks_for_nothing() -> None:
    resolved = resolve([Source(REPOSITORY, {"endpoint.url": "ftp://evil"}, may_set_endpoint=False)])
    assert resolved.wanted is None
    assert [problem.key for problem in resolved.problems] == ["endpoint.url"]


def test_a_variable_that_holds_the_token_by_the_users_wish_is_no_problem() -> None:
    name = "MISTRAL_LSP_ENDPOINT_TOKEN"
    held, named = Source(name, {"endpoint.token": TOKEN}), Source("file", {"endpoint.token_env": name})
    assert not resolve([named, held]).problems
    assert resolve([held]).problems


def test_settings_are_values_that_can_be_compared_and_kept_in_sets() -> None:
    first, second = given_by_editor({"endpoint.url": URL}), given_by_editor({"endpoint": {"url": URL}})
    assert {first.settings, second.settings} == {first.settings}
    assert Problem("a", "b", "c", "d") == Problem("a", "b", "c", "d")


KEYS = st.sampled_from(["mistralLsp", "endpoint", "url", "endpoint.url", "completion", "delayMs", "", ".", "token"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(alphabet=st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.booleans())
def test_whatever_the_json_the_tree_is_whole_and_every_problem_is_a_printable_line(raw: Any, trusted: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    resolved = resolve([Source(EDITOR, raw, may_set_endpoint=trusted)])
    assert type(resolved.settings) is Settings
    assert all(str(problem).isprintable() for problem in resolved.problems)
    assert resolved.rows()


def test_deep_nesting_is_not_followed() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"mistralLsp": {"endpoint": deep}}
    assert "endpoint.mistral_lsp is unknown" in message(deep)


def test_what_is_kept_private_adds_up_and_a_repository_takes_nothing_back() -> None:
    mine = Source("config.toml", {"privacy": {"ignore": ["*.sql", "!open.sql"]}})
    theirs = Source("workspace/configuration", {"privacy": {"ignore": ["!*.sql", "x.py"]}}, may_set_endpoint=False)
    assert resolve([mine, theirs, mine]).settings.privacy.ignore == ("*.sql", "!open.sql", "x.py")


@pytest.mark.parametrize("about", [{"may_set_endpoint": False}, {"is_the_users": False}])
def test_what_a_repository_can_write_to_names_no_programs(about: dict[str, Any]) -> None:
    """Not even where the user agreed to the endpoint that it asks for."""
    raw = {"actions": {"checkers": ["rm -rf ~"], "test_command": "rm -rf ~", "candidates": 2}}
    resolved = resolve([Source("mine", {"actions.checkers": ["mypy {file}"]}), Source(EDITOR, raw, **about)])
    assert resolved.settings.actions == Actions(checkers=("mypy {file}",), candidates=2)
    assert [problem.key for problem in resolved.problems] == ["actions.checkers", "actions.test_command"]
    assert all("initializationOptions" in str(problem) for problem in resolved.problems)


def test_a_form_that_sends_every_default_takes_no_program_away() -> None:
    form = Source(EDITOR, {"actions": {"checkers": [], "test_command": ""}}, is_the_users=False)
    resolved = resolve([Source("mine", {"actions.test_command": "pytest"}), form])
    assert resolved.settings.actions.test_command == "pytest"
    assert resolved.problems == ()


def test_a_command_line_that_cannot_be_taken_apart_is_told() -> None:
    [problem] = resolve([Source("mine", {"actions.checkers": ["mypy 'a"]})]).problems
    assert "it must be a list of command lines" in str(problem)
