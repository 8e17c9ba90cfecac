"""An outgoing webhook, as Slack and those who do as it does take it: https://api.slack.com/messaging/webhooks"""

from __future__ import annotations

import requests

from hls_action.domain.faults.certificates import REMEDY, untrusted

TIMEOUT_SECONDS = 10.0


class Webhook:
    """Posts lines of text to one address, which is a secret."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, text: str) -> str:
        """Send once. Returns what went wrong, without the address, or ``""``."""
        try:
            answer = requests.post(self._url, json={"text": text}, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        except OSError as error:  # all of requests' own are; their words may hold the address
            return REMEDY if untrusted(error) else type(error).__name__
        return "" if answer.ok and not answer.is_redirect else f"it answered {answer.status_code}"
