"""Which server an address leads to, by how browsers read addresses: https://url.spec.whatwg.org/."""

from __future__ import annotations

import pytest

from hls_action.domain.text.hosts import ANY, GIVEN, HERE, Allowed, allowed, host_of, hosts_in, is_host

SERVER = "https://github.com"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://docs.test/a?b#c", "docs.test"),
        ("HTTPS://Docs.TEST", "docs.test"),
        ("http://docs.test:8080/a", "docs.test"),
        ("ftp://docs.test", "docs.test"),
        ("https://docs.test./a", "docs.test"),
        ("//docs.test/a", "docs.test"),
        ("https://github.com@evil.test", "evil.test"),
        ("https://github.com:x@evil.test:443/github.com", "evil.test"),
        ("https://evil.test/@github.com", "evil.test"),
        ("https://evil.test?@github.com", "evil.test"),
        ("https://evil.test#@github.com", "evil.test"),
        ("https:\\\\evil.test", "evil.test"),
        ("https://evil.test\\@github.com", "evil.test"),
        ("https:/\\/\\evil.test", "evil.test"),
        ("https:evil.test", "evil.test"),
        ("/\\evil.test", "evil.test"),
        ("\\\\evil.test", "evil.test"),
        (" \x01https://evil.test", "evil.test"),
        ("ht\ntps://ev\til.test", "evil.test"),
        ("https://%65vil.test", "evil.test"),
        ("https://evil.test%2fgithub.com", None),
        ("https://xn--gthub-n2a.com", "xn--gthub-n2a.com"),
        ("https://g\u0456thub.com", "g\u0456thub.com"),
        ("https://\uff47ithub.com", "\uff47ithub.com"),
        ("https://github.com\u200b", "github.com\u200b"),
        ("https://127.0.0.1:80/", "127.0.0.1"),
        ("https://[::1]:80/", "[::1]"),
        ("https://redirect.github.com/a/b/issues/1", "github.com"),
        ("https://", None),
        ("https://a b", None),
        ("https://github.com\"x", None),
        ("mailto:ann@Docs.test?subject=x", "docs.test"),
        ("MailTo:ann@docs.test", "docs.test"),
        ("mailto:ann@docs.test,eve@evil.test", None),
        ("mailto:ann@docs.test?cc=eve@evil.test", None),
        ("mailto:ann@docs.test?cc=eve%40evil.test", None),
        ("xmpp:ann@docs.test", "docs.test"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("vscode://evil.test", None),
        ("", HERE),
        ("../blob/main/a.py", HERE),
        ("/o/r", HERE),
        ("#here", HERE),
        ("?q=https://evil.test", HERE),
        ("a/b:c", HERE),
    ],
)  # fmt: skip
def test_the_host_is_the_one_that_a_browser_goes_to(address: str, host: str | None) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("<https://a.test/b>, (http://B.test), https://c.test. [x](https://d.test).", "a.test b.test c.test d.test"),
        ('curl "ftp://a.test/x" --proxy https://u:p@b.test:80', "a.test b.test"),
        ("www.a.test and ann@b.test, git@c.test:o/r.git", "b.test c.test www.a.test"),
        ("`https://a.test` and ```\nhttps://b.test\n```", "a.test b.test"),
        ("https://good.test@evil.test", "evil.test"),
        ("**https://a.test**, _https://b.test_, ~https://c.test~, see https://d.test: https://e.test!",
         "a.test b.test c.test d.test e.test"),
        ("https://a.test%2fb, https://%2f and ://x$y lead nowhere", ""),
        ("setup.py, self.name and docs.test name no address; @octocat, neither", ""),
    ],
)  # fmt: skip
def test_hosts_that_a_text_names(text: str, hosts: str) -> None:
    assert sorted(set(hosts_in(text))) == hosts.split()


TEXTS = ["See https://docs.test/a.", "https://%2f leads nowhere."]


@pytest.mark.parametrize(
    ("links", "yes", "no"),
    [
        ((GIVEN,), "github.com docs.test", "evil.test api.github.com www.docs.test test"),
        ((), "github.com", "docs.test"),
        ((ANY,), "github.com docs.test evil.test", ""),
        (("a.test", "*.B.test"), "github.com a.test x.b.test y.x.b.test", "docs.test b.test x.a.test xb.test"),
        (("a.test", GIVEN), "a.test docs.test", "evil.test"),
    ],
)  # fmt: skip
def test_what_may_be_led_to(links: tuple[str, ...], yes: str, no: str) -> None:
    found = allowed(links, SERVER, TEXTS)
    assert [host for host in yes.split() if not found.has(host)] == []
    assert [host for host in no.split() if found.has(host)] == []
    assert found.has(HERE)
    assert found.has(None) is (ANY in links), "what leads to nowhere known leads elsewhere"


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("docs.test", True),
        ("Docs.Test", True),
        ("*.docs.test", True),
        ("xn--gthub-n2a.com", True),
        ("localhost", False),
        ("*", False),
        ("*.*.docs.test", False),
        ("docs.*", False),
        ("https://docs.test", False),
        ("docs.test:443", False),
        ("docs.test/a", False),
        ("", False),
    ],
)
def test_what_maintainers_can_name(name: str, valid: bool) -> None:
    assert is_host(name) is valid


def test_this_server_is_whatever_github_it_is() -> None:
    assert allowed((), "https://git.example.org:8443", ()) == Allowed(frozenset({"git.example.org"}))
