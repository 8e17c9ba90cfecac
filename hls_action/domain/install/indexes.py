"""The environment for pip and uv: from the job's, only where packages come from and whom to trust.

A job's environment holds what people wrote for their own builds: ``UV_CACHE_DIR``, ``PIP_TARGET``, ``PYTHONPATH``. All
of it is left out but what says which index to ask and how to get there, and that counts for both installers, whichever
of them it was written for. What is installed is decided by hashes alone. See docs/adr/033.

Runs before anything is installed: standard library only.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEPT_VARIABLES = {
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_TRUSTED_HOST", "PIP_CERT",
    "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "UV_DEFAULT_INDEX",
    "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_INSECURE_HOST",
    "UV_SYSTEM_CERTS", "UV_NATIVE_TLS", "UV_HTTP_TIMEOUT", "UV_HTTP_CONNECT_TIMEOUT", "UV_HTTP_RETRIES",
}  # fmt: skip
"""Of the variables that only installers read, those that say where packages are and how to get there."""

CONFIGURED = {
    "index-url": ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find-links": ("PIP_FIND_LINKS", "UV_FIND_LINKS"),
    "no-index": ("PIP_NO_INDEX", "UV_NO_INDEX"),
    "trusted-host": ("PIP_TRUSTED_HOST", "UV_INSECURE_HOST"),
    "cert": ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"),
    "client-cert": ("PIP_CLIENT_CERT", "SSL_CLIENT_CERT"),
    "proxy": ("PIP_PROXY", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
}
"""The same, as the keys that pip's configuration files have for it, each with the variables that count before it."""

_ELSEWHERE = (
    "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_NO_INDEX", "UV_NO_INDEX",
    "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy",
)  # fmt: skip

_CREDENTIALS = re.compile(r"UV_INDEX_[A-Z0-9_]+_(?:USERNAME|PASSWORD)")
_INSTALLERS = re.compile(r"(?i)(?:pip|uv|python)_?")
_NAMED = re.compile(r"[A-Za-z0-9._-]+=")
"""uv lets an index have a name: ``corp=https://pypi.example.org/simple``."""

FIXED_SETTINGS = {
    "PIP_CONFIG_FILE": "/dev/null",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_CACHE_DIR": "1",
    "PIP_NO_INPUT": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "UV_NO_CONFIG": "1",
    "UV_NO_PROGRESS": "1",
    "UV_PYTHON_DOWNLOADS": "never",
    # The hashes say what is installed, so that it is safe to take it from whichever index has it, as pip does.
    "UV_INDEX_STRATEGY": "unsafe-best-match",
}


def environment(
    environ: Mapping[str, str], configured: Mapping[str, str], certificates: str, cache: str
) -> dict[str, str]:
    """The environment for pip and uv.

    ``environ``: the job's. ``configured``: what pip's configuration files say, by `CONFIGURED`. ``certificates``: a
    file or folder with those that the machine trusts, or ``""``. ``cache``: a folder that nobody else has written to.
    """
    kept = {name: value for name, value in environ.items() if value and _is_kept(name)}
    for key, variables in CONFIGURED.items():
        if configured.get(key) and not _first(kept, *variables):
            kept[variables[0]] = " ".join(configured[key].split())
    return {**_indexes(kept), **_trust(kept, certificates), **FIXED_SETTINGS, "UV_CACHE_DIR": cache}


def leads_elsewhere(environment: Mapping[str, str]) -> bool:
    """Whether packages are to come by another way than straight from PyPI: from another index, or through a proxy.

    More indexes besides PyPI do not count: the hashes say that a file is the same wherever it comes from.
    """
    return any(environment.get(name) for name in _ELSEWHERE)


def _is_kept(name: str) -> bool:
    return name in KEPT_VARIABLES or _CREDENTIALS.fullmatch(name) is not None or not _INSTALLERS.match(name)


