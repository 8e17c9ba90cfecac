"""What pip and uv are told of a job's environment and of pip's configuration files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.install.indexes import FIXED_SETTINGS, KEPT_VARIABLES, configured, environment, leads_elsewhere

MIRROR = "https://pypi.example.org/simple"
OTHER = "https://other.example.org/simple"
CACHE = "/ours/cache"
CA = "/etc/ssl/cert.pem"

names = st.from_regex(r"\A(?:PIP|UV|pip|uv|PYTHON)_?[A-Za-z0-9_.-]{0,20}\Z")


def told(environ: dict[str, str], pip: dict[str, str] | None = None) -> dict[str, str]:
    return environment(environ, pip or {}, CA, CACHE)


@given(st.dictionaries(names, st.just("hostile"), max_size=8))
def test_no_other_variable_of_an_installer_is_passed_on(environ: dict[str, str]) -> None:
    others = {name: value for name, value in environ.items() if name not in KEPT_VARIABLES}
    found = told({**others, "PATH": "/bin"})
    assert found["PATH"] == "/bin"
    assert "hostile" not in found.values()


@pytest.mark.parametrize(
    ("environ", "pip"),
    [
        ({"PIP_INDEX_URL": MIRROR}, {}),
        ({"UV_DEFAULT_INDEX": MIRROR}, {}),
        ({"UV_INDEX_URL": MIRROR}, {}),
        ({}, {"index-url": MIRROR}),
        ({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}, {}),
        ({"UV_NO_INDEX": "1"}, {}),
        ({}, {"no-index": "true"}),
        ({"HTTPS_PROXY": "http://proxy.example.org"}, {}),
        ({"https_proxy": "http://proxy.example.org"}, {}),
        ({"ALL_PROXY": "http://proxy.example.org"}, {}),
        ({"all_proxy": "http://proxy.example.org"}, {}),
        ({"PIP_PROXY": "http://proxy.example.org"}, {}),
        ({}, {"proxy": "http://proxy.example.org"}),
    ],
)
def test_another_index_or_a_proxy_leads_elsewhere(environ: dict[str, str], pip: dict[str, str]) -> None:
    assert leads_elsewhere(told(environ, pip))


@pytest.mark.parametrize(
    ("environ", "pip"),
    [
        ({}, {}),
        ({"HTTPS_PROXY": "", "PIP_INDEX_URL": "", "HTTP_PROXY": "http://proxy.example.org"}, {}),
        ({"PIP_EXTRA_INDEX_URL": OTHER, "PIP_FIND_LINKS": "/wheels"}, {"cert": CA}),
        ({"UV_INDEX": OTHER}, {"extra-index-url": OTHER}),
    ],
)
def test_what_is_only_added_to_pypi_does_not(environ: dict[str, str], pip: dict[str, str]) -> None:
    assert not leads_elsewhere(told(environ, pip))


def test_what_is_settled_asks_nobody_and_reads_nobodys_files() -> None:
    assert (
        told({}).items()
        >= {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_CACHE_DIR": "1",
            "PIP_NO_INPUT": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "UV_NO_CONFIG": "1",
            "UV_NO_PROGRESS": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_INDEX_STRATEGY": "unsafe-best-match",
        }.items()
    )


@pytest.mark.parametrize(
    "name",
    [
        "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "UV_NATIVE_TLS", "UV_HTTP_TIMEOUT",
        "UV_HTTP_CONNECT_TIMEOUT", "UV_HTTP_RETRIES", "UV_SYSTEM_CERTS",
    ],
)  # fmt: skip
def test_how_to_get_there_is_passed_on(name: str) -> None:
    assert told({name: "7"})[name] == "7"


def test_what_is_empty_or_only_begins_like_a_credential_is_left_out() -> None:
    found = told({"NOTHING": "", "UV_INDEX_A_PASSWORD_FILE": "/x"})
    assert not found.keys() & {"NOTHING", "UV_INDEX_A_PASSWORD_FILE"}


@given(st.dictionaries(st.sampled_from(sorted(FIXED_SETTINGS)) | st.just("UV_CACHE_DIR"), st.just("hostile")))
def test_what_keeps_others_out_is_not_for_a_job_to_change(environ: dict[str, str]) -> None:
    assert {**FIXED_SETTINGS, "UV_CACHE_DIR": CACHE}.items() <= told(environ).items()


@pytest.mark.parametrize(
    ("environ", "uv", "pip"),
    [
        ({}, ("", ""), ("", "")),
        ({"PIP_INDEX_URL": MIRROR}, (MIRROR, ""), (MIRROR, "")),
        ({"UV_DEFAULT_INDEX": MIRROR}, (MIRROR, ""), (MIRROR, "")),
        ({"UV_INDEX_URL": MIRROR}, (MIRROR, ""), (MIRROR, "")),
        ({"UV_DEFAULT_INDEX": f"corp={MIRROR}"}, (f"corp={MIRROR}", ""), (MIRROR, "")),
        ({"UV_DEFAULT_INDEX": MIRROR, "PIP_INDEX_URL": OTHER}, (MIRROR, ""), (OTHER, "")),
        ({"PIP_EXTRA_INDEX_URL": f"{MIRROR}\n  {OTHER}"}, ("", f"{MIRROR} {OTHER}"), ("", f"{MIRROR}\n  {OTHER}")),
        ({"UV_INDEX": f"a={MIRROR} {OTHER}"}, ("", f"a={MIRROR} {OTHER}"), ("", f"{MIRROR} {OTHER}")),
        ({"UV_EXTRA_INDEX_URL": MIRROR}, ("", MIRROR), ("", MIRROR)),
        ({"UV_DEFAULT_INDEX": MIRROR, "UV_INDEX_URL": OTHER}, (MIRROR, ""), (MIRROR, "")),
        ({"UV_INDEX_URL": MIRROR, "PIP_INDEX_URL": OTHER}, (MIRROR, ""), (OTHER, "")),
        ({"UV_INDEX": MIRROR, "UV_EXTRA_INDEX_URL": OTHER}, ("", MIRROR), ("", MIRROR)),
        ({"UV_EXTRA_INDEX_URL": MIRROR, "PIP_EXTRA_INDEX_URL": OTHER}, ("", MIRROR), ("", OTHER)),
    ],
)
def test_an_index_for_one_is_an_index_for_both(
    environ: dict[str, str], uv: tuple[str, str], pip: tuple[str, str]
) -> None:
    found = told(environ)
    assert (found.get("UV_DEFAULT_INDEX", ""), found.get("UV_INDEX", "")) == uv
    assert (found.get("PIP_INDEX_URL", ""), found.get("PIP_EXTRA_INDEX_URL", "")) == pip
    assert not found.keys() & {"UV_INDEX_URL", "UV_EXTRA_INDEX_URL"}


@pytest.mark.parametrize(
    ("environ", "uv", "pip"),
    [
        pytest.param({"PIP_FIND_LINKS": "/a /b"}, {"UV_FIND_LINKS": "/a,/b"}, {"PIP_FIND_LINKS": "/a /b"}, id="links"),
        pytest.param({"UV_FIND_LINKS": "/a,/b"}, {"UV_FIND_LINKS": "/a,/b"}, {"PIP_FIND_LINKS": "/a /b"}, id="uv's"),
        pytest.param(
            {"UV_FIND_LINKS": "/a", "PIP_FIND_LINKS": "/b"}, {"UV_FIND_LINKS": "/a"}, {"PIP_FIND_LINKS": "/b"}, id="own"
        ),
        pytest.param({"PIP_NO_INDEX": "1"}, {"UV_NO_INDEX": "1"}, {"PIP_NO_INDEX": "1"}, id="no index"),
        pytest.param({"UV_NO_INDEX": "1"}, {"UV_NO_INDEX": "1"}, {"PIP_NO_INDEX": "1"}, id="uv's no index"),
        pytest.param(
            {"UV_NO_INDEX": "1", "PIP_NO_INDEX": "0"}, {"UV_NO_INDEX": "1"}, {"PIP_NO_INDEX": "0"}, id="own no index"
        ),
        pytest.param({"PIP_TRUSTED_HOST": "a"}, {"UV_INSECURE_HOST": "a"}, {"PIP_TRUSTED_HOST": "a"}, id="a host"),
        pytest.param({"UV_INSECURE_HOST": "a"}, {"UV_INSECURE_HOST": "a"}, {"PIP_TRUSTED_HOST": "a"}, id="uv's host"),
        pytest.param(
            {"UV_INSECURE_HOST": "a", "PIP_TRUSTED_HOST": "b"},
            {"UV_INSECURE_HOST": "a"},
            {"PIP_TRUSTED_HOST": "b"},
            id="own hosts",
        ),
        pytest.param(
            {"PIP_CLIENT_CERT": "/c"}, {"SSL_CLIENT_CERT": "/c"}, {"PIP_CLIENT_CERT": "/c"}, id="a client's certificate"
        ),
        pytest.param(
            {"PIP_CLIENT_CERT": "/c", "SSL_CLIENT_CERT": "/d"},
            {"SSL_CLIENT_CERT": "/d"},
            {"PIP_CLIENT_CERT": "/c"},
            id="own client's certificates",
        ),
    ],
)
def test_a_setting_of_one_is_given_to_the_other_in_its_words(
    environ: dict[str, str], uv: dict[str, str], pip: dict[str, str]
) -> None:
    assert (uv | pip).items() <= told(environ).items()


def test_credentials_that_uv_finds_by_an_indexs_name_stand_in_the_address_for_pip() -> None:
    secret = {"UV_INDEX_MY_CORP_USERNAME": "me@corp", "UV_INDEX_MY_CORP_PASSWORD": "p/ss"}
    found = told({"UV_DEFAULT_INDEX": f"my-corp={MIRROR}", **secret})
    assert secret.items() <= found.items()
    assert found["PIP_INDEX_URL"] == "https://me%40corp:p%2Fss@pypi.example.org/simple"


@pytest.mark.parametrize(
    ("index", "credentials", "url"),
    [
        ("a=https://pypi.example.org/x", {"USERNAME": "me"}, "https://me:@pypi.example.org/x"),
        ("a=https://pypi.example.org/x", {"PASSWORD": "-._~*\u00e9"}, "https://:-._~%2A%C3%A9@pypi.example.org/x"),
        ("a=https://pypi.example.org/x", {}, "https://pypi.example.org/x"),
        ("a=https://you@pypi.example.org/x", {"USERNAME": "me"}, "https://you@pypi.example.org/x"),
        ("a=https://pypi.example.org/@you/x", {"USERNAME": "me"}, "https://me:@pypi.example.org/@you/x"),
        ("a=https://pypi.example.org/?u=http://x", {"USERNAME": "me"}, "https://me:@pypi.example.org/?u=http://x"),
        ("a=/srv/packages", {"USERNAME": "me"}, "/srv/packages"),
        ("https://pypi.example.org/x", {"USERNAME": "me"}, "https://pypi.example.org/x"),
    ],
)
def test_the_address_for_pip(index: str, credentials: dict[str, str], url: str) -> None:
    found = told({"UV_DEFAULT_INDEX": index, **{f"UV_INDEX_A_{name}": value for name, value in credentials.items()}})
    assert found["PIP_INDEX_URL"] == url


@pytest.mark.parametrize("name", ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_certificate_for_one_is_a_certificate_for_both(name: str) -> None:
    found = told({name: "/corp.pem"})
    assert (found["PIP_CERT"], found["SSL_CERT_FILE"], found["UV_SYSTEM_CERTS"]) == ("/corp.pem", "/corp.pem", "true")


@pytest.mark.parametrize(
    ("environ", "pip", "uv"),
    [
        ({"PIP_CERT": "/a", "REQUESTS_CA_BUNDLE": "/b", "CURL_CA_BUNDLE": "/c"}, "/a", "/a"),
        ({"REQUESTS_CA_BUNDLE": "/b", "CURL_CA_BUNDLE": "/c"}, "/b", "/b"),
        ({"SSL_CERT_FILE": "/d", "PIP_CERT": "/a"}, "/a", "/d"),
        ({"SSL_CERT_DIR": "/certs", "PIP_CERT": "/a"}, "/a", ""),
        ({"SSL_CERT_DIR": "/certs"}, CA, ""),
    ],
)
def test_which_certificates_count(environ: dict[str, str], pip: str, uv: str) -> None:
    found = told(environ)
    assert found["PIP_CERT"] == pip
    assert found.get("SSL_CERT_FILE") == (uv or None)


@pytest.mark.parametrize(
    ("environ", "asked"),
    [({}, "true"), ({"UV_SYSTEM_CERTS": "false"}, "false"), ({"UV_NATIVE_TLS": "false"}, None)],
)
def test_whether_uv_asks_the_machine(environ: dict[str, str], asked: str | None) -> None:
    assert told(environ).get("UV_SYSTEM_CERTS") == asked


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_of_the_job_counts_before_pips(name: str) -> None:
    found = told({name: "http://own", "PIP_PROXY": "http://proxy"})
    assert found[name] == "http://own"
    assert found.get("HTTPS_PROXY", "http://own") == "http://own"


def test_without_a_word_on_certificates_both_ask_the_machine() -> None:
    found = told({})
    assert (found["PIP_CERT"], found["UV_SYSTEM_CERTS"]) == (CA, "true")
    assert "SSL_CERT_FILE" not in found


def test_a_proxy_for_pip_is_one_for_uv_unless_the_job_names_one() -> None:
    assert told({"PIP_PROXY": "http://proxy"})["HTTPS_PROXY"] == "http://proxy"
    assert told({"PIP_PROXY": "http://proxy", "https_proxy": "http://own"})["https_proxy"] == "http://own"
    assert "HTTPS_PROXY" not in told({"PIP_PROXY": "http://proxy", "https_proxy": "http://own"})


def test_files_of_pip_say_where_packages_are_and_nothing_else() -> None:
    text = (
        f"[global]\nindex-url = {OTHER}\ntarget = /x\ncert = /file.pem\n[install]\nindex_url = {MIRROR}\nuser = yes\n"
    )
    said = configured(text)
    assert said == {"index-url": MIRROR, "cert": "/file.pem"}
    found = told({}, said)
    assert (found["UV_DEFAULT_INDEX"], found["PIP_INDEX_URL"], found["PIP_CERT"]) == (MIRROR, MIRROR, "/file.pem")


def test_the_environment_counts_before_files() -> None:
    files = {"index-url": OTHER, "cert": "/file.pem"}
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        found = told({name: MIRROR}, files)
        assert (found["UV_DEFAULT_INDEX"], found["PIP_INDEX_URL"]) == (MIRROR, MIRROR)
    assert told({"PIP_CERT": "/job.pem"}, files)["PIP_CERT"] == "/job.pem"
    assert told({"SSL_CERT_FILE": "/job.pem"}, files)["PIP_CERT"] == CA, "which is that file, as Python tells it"


BEFORE_FILES = [
    ("index-url", {"PIP_INDEX_URL", "UV_DEFAULT_INDEX"}, ["UV_DEFAULT_INDEX", "UV_INDEX_URL"]),
    ("extra-index-url", {"PIP_EXTRA_INDEX_URL", "UV_INDEX"}, ["UV_INDEX", "UV_EXTRA_INDEX_URL"]),
    ("find-links", {"PIP_FIND_LINKS", "UV_FIND_LINKS"}, ["UV_FIND_LINKS"]),
    ("no-index", {"PIP_NO_INDEX", "UV_NO_INDEX"}, ["UV_NO_INDEX"]),
    ("trusted-host", {"PIP_TRUSTED_HOST", "UV_INSECURE_HOST"}, ["UV_INSECURE_HOST"]),
    ("cert", {"PIP_CERT", "SSL_CERT_FILE"}, ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]),
    ("client-cert", {"PIP_CLIENT_CERT", "SSL_CLIENT_CERT"}, ["SSL_CLIENT_CERT"]),
    ("proxy", {"PIP_PROXY", "HTTPS_PROXY"}, ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
]


@pytest.mark.parametrize(("key", "given", "variables"), BEFORE_FILES)
def test_what_a_file_says_counts_for_both_unless_a_variable_says_it(
    key: str, given: set[str], variables: list[str]
) -> None:
    said = configured(f"[global]\n{key} = /file")
    assert said == {key: "/file"}
    assert {name for name, value in told({}, said).items() if value == "/file"} == given
    for name in (*variables, *(name for name in given if name.startswith("PIP_"))):
        assert "/file" not in told({name: "/job"}, said).values()


def test_what_a_file_says_on_several_lines_is_told_on_one() -> None:
    assert told({}, {"extra-index-url": f"\n{MIRROR}\n{OTHER}"})["PIP_EXTRA_INDEX_URL"] == f"{MIRROR} {OTHER}"


@pytest.mark.parametrize("text", ["", "no section = 1", "[global", "[global]\na = 1\na = 2\n", "\0"])
def test_what_is_no_such_file_says_nothing(text: str) -> None:
    assert configured(text) == {}
