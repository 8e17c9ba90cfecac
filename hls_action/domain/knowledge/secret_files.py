"""Files that are not read because of their names: keys, passwords and tokens belong in no prompt.

By name alone, so that not one byte of them is fetched for it. What such a rule misses, redaction may still find.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

_FullMatch = Callable[[str], re.Match[str] | None]

_DATA = r"(json|ya?ml|toml|ini|xml|txt|csv|properties|cfg|conf|enc|db)"

NAMES = (
    # Settings with passwords in them; what is there to be copied and filled in has none
    r"(?!.*\.(example|sample|template|dist|tmpl|tpl|defaults?)$)\.env(\..+)?|.+\.env|\.envrc|\.flaskenv",
    # Private keys and what holds them: PEM, PKCS #12, Java, PuTTY, OpenVPN, Apple, KeePass, OpenPGP, OpenSSH
    r".+\.(pem|key|p12|pfx|pkcs12|p8|jks|jceks|bcfks|keystore|ppk|ovpn|mobileprovision|kdbx?|gpg|pgp)",
    r"(?!.*\.pub$)id_(rsa|dsa|ecdsa|ed25519)(_sk)?([._-].+)?|.+_(rsa|dsa|ecdsa|ed25519)|secring\..+",
    # Where tools keep what they log in with
    r"[._]netrc|\.(pgpass|my\.cnf|mylogin\.cnf|git-credentials|dockercfg|dockerconfigjson|s3cfg|boto|pypirc|npmrc)",
    r"\.?htpasswd|\.?vault[-_]?(token|pass(word)?)(\.txt)?|kubeconfig(\..+)?|.+\.kubeconfig",
    # Named by what they hold, in a format for data: a module about credentials is code
    r"(.+[._-])?(credentials?|secrets?|service[._-]?account|adminsdk)([._-].+)?\." + _DATA,
    r"\.?credentials",
    # What Terraform knows of everything it has made
    r".+\.tfstate(\.backup)?|.+\.tfvars(\.json)?",
)
"""Whole names, without their folders, in any case."""

FOLDERS = (r"\.(ssh|gnupg|aws|azure|kube|gcloud)",)
"""Whole names of folders in which nothing is read."""


def looks_secret(path: str) -> bool:
    """Whether a file is not to be read because of its name, or of a folder it is in."""
    is_secret, is_of_a_tool = _rules()
    *folders, name = path.split("/")
    return is_secret(name) is not None or any(is_of_a_tool(folder) for folder in folders)


@cache
def _rules() -> tuple[_FullMatch, _FullMatch]:
    """Compiled when they are needed: most events read no code."""
    name, folder = (re.compile("|".join(f"(?:{rule})" for rule in rules), re.IGNORECASE) for rules in (NAMES, FOLDERS))
    return name.fullmatch, folder.fullmatch
