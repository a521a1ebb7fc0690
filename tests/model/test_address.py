from __future__ import annotations

import pytest

from mistral_lsp.model.address import Address, checked, is_loopback
from mistral_lsp.model.base import ModelError, Refused, Unreachable


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ("https://gpu.example.org/tgi/v1/", "https://gpu.example.org/tgi"),
        ("https://10.0.0.7", "https://10.0.0.7"),
        ("unix:/run/tgi.sock", "unix:/run/tgi.sock"),
        ("unix:///run/tgi.sock", "unix:/run/tgi.sock"),
    ],
)
def test_an_address_that_is_fine(url: str, base: str) -> None:
    assert checked(Address(url=url)) == base


@pytest.mark.parametrize(
    "host",
    ["gpu.example.org", "10.0.0.7", "localhost.evil.test", "127.0.0.1.evil.test", "[fe80::1]", "0.0.0.0"],
)
def test_plain_http_to_another_host_has_to_be_allowed(host: str) -> None:
    with pytest.raises(Refused, match="over http://") as caught:
        checked(Address(url=f"http://{host}:8080"))
    assert "endpoint.allow_http" in caught.value.advice
    assert host not in str(caught.value)
    assert checked(Address(url=f"http://{host}:8080", allow_http=True))
    assert checked(Address(url=f"https://{host}:8080"))


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "127.1", "0177.0.0.1", "127.0.0.0x1", "1.2.3.4.5", "256.1.1.1"),
        *("[::ffff:127.0.0.1]", "[2002:7f00:1::]", "localhost.", "..invalid", "a..b", "gpu\uff0eexample.org"),
    ],
)
def test_a_host_that_hides_what_it_is_is_refused(host: str) -> None:
    with pytest.raises(Unreachable, match="unusual way"):
        checked(Address(url=f"https://{host}/", allow_http=True))


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x", "http://", "http://x:0", "http://x:99999", "http://[", "gpu:8080", "unix:run.sock", "https://a b"],
)
def test_what_is_no_address_is_told_without_being_shown(url: str) -> None:
    with pytest.raises(ModelError) as caught:
        checked(Address(url=url))
    assert "endpoint.url" in str(caught.value)
    assert caught.value.advice


@pytest.mark.parametrize(
    "url", ["https://user:hunter2@x", "https://hunter2@x", "https://x/?key=hunter2", "https://x/#hunter2"]
)
def test_a_secret_in_an_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ModelError) as caught:
        checked(Address(url=url))
    assert "hunter2" not in f"{caught.value} {caught.value.advice}"


def test_the_token_and_the_proxys_password_are_in_no_repr() -> None:
    shown = repr(Address(url="https://x", token="hunter2", proxy="http://u:hunter2@p"))
    assert "hunter2" not in shown


def test_loopback_is_this_machine_alone() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.8.8.8", "::1")))
    assert not any(map(is_loopback, ("localhost.example", "10.0.0.1", "", "128.0.0.1", "::2")))
