"""Secrets leave a text, whatever they are and however they are spelt, and nothing else does.

Every value here is made up, and put together from parts, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hls_action.domain.text.own_secrets import own_secrets
from hls_action.domain.text.secret_rules import RULES
from hls_action.domain.text.secrets import in_words, redact

ROOT = Path(__file__).parents[4]
DIGITS = "0123456789"
HEX = DIGITS + "abcdef"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = UPPER + UPPER.lower()
ALNUM = LETTERS + DIGITS
WORDS = ALNUM + "_-"
BASE64 = ALNUM + "+/"


def fill(length: int, alphabet: str = ALNUM, seed: str = "") -> str:
    """``length`` characters that look random and are the same in every run."""
    digest = hashlib.shake_256(f"{length}{alphabet}{seed}".encode()).digest(length)
    return "".join(alphabet[byte % len(alphabet)] for byte in digest)


def uuid(seed: str = "") -> str:
    return "-".join(fill(n, HEX, seed) for n in (8, 4, 4, 4, 12))


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def pem(label: str = "RSA PRIVATE KEY", lines: int = 25) -> str:
    body = "\n".join(fill(64, BASE64, str(line)) for line in range(lines))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"


JWT = "eyJ" + fill(33) + ".eyJ" + fill(60, WORDS) + "." + fill(43, WORDS)
AWS_SECRET = fill(40, BASE64)

TOKENS = [
    *[("github token", f"gh{letter}_" + fill(36)) for letter in "pousr"],
    ("github token", "ghs_" + "123456_" + JWT),
    ("github token", "github_pat_" + fill(22) + "_" + fill(59)),
    *[
        ("gitlab token", f"gl{kind}-" + fill(20, WORDS))
        for kind in ("pat", "dt", "rt", "rtr", "cbt", "ptt", "ft", "imt")
    ],
    *[("gitlab token", f"gl{kind}-" + fill(50, ALNUM)) for kind in ("agent", "oas", "soat", "ffct")],
    ("gitlab token", "glpat-" + fill(27, ALNUM) + "." + fill(9, HEX)),
    ("gitlab token", "GR1348941" + fill(20)),
    ("bitbucket app password", "ATBB" + fill(32)),
    ("npm token", "npm_" + fill(36)),
    ("pypi token", "pypi-" + "AgEIcHlwaS5vcmc" + fill(80)),
    ("rubygems token", "rubygems_" + fill(48, HEX)),
    ("clojars token", "CLOJARS_" + fill(60, HEX)),
    ("docker hub token", "dckr_pat_" + fill(27)),
    ("artifactory token", "AKCp" + fill(69)),
    ("artifactory token", "cmVmd" + fill(59)),
    ("circleci token", "CCIPAT_" + fill(22) + "_" + fill(40, HEX)),
    ("buildkite token", "bkua_" + fill(40, HEX)),
    *[("sonar token", f"sq{letter}_" + fill(40, HEX)) for letter in "upa"],
    ("sourcegraph token", "sgp_" + fill(16, HEX) + "_" + fill(40, HEX)),
    ("octopus deploy api key", "API-" + fill(26, UPPER + DIGITS)),
    ("terraform cloud token", fill(14) + ".atlasv1." + fill(67)),
    ("pulumi token", "pul-" + fill(40, HEX)),
    ("infracost api key", "ico-" + fill(32)),
    *[("harness api key", f"{kind}." + ".".join(fill(n) for n in (22, 24, 20))) for kind in ("pat", "sat")],
    ("prefect api key", "pnu_" + fill(36)),
    *[("anthropic api key", f"sk-ant-{kind}-" + fill(93, WORDS) + "AA") for kind in ("api03", "admin01", "oat01")],
    ("openai api key", "sk-" + fill(20) + "T3Blbk" + "FJ" + fill(20)),
    *[
        ("openai api key", f"sk-{kind}-" + fill(74, WORDS) + "T3Blbk" + "FJ" + fill(74, ALNUM))
        for kind in ("proj", "svcacct", "admin", "None")
    ],
    ("openrouter api key", "sk-or-v1-" + fill(64, HEX)),
    ("groq api key", "gsk_" + fill(52)),
    ("perplexity api key", "pplx-" + fill(48)),
    ("tavily api key", "tvly-" + fill(32)),
    *[("hugging face token", prefix + fill(34, LETTERS)) for prefix in ("hf_", "api_org_")],
    ("replicate api token", "r8_" + fill(37)),
    *[("langsmith api key", f"lsv2_{kind}_" + fill(32, HEX) + "_" + fill(10, HEX)) for kind in ("pt", "sk")],
    *[("aws access key id", kind + fill(16, UPPER + "234567")) for kind in ("AKIA", "ASIA")],
    *[("aws session token", kind + fill(300, BASE64) + "==") for kind in ("IQoJb3JpZ2luX2Vj", "FwoGZXIvYXdzE")],
    ("aws bedrock api key", "ABSK" + fill(128, BASE64)),
    ("aws bedrock api key", "bedrock-api-key-" + "YmVkcm9jay5hbWF6b25hd3MuY29t" + fill(80)),
    ("aws appsync api key", "da2-" + fill(26, HEX)),
    ("aws mws token", "amzn.mws." + uuid()),
    ("google api key", "AIza" + fill(35, ALNUM)),
    ("google oauth client secret", "GOCSPX-" + fill(28)),
    ("google oauth token", "ya29." + fill(180)),
    ("azure client secret", "abc8Q~" + fill(34)),
    ("azure devops token", fill(76) + "AZDO" + fill(4)),
    *[("digitalocean token", f"do{letter}_v1_" + fill(64, HEX)) for letter in "por"],
    ("heroku api key", "HRKU-" + "AA" + fill(58)),
    ("fly.io token", "fo1_" + fill(43)),
    *[("fly.io token", f"fm{kind}_" + fill(200, BASE64) + "=") for kind in ("1a", "1r", "2")],
    ("scalingo api token", "tk-us-" + fill(48)),
    ("cloudflare origin key", "v1.0-" + fill(24, HEX) + "-" + fill(146, HEX)),
    ("netlify token", "nfp_" + fill(36)),
    ("supabase token", "sbp_" + fill(40, HEX)),
    *[("planetscale token", f"pscale_{kind}_" + fill(43)) for kind in ("tkn", "pw", "oauth")],
    ("databricks token", "dapi" + fill(32, HEX)),
    ("databricks token", "dapi" + fill(32, HEX) + "-2"),
    ("openshift token", "sha256~" + fill(43)),
    ("tailscale key", "tskey-auth-" + fill(17) + "-" + fill(32)),
    *[("stripe key", f"{who}_{kind}_" + fill(24)) for who in ("sk", "rk") for kind in ("live", "test", "prod")],
    ("stripe webhook secret", "whsec_" + fill(32)),
    ("square token", "sq0atp-" + fill(22)),
    ("square token", "sq0csp-" + fill(43)),
    *[("shopify token", f"shp{kind}_" + fill(32, HEX)) for kind in ("at", "ca", "pa", "ss")],
    *[("plaid token", f"access-{kind}-" + uuid()) for kind in ("sandbox", "development", "production")],
    *[("shippo token", f"shippo_{kind}_" + fill(40, HEX)) for kind in ("live", "test")],
    *[("duffel token", f"duffel_{kind}_" + fill(43)) for kind in ("live", "test")],
    *[
        ("slack token", f"xox{letter}-" + fill(12, DIGITS) + "-" + fill(12, DIGITS, "b") + "-" + fill(24))
        for letter in "abceoprs"
    ],
    ("slack token", "xapp-1-" + fill(11, UPPER) + "-" + fill(13, DIGITS) + "-" + fill(64, HEX)),
    ("twilio api key", "SK" + fill(32, HEX)),
    ("sendgrid api key", "SG." + fill(22) + "." + fill(43)),
    ("sendinblue api key", "xkeysib-" + fill(64, HEX) + "-" + fill(16)),
    ("atlassian api token", "ATATT3" + fill(185) + "="),
    ("linear api key", "lin_api_" + fill(40)),
    ("notion token", "ntn_" + fill(11, DIGITS) + fill(35)),
    ("postman api key", "PMAK-" + fill(24, HEX) + "-" + fill(34, HEX)),
    ("contentful token", "CFPAT-" + fill(43)),
    *[("mapbox token", f"{kind}.eyJ" + fill(70) + "." + fill(22)) for kind in ("sk", "tk")],
    ("typeform token", "tfp_" + fill(59)),
    ("figma token", "figd_" + fill(40)),
    ("dropbox token", "sl." + fill(135)),
    *[("hubspot token", f"pat-{where}1-" + uuid()) for where in ("na", "eu")],
    ("readme api key", "rdme_" + fill(70, HEX)),
    ("frame.io token", "fio-u-" + fill(64)),
    ("adobe client secret", "p8e-" + fill(32)),
    ("grafana token", "glsa_" + fill(32) + "_" + fill(8, HEX)),
    ("grafana token", "glc_eyJ" + fill(80)),
    ("grafana token", "eyJrIjoi" + fill(84)),
    ("new relic key", "NRAK-" + fill(27, UPPER + DIGITS)),
    ("new relic key", "NRII-" + fill(32)),
    ("sentry token", "sntrys_eyJ" + fill(120) + "_" + fill(43)),
    ("sentry token", "sntryu_" + fill(64, HEX)),
    ("dynatrace token", "dt0c01." + fill(24) + "." + fill(64)),
    ("vault token", "hvs." + fill(95)),
    ("vault token", "hvb." + fill(138)),
    ("1password token", "ops_eyJ" + fill(300)),
    ("1password secret key", "A3-" + "-".join(fill(n, UPPER + DIGITS, str(n)) for n in (6, 11)) + "-AB2CD-E3FGH-4JKLM"),
    *[("doppler token", f"dp.{kind}." + fill(43)) for kind in ("pt", "st", "ct", "sa", "scim", "audit")],
    ("age secret key", "AGE-SECRET-KEY-" + "1" + fill(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")),
    ("private key", b64(pem("PRIVATE KEY"))),
    ("private key", b64(pem("OPENSSH PRIVATE KEY"))),
    ("json web token", JWT),
]

IN_PLACE = [
    ("aws secret access key", "aws_secret_access_key = ", AWS_SECRET, ""),
    ("aws secret access key", "export AWS_SECRET_ACCESS_KEY='", AWS_SECRET, "'"),
    ("aws secret access key", '{"SecretAccessKey": "', AWS_SECRET, '"}'),
    ("aws secret access key", "--secret-access-key ", AWS_SECRET, ""),
    ("aws secret access key", "secret_access_key:        ", AWS_SECRET, ""),
    ("azure storage key", "AccountName=ours;AccountKey=", fill(86, BASE64) + "==", ";EndpointSuffix=core"),
    ("azure shared access key", "SharedAccessKeyName=Root;SharedAccessKey=", fill(43, BASE64) + "=", ";EntityPath=q"),
    (
        "azure shared access signature",
        "https://a.blob.core.windows.net/c?sv=2022-11-02&sig=",
        fill(43) + "%3D",
        "&se=1",
    ),
    ("azure app configuration secret", "https://a.azconfig.io;Id=ab-l0-s0:x;Secret=", fill(43, BASE64) + "=", ""),
    (
        "slack webhook",
        "https://hooks.slack.com/services/",
        "T" + fill(8) + "/B" + fill(8, ALNUM, "b") + "/" + fill(24),
        "",
    ),
    ("discord webhook", "https://discord.com/api/webhooks/" + fill(18, DIGITS) + "/", fill(68), ""),
    (
        "teams webhook",
        f"https://o.webhook.office.com/webhookb2/{uuid()}@{uuid('b')}/IncomingWebhook/",
        fill(32, HEX) + "/" + uuid("c"),
        "",
    ),
    ("telegram bot token", "bot" + fill(10, DIGITS), ":AA" + fill(33), "/getMe"),
    ("mailgun api key", "MAILGUN_API_KEY=", "key-" + fill(32, HEX), ""),
    ("authorization header", "Authorization: Bearer ", fill(30), ""),
    ("authorization header", "authorization: bearer ", fill(30), "\r"),
    ("authorization header", 'curl -H "Authorization: token ', fill(40, HEX), '" https://api.github.com'),
    ("authorization header", "curl -H 'Authorization: Basic ", b64("anna:" + fill(9)), "' https://a.dev"),
    ("authorization header", "Proxy-Authorization: Basic ", b64("anna:" + fill(10)), ""),
    ("authorization header", "Authorization: Basic ", b64(f"anna:{fill(9)}:test"), ""),
    ("authorization header", '{"Authorization": "Bearer ', fill(30), '"}'),
    ("authorization header", r"{\"authorization\":\"Bearer ", fill(30), r"\"}"),
    ("authorization header", "headers['Authorization'] = 'Bearer ", fill(30), "'"),
    ("authorization header", "Authorization:\n  Bearer ", fill(30), ""),
    ("authorization header", "authorization: [ 'Bearer ", fill(30), "' ]"),
    ("password in an address", "https://anna:", fill(9), "@ci.acme.dev/job"),
    ("password in an address", "postgres://app:", "p@ss" + fill(9), "@db.internal:5432/app"),
    ("password in an address", "redis://:", fill(12), "@cache:6379"),
    ("password in an address", "mongodb://a.acme.dev:27017,app:", fill(12), "@b.acme.dev/db"),
]

PLACES = [
    "{}",
    "token={}",
    '"{}"',
    "`{}`",
    "({})",
    "- {}\n",
    "a {} b",
    "x\n{}",
    "x\r\n{}\r\ny",
    "https://acme.dev/?t={}&u=1",
]
ESCAPED_PLACES = [r'"a\n{}\nb"', "%22{}%22", "\x1b[32m{}\x1b[0m", "\x1b[1m{}", r"\u0022{}\u0022", "**{}**", "<b>{}</b>"]


@pytest.mark.parametrize(("kind", "secret"), [pytest.param(*row, id=f"{n}-{row[0]}") for n, row in enumerate(TOKENS)])
def test_a_token_is_known_by_its_shape(kind: str, secret: str) -> None:
    for place in [*PLACES, *ESCAPED_PLACES]:
        done = redact(place.format(secret))
        assert (done.text, done.kinds) == (place.format(f"[redacted: {kind}]"), {kind: 1})


@pytest.mark.parametrize(("kind", "before", "secret", "after"), IN_PLACE)
def test_a_secret_is_known_by_what_stands_beside_it(kind: str, before: str, secret: str, after: str) -> None:
    done = redact(before + secret + after)
    assert (done.text, done.kinds) == (f"{before}[redacted: {kind}]{after}", {kind: 1})


def test_every_keyword_has_a_row() -> None:
    shown = "\n".join([*(secret for _, secret in TOKENS), *("".join(row[1:]) for row in IN_PLACE)])
    assert [keyword for rule in RULES for keyword in rule.keywords if keyword not in shown] == ["UTHORIZATION"]
    assert redact("HTTP_AUTHORIZATION: Bearer " + fill(30)).kinds == {"authorization header": 1}


def test_no_keyword_hides_another_that_it_ends_in() -> None:
    text = "Mailgun: bedrock-api-key-" + fill(32, HEX)
    assert redact(text).text == "Mailgun: bedrock-api-[redacted: mailgun api key]"


def test_a_long_keyword_is_one_in_the_middle_of_a_word_too() -> None:
    assert redact("xpypi-" + "AgEIcHlwaS5vcmc" + fill(80)).text == "x[redacted: pypi token]"


def test_every_rule_says_where_it_comes_from_and_what_it_is() -> None:
    for rule in RULES:
        assert rule.source.startswith(("gitleaks", "Nosey Parker", "https://"))
        assert re.fullmatch(r"[a-z0-9. ]+", rule.kind)


def test_an_aws_key_beside_its_id() -> None:
    key_id = "AKIA" + fill(16, UPPER)
    done = redact(f"{key_id},{AWS_SECRET}\n")
    assert AWS_SECRET not in done.text
    assert key_id not in done.text


@pytest.mark.parametrize("label", ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda key: key, id="as it is"),
        pytest.param(lambda key: key.replace("\n", "\r\n"), id="from Windows"),
        pytest.param(lambda key: json.dumps({"private_key": key + "\n"}), id="in JSON"),
        pytest.param(lambda key: json.dumps(json.dumps({"private_key": key})), id="in JSON in JSON"),
        pytest.param(lambda key: "\n".join("> " + line for line in key.split("\n")), id="quoted"),
        pytest.param(lambda key: "\n".join("      " + line for line in key.split("\n")), id="in YAML"),
        pytest.param(lambda key: "\n".join("+" + line for line in key.split("\n")), id="in a diff"),
        pytest.param(lambda key: "\n".join(f'"{line}\\n"' for line in key.split("\n")), id="in C"),
        pytest.param(lambda key: key.replace("\n", " "), id="on one line"),
        pytest.param(lambda key: key.partition("-----END")[0], id="without its last line"),
        pytest.param(lambda key: key[:-12], id="its last line cut off"),
        pytest.param(lambda key: key[:500] + "1", id="cut off"),
        pytest.param(lambda key: key.partition("-----END")[0].replace("\n", r"\n"), id="cut off in JSON"),
    ],
)
def test_private_keys(label: str, shape: object) -> None:
    assert callable(shape)
    text = f"My key:\n{shape(pem(label))}\nThanks for looking!\n"
    done = redact(text)
    assert done.kinds == {"private key": 1}
    assert not re.search(r"[A-Za-z0-9+/]{20}", done.text)
    assert done.text.count("\n") == text.count("\n")
    assert done.text.startswith("My key:\n")
    assert done.text.endswith("\nThanks for looking!\n")


def test_a_key_of_pgp_with_its_headers() -> None:
    key = pem("PGP PRIVATE KEY BLOCK").replace("-----\n", "-----\nVersion: GnuPG v2\n\n", 1)
    assert redact(f"{key}\n").text == "[redacted: private key]" + "\n" * (key.count("\n") + 1)
    cut = key.partition("-----END")[0]
    assert redact(cut).text.strip() == "[redacted: private key]"


def wrapped(text: str, width: int) -> list[str]:
    encoded = b64(text)
    return [encoded[i : i + width] for i in range(0, len(encoded), width)]


@pytest.mark.parametrize("width", [64, 76])
@pytest.mark.parametrize(
    "between",
    ["\n", "\r\n", "\n    ", "\n> ", "\n+", "\\n", '",\n"'],
    ids=["lines", "from Windows", "in YAML", "quoted", "in a diff", "in JSON", "in a list"],
)
@pytest.mark.parametrize(
    "before",
    ["", *("#" * n + "\n" for n in range(1, 4)), pem("CERTIFICATE") + "\n"],
    ids=["alone", "a comment", "a longer one", "a still longer one", "behind a certificate"],
)
def test_a_key_in_base64_is_found_over_several_lines_and_behind_other_things(
    width: int, between: str, before: str
) -> None:
    text = f"My key:\n{between.join(wrapped(f'{before}{pem()}', width))}\nThanks for looking!\n"
    done = redact(text)
    assert done.kinds == {"private key": 1}
    assert done.text.startswith("My key:\n" + b64(before)[: len(before) // 3 * 4][:60])
    assert done.text.count("\n") == text.count("\n")
    assert done.text.endswith("\nThanks for looking!\n")
    kept, _, rest = done.text.replace(r"\n", "").partition("[redacted: private key]")
    assert len(re.sub("[^A-Za-z0-9]", "", kept)) <= len("Mykey" + b64(before))
    assert not re.search(r"[A-Za-z0-9]{20}", rest)


@pytest.mark.parametrize("label", ["PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
def test_keys_in_base64_on_one_line(label: str) -> None:
    key, certificate = pem(label), pem("CERTIFICATE") + "\n"
    assert redact(f"key: {b64(key)}").text == "key: [redacted: private key]"
    assert redact(f"key: {b64(key + chr(10))}, and").text == "key: [redacted: private key], and"
    assert redact(f"key {b64(key)[:200]}").text == "key [redacted: private key]"
    done = redact(b64(certificate + key))
    assert done.text.endswith("[redacted: private key]")
    kept = done.text.partition("[")[0]
    assert base64.b64decode(kept[: len(kept) // 4 * 4]).decode() in certificate
    whole = b64(f"{key}\n{certificate}")
    assert redact(whole).text == f"[redacted: private key]{whole[-(-len(key) * 4 // 3) :]}"
    assert redact(f"{b64(key)}\n{b64(certificate)}").text == f"[redacted: private key]\n{b64(certificate)}"


def test_what_is_public_stays() -> None:
    public = pem("PUBLIC KEY") + "\n" + pem("CERTIFICATE") + "\n" + b64(pem("CERTIFICATE"))
    assert redact(public).text == public


@pytest.mark.parametrize(
    "text",
    [
        "ghp_" + "x" * 36,
        "ghp_" + "X" * 36,
        "ghp_" + fill(8) + "X" * 28,
        "github_pat_" + "1" * 82,
        "ghp_...",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/" + "K7MDENG/bPxRfiCYEXAMPLEKEY",
        "https://s3.amazonaws.com/x?X-Amz-Credential=AKIA" + fill(16, UPPER) + "%2F20190509%2Fus-east-1",
        "sk-ant-...",
        "sk-ant-api03-...",
        "sk-ant-api03-your-key-goes-here-and-it-is-a-long-one-indeed",
        "sk-ant-api03-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
        "npm_" + "0123456789" * 4,
        "hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
        "xoxb-your-bot-token-goes-here",
        "Authorization: Bearer <token>",
        "Authorization: Bearer $TOKEN",
        "Authorization: Bearer ${TOKEN}",
        "Authorization: Bearer ${{ secrets.GITHUB_TOKEN }}",
        "Authorization: Bearer {token}",
        "Authorization: Bearer %s",
        "Authorization: Bearer ********",
        "Authorization: Bearer YOUR_ACCESS_TOKEN",
        "Authorization: Bearer my-very-secret-access-token",
        "Authorization: Bearer mF_9.B5f-4.1JqM",
        'headers = {"Authorization": "Bearer " + token}',
        'headers = {"Authorization": f"token {self.token}"}',
        "Authorization: Basic " + b64("user:password"),
        "Authorization: Basic " + b64("Aladdin:open sesame"),
        "Authorization: Basic authentication is deprecated",
        "authorization, token validation and billing123456789",
        "<token> ${TOKEN} $GITHUB_TOKEN ********",
        "https://user:password@host",
        "https://user:password@acme.dev",
        "https://USER:PASS@acme.dev",
        "https://user:pass@acme.dev",
        "https://username:my_password@acme.dev",
        "https://<user>:<password>@acme.dev",
        "https://user:${PASSWORD}@acme.dev",
        "https://user:$PASSWORD@acme.dev",
        "https://user:{password}@acme.dev",
        "https://x-access-token:${{ secrets.TOKEN }}@github.com/acme/cat",
        "https://user:********@acme.dev",
        "https://user:***@acme.dev",
        "https://user:%s@acme.dev",
        "postgres://postgres:postgres@localhost/test",
        "amqp://guest:guest@rabbit",
        f"https://anna:{fill(9)}@example.com/",
        "http://localhost:8080/@vite/client",
        "https://acme.dev:443/a:b@c",
        "git+ssh://git@github.com:acme/cat.git",
        "see https://acme.dev: write to anna@acme.dev",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA...\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n" + "x" * 64 + "\n-----END PRIVATE KEY-----",
        "It begins with -----BEGIN PRIVATE KEY----- and, internationalisation aside, ends in -----END PRIVATE KEY-----",
        b64("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA...\n-----END RSA PRIVATE KEY-----"),
        b64("-----BEGIN PRIVATE KEY-----\n" + "x" * 64 + "\n-----END PRIVATE KEY-----"),
        base64.encodebytes(fill(3_000, BASE64 + "-").encode()).decode(),
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg" + fill(9_000, BASE64) + "LS0tLS1CRUdJTi" + fill(200, BASE64),
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        fill(40, HEX),
        fill(64, HEX),
        uuid(),
        "sha256-" + fill(43, BASE64) + "=",
        "docker-image://alpine:3.19.1-r2@sha256:" + fill(64, HEX),
        "docker-image://alpine:3.19.1-r2@SHA512:" + fill(64, HEX),
        "x" + "AIza" + fill(35),
        "x" + "hf_" + fill(34),
        "x" + "cmVmd" + fill(59),
        "Secret=" + fill(43, BASE64) + "=",
        "key-" + fill(32, HEX),
        "SKIA " * 20,
        "[redacted: github token]",
        "HF_TOKEN, hf_hub_download, npm_config_registry, sk_live_, dapi_version",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    done = redact(text)
    assert (done.text, done.kinds) == (text, {})


def test_several_secrets_are_counted() -> None:
    one, two = "ghp_" + fill(36), "ghp_" + fill(36, ALNUM, "two")
    done = redact(f"{one} {two}\n{one},{JWT}")
    assert done.text == (
        "[redacted: github token] [redacted: github token]\n[redacted: github token],[redacted: json web token]"
    )
    assert done.kinds == {"github token": 3, "json web token": 1}


def test_two_secrets_without_anything_between_are_both_gone() -> None:
    one, two = "dapi" + fill(32, HEX), "ghp_" + fill(36)
    assert redact(one + two).text == "[redacted: databricks token][redacted: github token]"
    assert not re.search(r"[A-Za-z0-9]{12}", redact(two + one).text.replace("databricks", ""))


def test_what_follows_a_secret_is_judged_by_what_may_stand_before_it() -> None:
    signature = "sig=" + fill(43) + "%3D"
    assert redact("pul-" + fill(40, HEX) + signature).text == "[redacted: pulumi token]" + signature


def test_as_many_secrets_of_a_kind_as_there_are() -> None:
    assert redact(("GR1348941" + fill(20) + " ") * 9).kinds == {"gitlab token": 9}


def test_any_number_of_secrets_without_anything_between_are_gone() -> None:
    assert redact(("pnu_" + fill(36)) * 9).kinds == {"prefect api key": 9}


@pytest.mark.parametrize(
    ("kinds", "words"),
    [({}, ""), ({"private key": 2, "github token": 1}, "github token, private key x 2")],
)
def test_what_was_taken_out_in_words(kinds: dict[str, int], words: str) -> None:
    assert in_words(kinds) == words


def test_a_name_beside_a_secret_stands_at_most_100_characters_before_it() -> None:
    key = "key-" + fill(32, HEX)
    assert redact(f"mailgun{' ' * 93}{key}").kinds == {"mailgun api key": 1}
    assert redact(f"mailgun{' ' * 94}{key}").kinds == {}
    assert redact(f"{key} is for mailgun").kinds == {}


def test_the_narrower_name_wins() -> None:
    token = "ghs_" + fill(36)
    done = redact(f"git clone https://x-access-token:{token}@github.com/acme/cat\nAuthorization: Bearer {JWT}")
    assert done.text == (
        "git clone https://x-access-token:[redacted: github token]@github.com/acme/cat\n"
        "Authorization: Bearer [redacted: json web token]"
    )


# ---- The job's own secrets ----

SECRETS = st.one_of(
    st.text(ALNUM + "_-", min_size=12, max_size=80), st.text(st.characters(codec="utf-8"), min_size=12, max_size=80)
).filter(lambda secret: len(re.sub(r"\W", "", secret)) >= 12 and re.fullmatch(r"(?s)\w.*\w", secret))
OWN_MARK = "[redacted: secret of this job]"


def spellings(secret: str) -> Iterator[tuple[str, str]]:
    raw = secret.encode()
    yield "plain", secret
    yield "in an address", quote(secret, safe="")
    yield "every character escaped", "".join(f"%{byte:02x}" for byte in raw)
    yield "in JSON", json.dumps(secret)[1:-1]
    yield "in hex", raw.hex()
    yield "in capital hex", raw.hex().upper()
    yield "in hex by bytes", raw.hex(" ")
    yield "in hex for a program", "".join(f"\\x{byte:02x}" for byte in raw)
    for before in ("", "a", "ab"):
        for after in ("", "z", "zz"):
            yield (
                f"base64 between {before!r} and {after!r}",
                base64.b64encode(f"{before}{secret}{after}".encode()).decode(),
            )
            yield (
                f"base64 for addresses, between {before!r} and {after!r}",
                base64.urlsafe_b64encode(f"{before}{secret}{after}".encode()).decode(),
            )


def breakings(spelt: str) -> Iterator[str]:
    yield spelt
    yield "\n".join(spelt[i : i + 10] for i in range(0, len(spelt), 10))
    yield "\r\n  ".join(spelt[i : i + 7] for i in range(0, len(spelt), 7))
    yield " | ".join(spelt[i : i + 5] for i in range(0, len(spelt), 5))


@given(SECRETS)
@example("ghs_" + fill(36))
@example('quo"te\\back/slash%41&amp')
def test_a_secret_of_the_job_is_found_however_it_is_spelt(secret: str) -> None:
    for name, spelt in spellings(secret):
        for broken in breakings(spelt):
            if broken != spelt and re.search(r"[\\%]", spelt + secret):
                continue  # a line is not broken within an escape
            done = redact(f"It is ({broken}).", {secret})
            left = done.text.replace(OWN_MARK, "").removeprefix("It is (").removesuffix(").")
            assert done.kinds.get("secret of this job"), (name, broken)
            assert len(re.sub(r"[\s|]", "", left)) <= (10 if "64" in name else 0), (
                name,
                broken,
                done.text,
            )  # its neighbours' share


def test_a_secret_and_a_text_may_be_no_valid_unicode() -> None:
    secret = "\udcff" + fill(20)
    assert redact(f"\ud800 {secret}", [secret]).text == f"\ud800 {OWN_MARK}"


def test_letters_with_a_space_after_each() -> None:
    secret = "ghs_" + fill(36)
    assert redact(" ".join(secret), [secret]).text == OWN_MARK
    assert redact("Its letters: " + " | ".join(secret) + " |", [secret]).text == f"Its letters: {OWN_MARK} |"


def test_short_values_are_no_secrets() -> None:
    assert redact("true production", ["true", "production", ""]).kinds == {}


def test_a_secret_of_few_letters_and_many_signs_is_found_only_as_it_is() -> None:
    secret = "a | b | c | d"
    assert redact(f"<{secret}>", [secret]).text == f"<{OWN_MARK}>"
    assert redact("abcd a|b|c|d", [secret]).kinds == {}


def test_a_secret_that_marks_are_made_of_changes_no_mark() -> None:
    assert redact(OWN_MARK, ["secret of this job"]).text == OWN_MARK
    assert redact("[redacted: github token]", ["[redacted: github token]"]).text == "[redacted: github token]"


def test_of_two_kinds_the_jobs_own_secret_comes_first_and_a_private_key_next() -> None:
    token = "ghp_" + fill(36)
    assert redact(f"{token} {token}", [token]).kinds == {"secret of this job": 2}
    assert redact(pem(), [pem().splitlines()[3]]).text.strip() == OWN_MARK
    assert redact(pem().replace("\n", f"\nComment: {token}\n\n", 1)).kinds == {"private key": 1}


def test_no_secret_shows_in_what_the_searcher_looks_like() -> None:
    secret = "ghs_" + fill(36)
    assert secret not in repr(own_secrets(frozenset({secret})))


# ---- Properties of all ----

PIECES = st.one_of(
    st.sampled_from([secret for _, secret in TOKENS]),
    st.sampled_from(["".join(row[1:]) for row in IN_PLACE]),
    st.sampled_from([keyword for rule in RULES for keyword in rule.keywords]),
    st.sampled_from(
        [pem(), pem()[:300], pem().replace("\n", "\\n"), "\n", "\r\n", " ", "", "x", "\u2028", '"', OWN_MARK]
    ),
    st.text(max_size=20),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
OWN = ["ghs_" + fill(36, ALNUM, "own"), "anotherSecret1"]


@given(TEXTS)
def test_a_text_keeps_its_lines(text: str) -> None:
    done = redact(text, OWN).text
    assert len(f"{done}.".splitlines()) == len(f"{text}.".splitlines())
    assert done.count("\n") == text.count("\n")


@given(TEXTS)
def test_doing_it_again_changes_nothing(text: str) -> None:
    once = redact(text, OWN)
    again = redact(once.text, OWN)
    assert (again.text, again.kinds) == (once.text, {})


@given(TEXTS, st.sampled_from(TOKENS), TEXTS)
def test_a_token_among_anything_is_gone(before: str, row: tuple[str, str], after: str) -> None:
    assert f" {row[1]} " not in redact(f"{before} {row[1]} {after}", OWN).text


UNITS = [
    *sorted({keyword for rule in RULES for keyword in rule.keywords}),
    *["ghp_A1b2", "eyJ-", "eyJaaaaaaaaaaaa.", "ghs_1_eyJ-", "sk-proj-", "sk.eyJ", "xoxb-1", "Authorization: Bearer "],
    *["Authorization: ", "Authorization: Bearer aaaaaaaaaaa1aaaaaaa ", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----"],
    *[
        "-----BEGIN PRIVATE KEY-----\n" + "a1B2" * 8,
        "-----END ",
        "://a:",
        "://a:b@",
        "https://a:1,",
        "%41",
        "\\n",
        "\\u0041",
    ],
    *["a", "A", "1", "-", "_", ".", "=", "/", "a|", " ", "\n", OWN_MARK, OWN[0], OWN[0][:-1], OWN[1]],
    *[
        "ghp_" + fill(36) + " ",
        "AKIA" + fill(16, UPPER) + ",",
        "key-" + fill(32, HEX) + " ",
        "LS0tLS1CRUdJTi" + "a" * 80,
        b64(pem(lines=1)),
        b64(pem("CERTIFICATE", 1)) + "\n",
        b64("-----BEGIN " + "PRIVATE KEY-----\n"),
        "LS0t ",
    ],
]


def seconds(text: str) -> float:
    """Of this process's own time, the better of two."""
    times = []
    for _ in range(2):
        began = time.process_time()
        redact(text, OWN)
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.slow
def test_no_text_takes_longer_than_it_is_long() -> None:
    """Eight times the text takes about eight times as long, and 64 times as long if anything is quadratic."""
    small = 4_000
    slow = {unit: (seconds(unit * (small // len(unit))), seconds(unit * (8 * small // len(unit)))) for unit in UNITS}
    assert {unit: long / short for unit, (short, long) in slow.items() if long > 24 * max(short, 0.001)} == {}


# ---- Real texts ----

KNOWN = [
    ("*/pyjwt-*/METADATA", "json web token"),  # the package's own first example, a token signed with the word "secret"
    ("*/PyJWT-*/METADATA", "json web token"),  # the same, as older versions spell the folder
]
TEXT_FILES = re.compile(r"(?:\.(?:pyi?|pyx|md|txt|rst|json|toml|ya?ml|cfg|ini|c|h|js|ts|html|css|xml|pem|sh|csv))?")


def texts() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    ours = [ROOT / name for name in listed.split("\0") if name]
    packages = sorted(Path(sysconfig.get_paths()["purelib"]).rglob("*"))
    for path in [*ours, *(each for each in packages if TEXT_FILES.fullmatch(each.suffix))]:
        try:
            yield path.as_posix(), path.read_text("utf-8")
        except (UnicodeDecodeError, OSError):
            continue


@pytest.mark.slow
def test_real_texts_come_through_whole() -> None:
    found: list[tuple[str, str]] = []
    size = 0
    for name, text in texts():
        size += len(text)
        found += [(name, kind) for kind in redact(text).kinds]
    assert size > 10_000_000
    assert [
        (name, kind)
        for name, kind in found
        if not any(fnmatch(name, pattern) and kind == known for pattern, known in KNOWN)
    ] == []
