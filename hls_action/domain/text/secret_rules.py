"""What secrets look like: one rule for each shape that a fixed prefix, or the name right beside it, gives away.

The shapes are facts, checked against two maintained rule sets and, where neither has them, what the service documents.
There is no rule that guesses by how random a value looks, and none for "a key" of unknown make: a text full of hashes
and identifiers must come through whole.

Lengths are lower bounds wherever the prefix alone leaves no doubt, for services lengthen their tokens (GitHub's
``ghs_`` did) and a token with a character too many is still one. Checksums are not asked for the same reason, and
because a token with a character painted over can be completed with their help.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hls_action.domain.text.made_up import decoded, is_placeholder, is_placeholder_bearer, is_placeholder_password

GITLEAKS = "gitleaks 8.30.1, config/gitleaks.toml"
NOSEY_PARKER = "Nosey Parker 0.24.0, builtin rules"

_ESCAPED = (
    r"(?<=\\[nrt])|(?<=\\x[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2})|(?<=\[[0-9]m)|(?<=\[[0-9]{2}m)"
)
"""What may end in a letter or digit right before a secret: an escape in JSON or an address, a colour in a log."""

ANYWHERE = ""
APART = rf"(?:(?<![A-Za-z0-9])|{_ESCAPED})"
APART_FROM_DASHES = rf"(?:(?<![A-Za-z0-9_-])|{_ESCAPED})"

_A = "[A-Za-z0-9]"
_W = "[A-Za-z0-9_-]"
_B = "[A-Za-z0-9+/]"
_HEX = "[0-9a-fA-F]"
_UUID = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_END = "(?![A-Za-z0-9])"
_NAMED = r"""[\s"'`\\\]\[:=,>(]{1,12}"""
"""What stands between a name and its value in JSON, YAML, shells, code and logs."""


def _looks_issued(found: re.Match[str]) -> bool:
    return not is_placeholder(found.groupdict().get("secret") or found[0])


def _is_real_password(found: re.Match[str]) -> bool:
    if found["host"].lower().startswith(("sha256:", "sha512:")):  # an image's name, tag and digest
        return False
    return not is_placeholder_password(found["user"], found["secret"], found["host"])


def _is_real_header(found: re.Match[str]) -> bool:
    """Basic credentials are a user and a password in base64; all others are a token."""
    if found["scheme"].lower() != "basic":
        return not is_placeholder_bearer(found["secret"])
    user, _, password = decoded(found["secret"]).partition(":")
    return not is_placeholder_password(user, password)


@dataclass(frozen=True)
class Rule:
    """One shape of a secret.

    ``keywords``: what a text must contain, letter for letter. ``rest``: what follows the keyword, as a regular
    expression (ASCII only); a group ``secret`` in it is what is taken, or else everything from the keyword on.
    ``source``: who says so. ``before``: a look-behind at the keyword. ``reach``: how many characters before the keyword
    belong to the secret. ``beside``: a word that must stand in the 100 characters before, in any case. ``is_real``: the
    last word, against what documentation makes up.

    Every ``rest`` is linear in all: it fails within a bounded number of characters, or takes what it read; or else
    ``before`` excludes whatever it may run over, so that no two attempts read the same.
    """

    kind: str
    keywords: tuple[str, ...]
    rest: str
    source: str
    before: str = APART
    reach: int = 0
    beside: str = ""
    is_real: Callable[[re.Match[str]], bool] = _looks_issued


def _rule(kind: str, keywords: str, rest: str, source: str = GITLEAKS, before: str | None = None) -> Rule:
    """A keyword of five characters or more may stand in the middle of a word, for no word has it by chance."""
    words = tuple(keywords.split())
    apart = APART if min(map(len, words)) < 5 else ANYWHERE
    return Rule(kind, words, rest, source, apart if before is None else before)


_JWT = rf"eyJ{_W}{{10,400}}\.eyJ{_W}{{10,2000}}\.{_W}{{20,}}"

RULES: tuple[Rule, ...] = (
    # Code hosting, packages and CI
    _rule(
        "github token",
        "ghp_ gho_ ghu_ ghs_ ghr_",
        rf"(?:{_A}{{36,}}|{_A}{{1,20}}_{_JWT})",
        f"{GITLEAKS}; https://github.blog/changelog/2026-04-24-notice-about-upcoming-new-format-for-github-app-installation-tokens/",
        ANYWHERE,
    ),
    _rule("github token", "github_pat_", r"[A-Za-z0-9_]{36,}"),
    _rule(
        "gitlab token",
        "glpat- gldt- glrt- glrtr- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct-",
        rf"{_W}{{20,}}(?>(?:\.[0-9a-z]{{9,}})*)",
    ),
    _rule("gitlab token", "GR1348941", rf"{_W}{{20,}}"),
    _rule("bitbucket app password", "ATBB", rf"{_A}{{32}}{_END}", NOSEY_PARKER),
    _rule("npm token", "npm_", rf"{_A}{{36,}}"),
    _rule("pypi token", "pypi-", rf"AgE{_W}{{60,}}"),
    _rule("rubygems token", "rubygems_", rf"{_HEX}{{48}}"),
    _rule("clojars token", "CLOJARS_", rf"{_A}{{60}}"),
    _rule("docker hub token", "dckr_pat_", rf"{_W}{{27,}}", NOSEY_PARKER),
    _rule("artifactory token", "AKCp", rf"{_A}{{69}}"),
    _rule("artifactory token", "cmVmd", rf"{_A}{{59}}{_END}", before=APART),
    _rule("circleci token", "CCIPAT_", rf"{_A}{{22}}_{_HEX}{{40}}", "https://circleci.com/docs/managing-api-tokens/"),
    _rule("buildkite token", "bkua_", rf"{_HEX}{{40}}", "https://buildkite.com/docs/apis/managing-api-tokens"),
    _rule("sonar token", "squ_ sqp_ sqa_", rf"{_HEX}{{40}}"),
    _rule("sourcegraph token", "sgp_", rf"(?:(?:{_HEX}{{16}}|local)_)?{_HEX}{{40}}"),
    _rule("octopus deploy api key", "API-", rf"[A-Z0-9]{{26}}{_END}"),
    Rule(
        "terraform cloud token",
        (".atlasv1.",),
        rf"{_W}{{60,}}",
        GITLEAKS,
        before=rf"(?<={_A}{{14}})",
        reach=14,
    ),
    _rule("pulumi token", "pul-", rf"{_HEX}{{40}}"),
    _rule("infracost api key", "ico-", rf"{_A}{{32}}{_END}"),
    _rule("harness api key", "pat. sat.", rf"{_W}{{22}}\.{_A}{{24}}\.{_A}{{20}}"),
    _rule("prefect api key", "pnu_", rf"{_A}{{36}}"),
    # Models
    _rule("anthropic api key", "sk-ant-", rf"(?:[a-z]{{2,12}}[0-9]{{2}}-)?{_W}{{40,}}"),
    _rule("openai api key", "sk-", rf"{_A}{{20}}T3BlbkFJ{_A}{{20,}}"),
    _rule("openai api key", "sk-proj- sk-svcacct- sk-admin- sk-None-", rf"(?={_W}{{20,90}}T3BlbkFJ){_W}{{48,}}"),
    _rule(
        "openrouter api key", "sk-or-v1-", rf"{_HEX}{{64}}", "https://openrouter.ai/docs/api-reference/authentication"
    ),
    _rule("groq api key", "gsk_", rf"{_A}{{50,}}", NOSEY_PARKER),
    _rule("perplexity api key", "pplx-", rf"{_A}{{48}}"),
    _rule("tavily api key", "tvly-", rf"(?:(?:dev|prod)-)?{_A}{{32,}}", NOSEY_PARKER),
    _rule("hugging face token", "hf_ api_org_", rf"{_A}{{34,}}"),
    _rule("replicate api token", "r8_", rf"{_A}{{37,}}", "https://replicate.com/docs/topics/security/api-tokens"),
    _rule(
        "langsmith api key", "lsv2_pt_ lsv2_sk_", rf"{_HEX}{{32}}_{_HEX}{{10}}", "https://docs.langchain.com/langsmith/"
    ),
    # Clouds
    _rule(
        "aws access key id",
        "AKIA ASIA",
        rf"[A-Z0-9]{{16}}{_END}",
        before=rf"{APART}(?<!Credential=)",  # a signed address shows it to everybody, without the key
    ),
    Rule(
        "aws secret access key",
        ("secret_access_key", "SECRET_ACCESS_KEY", "ecretAccessKey", "secret-access-key"),
        rf"{_NAMED}(?P<secret>{_B}{{40}})(?![A-Za-z0-9+/=])",
        NOSEY_PARKER,
        before=ANYWHERE,
    ),
    Rule(
        "aws secret access key",  # as it stands in a file of credentials: the id, a comma, the key
        ("AKIA",),
        rf"[A-Z0-9]{{16}}[\"']?[ \t]?[,:;|\t][ \t]?[\"']?(?P<secret>{_B}{{40}})(?![A-Za-z0-9+/=])",
        NOSEY_PARKER,
    ),
    _rule(
        "aws session token",
        "IQoJb3JpZ2luX2Vj FwoGZXIvYXdzE",
        r"[A-Za-z0-9+/%]{100,}={0,2}",
        "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html",
    ),
    _rule("aws bedrock api key", "ABSK", rf"{_B}{{109,}}={{0,2}}"),
    _rule("aws bedrock api key", "bedrock-api-key-", rf"{_B}{{60,}}={{0,2}}"),
    _rule("aws appsync api key", "da2-", rf"[a-z0-9]{{26}}{_END}", NOSEY_PARKER),
    _rule("aws mws token", "amzn.mws.", _UUID, NOSEY_PARKER),
    _rule("google api key", "AIza", rf"{_W}{{35,}}"),
    _rule("google oauth client secret", "GOCSPX-", rf"{_W}{{28,}}", NOSEY_PARKER),
    _rule("google oauth token", "ya29.", rf"{_W}{{60,}}", NOSEY_PARKER),
    _rule("azure storage key", "AccountKey=", rf"(?P<secret>{_B}{{86}}==)", NOSEY_PARKER, ANYWHERE),
    _rule("azure shared access key", "SharedAccessKey=", rf"(?P<secret>{_B}{{43,86}}={{1,2}})", NOSEY_PARKER, ANYWHERE),
    _rule(
        "azure shared access signature",
        "sig=",
        r"(?P<secret>[A-Za-z0-9%+/]{43,90}(?:%3[Dd]|=))",
        "https://learn.microsoft.com/azure/storage/common/storage-sas-overview",
        r"(?<=[?&;])",
    ),
    Rule(
        "azure app configuration secret",
        ("Secret=",),
        rf"(?P<secret>{_B}{{36,50}}=)",
        NOSEY_PARKER,
        beside=".azconfig.io",
    ),
    Rule(
        "azure client secret",
        ("Q~",),
        r"[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])",
        GITLEAKS,
        before=r"(?<=[A-Za-z0-9_~.]{3}[0-9])",
        reach=4,
    ),
    Rule(
        "azure devops token",
        ("AZDO",),
        rf"{_A}{{4}}{_END}",
        NOSEY_PARKER,
        before=rf"(?<={_A}{{76}})",
        reach=76,
    ),
    _rule("digitalocean token", "dop_v1_ doo_v1_ dor_v1_", rf"{_HEX}{{64}}"),
    _rule("heroku api key", "HRKU-", rf"AA{_W}{{58}}"),
    _rule("fly.io token", "fo1_", rf"{_W}{{43}}"),
    _rule("fly.io token", "fm1a_ fm1r_ fm2_", rf"{_B}{{100,}}={{0,3}}"),
    _rule("scalingo api token", "tk-us-", rf"{_W}{{48}}"),
    _rule("cloudflare origin key", "v1.0-", rf"{_HEX}{{24}}-{_HEX}{{146}}"),
    _rule(
        "netlify token",
        "nfp_",
        rf"{_A}{{36,}}",
        "https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api/",
    ),
    _rule("supabase token", "sbp_", rf"{_HEX}{{40}}", "https://supabase.com/docs/reference/api/introduction"),
    _rule("planetscale token", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"[A-Za-z0-9_=.-]{32,}"),
    _rule("databricks token", "dapi", rf"{_HEX}{{32}}(?:-[0-9])?{_END}"),
    _rule("openshift token", "sha256~", rf"{_W}{{43}}(?!{_W})"),
    _rule(
        "tailscale key",
        "tskey-",
        rf"[a-z]{{2,10}}-{_A}{{6,30}}-{_A}{{20,}}",
        "https://tailscale.com/kb/1277/key-prefixes",
    ),
    # Payments and shops
    _rule("stripe key", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_", rf"{_A}{{20,}}"),
    _rule("stripe webhook secret", "whsec_", rf"{_B}{{32,}}={{0,2}}", "https://docs.stripe.com/webhooks/signature"),
    _rule("square token", "sq0atp-", rf"{_W}{{22,}}"),
    _rule("square token", "sq0csp-", rf"{_W}{{43,}}", NOSEY_PARKER),
    _rule("shopify token", "shpat_ shpca_ shppa_ shpss_", rf"{_HEX}{{32}}"),
    _rule("plaid token", "access-sandbox- access-development- access-production-", _UUID),
    _rule("shippo token", "shippo_live_ shippo_test_", rf"{_HEX}{{40}}"),
    _rule("duffel token", "duffel_live_ duffel_test_", r"[A-Za-z0-9_=-]{43}"),
    # Messages and mail
    _rule("slack token", "xoxa- xoxb- xoxc- xoxe- xoxo- xoxp- xoxr- xoxs-", r"[0-9][A-Za-z0-9-]{18,}"),
    _rule("slack token", "xapp-", rf"[0-9]-[A-Z0-9]{{6,20}}-[0-9]{{6,20}}-{_A}{{32,}}"),
    _rule("slack webhook", "hooks.slack.com/", r"(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9+/]{40,})"),
    _rule(
        "discord webhook",
        "/api/webhooks/",
        rf"[0-9]{{17,20}}/(?P<secret>{_W}{{60,}})",
        "https://discord.com/developers/docs/resources/webhook",
        ANYWHERE,
    ),
    _rule("teams webhook", "/IncomingWebhook/", rf"(?P<secret>{_HEX}{{32}}/{_UUID})"),
    _rule("telegram bot token", ":AA", rf"{_W}{{32,33}}(?!{_W})", before=r"(?<=[0-9]{8})"),
    _rule("twilio api key", "SK", rf"{_HEX}{{32}}{_END}"),
    _rule("sendgrid api key", "SG.", rf"{_W}{{22}}\.{_W}{{43}}"),
    _rule("sendinblue api key", "xkeysib-", rf"{_HEX}{{64}}-{_A}{{16}}"),
    Rule("mailgun api key", ("key-",), rf"{_HEX}{{32}}{_END}", GITLEAKS, beside="mailgun"),
    # Work and watching
    _rule("atlassian api token", "ATATT3", r"[A-Za-z0-9_=-]{100,}"),
    _rule("linear api key", "lin_api_", rf"{_A}{{40,}}"),
    _rule("notion token", "ntn_", rf"[0-9]{{11}}{_A}{{35}}"),
    _rule("postman api key", "PMAK-", rf"{_A}{{24}}-{_A}{{34}}"),
    _rule(
        "contentful token",
        "CFPAT-",
        rf"{_W}{{43,}}",
        "https://www.contentful.com/developers/docs/references/authentication/",
    ),
    _rule("mapbox token", "sk. tk.", rf"eyJ{_W}{{30,}}\.{_W}{{20,}}", NOSEY_PARKER),
    _rule("typeform token", "tfp_", r"[A-Za-z0-9_.=-]{59}"),
    _rule("figma token", "figd_", rf"{_W}{{36,}}", "https://www.figma.com/developers/api#access-tokens"),
    _rule("dropbox token", "sl.", rf"{_W}{{130,}}", NOSEY_PARKER),
    _rule(
        "hubspot token",
        "pat-na1- pat-eu1-",
        _UUID,
        "https://developers.hubspot.com/docs/guides/apps/private-apps/overview",
    ),
    _rule("readme api key", "rdme_", r"[a-z0-9]{70}"),
    _rule("frame.io token", "fio-u-", r"[A-Za-z0-9_=-]{64}"),
    _rule("adobe client secret", "p8e-", rf"{_A}{{32}}{_END}"),
    _rule("grafana token", "glsa_", rf"{_A}{{32}}_{_HEX}{{8}}"),
    _rule("grafana token", "glc_", rf"eyJ{_B}{{29,}}={{0,3}}"),
    _rule("grafana token", "eyJ", rf"rIjoi{_A}{{70,}}={{0,3}}", before=APART_FROM_DASHES),
    _rule("new relic key", "NRAK-", r"[A-Za-z0-9]{27}"),
    _rule("new relic key", "NRII-", rf"{_W}{{32}}"),
    _rule("sentry token", "sntrys_", rf"eyJ{_B}{{40,}}={{0,2}}(?:_{_B}{{43}})?"),
    _rule("sentry token", "sntryu_", rf"{_HEX}{{64}}"),
    _rule("dynatrace token", "dt0c01.", rf"{_A}{{24}}\.{_A}{{64}}"),
    # Vaults and keys
    _rule("vault token", "hvs.", rf"{_W}{{24,}}", NOSEY_PARKER),
    _rule("vault token", "hvb.", rf"{_W}{{36,}}", NOSEY_PARKER),
    _rule("1password token", "ops_", rf"eyJ{_B}{{100,}}={{0,3}}"),
    _rule("1password secret key", "A3-", r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    _rule(
        "doppler token",
        "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.",
        rf"(?:[a-z0-9_-]{{2,35}}\.)?{_A}{{40,}}",
        NOSEY_PARKER,
    ),
    _rule("age secret key", "AGE-SECRET-KEY-", r"1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    _rule("json web token", "eyJ", rf"{_W}{{10,}}\.eyJ{_W}{{10,}}\.{_W}{{16,}}", before=APART_FROM_DASHES),
    # Where the place says what it is
    Rule(
        "authorization header",
        ("uthorization", "UTHORIZATION"),
        rf"{_NAMED}(?P<scheme>(?i:bearer|basic|token|apikey|api-key|ssws|bot))(?:[ \t]|%20){{1,4}}"
        r"(?P<secret>[A-Za-z0-9._~+/-]{8,}={0,2})",
        "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2",
        before="(?<=[Aa])",
        is_real=_is_real_header,
    ),
    Rule(
        "password in an address",
        ("://",),
        r"(?:[A-Za-z0-9.-]{1,100}:[0-9]{1,5},){0,9}"  # other hosts before it, as databases have them
        r"""(?P<user>[^\s/?#:@"'<>\\`()|{}\[\]]{0,200}):(?P<secret>[^\s/"'<>\\`()|]{1,200})"""
        r"@(?P<host>\[?[A-Za-z0-9$%{][A-Za-z0-9.:-]{0,100})",
        "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        before="(?<=[A-Za-z0-9])",
        is_real=_is_real_password,
    ),
)
