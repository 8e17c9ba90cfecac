"""Which errors are about a certificate, however they are wrapped, and what is advised."""

from __future__ import annotations

import ssl

import pytest

from hls_action.domain.faults.certificates import REMEDY, untrusted


class CertificateError(ValueError):
    """As urllib3 calls its own."""


class HostnameMismatch(CertificateError):
    """One of a kind of them."""


class Wrapper(Exception):
    """As urllib has it: what it is about is its ``reason``."""

    def __init__(self, reason: object) -> None:
        super().__init__("no connection")
        self.reason = reason


def raised(error: BaseException, *, cause: BaseException | None = None, context: object = None) -> BaseException:
    error.__cause__ = cause
    error.__context__ = context if isinstance(context, BaseException) else None
    return error


def in_a_ring() -> BaseException:
    one = Exception("one")
    one.__context__ = Exception("two")
    one.__context__.__cause__ = one
    return one


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(CertificateError("bad"), "bad", id="itself"),
        pytest.param(HostnameMismatch("other host"), "other host", id="one of a kind"),
        pytest.param(ssl.SSLCertVerificationError(1, "expired"), "expired", id="of ssl"),
        pytest.param(OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /x"),
                     "Could not find a suitable TLS CA certificate bundle, invalid path: /x", id="no such file"),
        pytest.param(raised(Exception("x"), cause=CertificateError("bad")), "bad", id="as the cause"),
        pytest.param(raised(Exception("x"), context=CertificateError("bad")), "bad", id="as the context"),
        pytest.param(Wrapper(CertificateError("bad")), "bad", id="as the reason"),
        pytest.param(Wrapper("CertificateError"), "", id="a reason that is a text"),
        pytest.param(Exception("x", CertificateError("bad")), "bad", id="among the arguments"),
        pytest.param(Exception(Wrapper(raised(OSError(), cause=CertificateError("bad")))), "bad", id="deep inside"),
        pytest.param(in_a_ring(), "", id="a ring"),
        pytest.param(ssl.SSLError("handshake failure"), "", id="another of ssl's"),
    ],
)  # fmt: skip
def test_what_an_error_says_of_a_certificate(error: BaseException, said: str) -> None:
    assert untrusted(error) == said


def test_the_advice_names_the_systems_store_and_the_variable() -> None:
    assert REMEDY == (
        "make the runner trust its certificate: add your company's CA to the system's store, or name a file with it in"
        " the variable SSL_CERT_FILE"
    )
