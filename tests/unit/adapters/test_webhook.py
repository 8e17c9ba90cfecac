"""The webhook's adapter against a server on this machine."""

from __future__ import annotations

import json

from hls_action.adapters.webhook import Webhook
from tests.unit.adapters.loopback import Loopback, Reply

PATH = "/services/T000/B000/secret"


def test_a_line_of_text_is_posted_as_slack_takes_it(server: Loopback) -> None:
    server.on(PATH, Reply("ok"))
    assert Webhook(f"{server.url}{PATH}")("Half of it is used.") == ""
    (sent,) = server.to(PATH)
    assert sent.method == "POST"
    assert json.loads(sent.body) == {"text": "Half of it is used."}


def test_what_goes_wrong_is_told_without_the_address(server: Loopback) -> None:
    server.on(PATH, Reply("no_team", status=404))
    assert Webhook(f"{server.url}{PATH}")("x") == "it answered 404"
    assert Webhook("http://127.0.0.1:9/services/secret")("x") == "ConnectionError"


def test_a_redirect_is_not_followed(server: Loopback) -> None:
    server.on(PATH, Reply("", status=302, headers={"location": f"{server.url}/elsewhere"}))
    assert Webhook(f"{server.url}{PATH}")("x") == "it answered 302"
    assert server.to("/elsewhere") == []
