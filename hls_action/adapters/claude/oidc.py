"""The job's identity token, from the runner: https://docs.github.com/actions/concepts/security/openid-connect"""

from __future__ import annotations

from urllib.parse import quote

import requests

from hls_action.domain.faults.certificates import REMEDY, untrusted
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault

AUDIENCE = "https://api.anthropic.com"
TIMEOUT_SECONDS = 10


def identity_token(request_url: str, request_token: str) -> str:
    """Ask the runner for a fresh JWT that names this job. Errors: `UpstreamError`."""
    separator = "&" if "?" in request_url else "?"
    try:
        response = requests.get(
            f"{request_url}{separator}audience={quote(AUDIENCE, safe='')}",
            headers={"Authorization": f"Bearer {request_token}"},
            timeout=TIMEOUT_SECONDS,
        )
        response.raise_for_status()
        value = response.json()["value"]
    except requests.HTTPError as error:
        raise UpstreamError(
            Fault(
                "github",
                "status",
                "no OIDC token: does the job have 'permissions: id-token: write'?",
                error.response.status_code,
            )
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        if said := untrusted(error):
            fault = Fault("github", "certificate", f"no OIDC token: {said}", advice=REMEDY)
            raise UpstreamError(fault) from error
        raise UpstreamError(Fault("github", "connection", f"no OIDC token ({type(error).__name__})")) from error
    return str(value)
