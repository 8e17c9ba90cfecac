"""What pip and uv are told of a job's environment and of pip's configuration files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.install.indexes import FIXED_SETTINGS, KEPT_VARIABLES, configured, environment

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
    ],
)
def test_an_index_for_one_is_an_index_for_both(
    environ: dict[str, str], uv: tuple[str, str], pip: tuple[str, str]
) -> None:
    found = told(environ)
    assert (found.get("UV_DEFAULT_INDEX", ""), found.get("UV_INDEX", "")) == uv
    assert (found.get("PIP_INDEX_URL", ""), found.get("PIP_EXTRA_INDEX_URL", "")) == pip
    assert "UV_INDEX_URL" not in found


def test_credentials_that_uv_finds_by_an_indexs_name_stand_in_the_address_for_pip() -> None:
    secret = {"UV_INDEX_MY_CORP_USERNAME": "me@corp", "UV_INDEX_MY_CORP_PASSWORD": "p/ss"}
    found = told({"UV_DEFAULT_INDEX": f"my-corp={MIRROR}", **secret})
    assert secret.items() <= found.items()
    assert found["PIP_INDEX_URL"] == "https://me%40corp:p%2Fss@pypi.example.org/simple"


@pytest.mark.parametrize("name", ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_certificate_for_one_is_a_certificate_for_both(name: str) -> None:
    found = told({name: "/corp.pem"})
    assert (found["PIP_CERT"], found["SSL_CERT_FILE"], found["UV_SYSTEM_CERTS"]) == ("/corp.pem", "/corp.pem", "true")


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


@pytest.mark.parametrize("text", ["", "no section = 1", "[global", "[global]\na = 1\na = 2\n", "\0"])
def test_what_is_no_such_file_says_nothing(text: str) -> None:
    assert configured(text) == {}