def _indexes(kept: Mapping[str, str]) -> dict[str, str]:
    """With every setting of one installer given to the other."""
    default = _first(kept, "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
    extra = _first(kept, "UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL").split()
    links = _first(kept, "UV_FIND_LINKS", "PIP_FIND_LINKS").replace(",", " ").split()
    variables = {
        "UV_DEFAULT_INDEX": default,
        "UV_INDEX": " ".join(extra),
        "UV_FIND_LINKS": ",".join(links),
        "UV_NO_INDEX": _first(kept, "UV_NO_INDEX", "PIP_NO_INDEX"),
        "UV_INSECURE_HOST": _first(kept, "UV_INSECURE_HOST", "PIP_TRUSTED_HOST"),
        "PIP_INDEX_URL": _first(kept, "PIP_INDEX_URL") or _unnamed(default, kept),
        "PIP_EXTRA_INDEX_URL": _first(kept, "PIP_EXTRA_INDEX_URL") or " ".join(_unnamed(url, kept) for url in extra),
        "PIP_FIND_LINKS": _first(kept, "PIP_FIND_LINKS") or " ".join(links),
        "PIP_NO_INDEX": _first(kept, "PIP_NO_INDEX", "UV_NO_INDEX"),
        "PIP_TRUSTED_HOST": _first(kept, "PIP_TRUSTED_HOST", "UV_INSECURE_HOST"),
    }
    without = {name: value for name, value in kept.items() if name not in ("UV_INDEX_URL", "UV_EXTRA_INDEX_URL")}
    return {**without, **_present(variables.items())}


def _trust(kept: Mapping[str, str], certificates: str) -> dict[str, str]:
    """Certificates and proxies for both. pip has asked the machine's store by itself only since version 24.2."""
    named = _first(kept, "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    proxy = "" if _first(kept, "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy") else _first(kept, "PIP_PROXY")
    variables = {
        "PIP_CERT": named or certificates,
        "SSL_CERT_FILE": _first(kept, "SSL_CERT_FILE") or ("" if "SSL_CERT_DIR" in kept else named),
        "SSL_CLIENT_CERT": _first(kept, "SSL_CLIENT_CERT", "PIP_CLIENT_CERT"),
        "UV_SYSTEM_CERTS": "" if "UV_NATIVE_TLS" in kept else _first(kept, "UV_SYSTEM_CERTS") or "true",
        "HTTPS_PROXY": proxy,
    }
    return _present(variables.items())


def _first(of: Mapping[str, str], *names: str) -> str:
    return next((of[name] for name in names if of.get(name)), "")


def _present(settings: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in settings if value}


def _unnamed(index: str, kept: Mapping[str, str]) -> str:
    """An index of uv's as pip writes it: without its name, and with the credentials that go by that name."""
    named = _NAMED.match(index)
    if named is None:
        return index
    url = index[named.end() :]
    prefix = "UV_INDEX_" + re.sub(r"[^A-Z0-9]", "_", named[0][:-1].upper())
    user, password = kept.get(f"{prefix}_USERNAME", ""), kept.get(f"{prefix}_PASSWORD", "")
    scheme, separator, rest = url.partition("://")
    if not separator or not (user or password) or "@" in rest.partition("/")[0]:
        return url
    return f"{scheme}://{_quoted(user)}:{_quoted(password)}@{rest}"


def _quoted(text: str) -> str:
    """Percent-encoded, as RFC 3986 wants a user and a password in an address."""
    return "".join(
        c if c.isascii() and (c.isalnum() or c in "-._~") else "".join(f"%{byte:02X}" for byte in c.encode())
        for c in text
    )


def configured(text: str) -> dict[str, str]:
    """Of one of pip's configuration files, what is in `CONFIGURED`: its section for installs before the global one.

    What is no such file says nothing.
    """
    from configparser import Error, RawConfigParser

    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error:
        return {}
    sections = [dict(parser.items(name)) for name in ("global", "install") if parser.has_section(name)]
    found = {key.replace("_", "-"): value for section in sections for key, value in section.items()}
    return {key: found[key] for key in CONFIGURED if found.get(key)}
