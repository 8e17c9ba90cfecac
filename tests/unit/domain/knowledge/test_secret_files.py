"""Which files are never read, by their names."""

from __future__ import annotations

import re

import pytest

from hls_action.domain.knowledge.secret_files import NAMES, looks_secret

SECRET = """
.env .env.local .env.production prod.env .envrc .flaskenv .ENV
server.pem tls.key store.p12 store.pfx AuthKey_1.p8 release.jks app.keystore login.ppk home.ovpn dev.mobileprovision
passwords.kdbx backup.gpg secring.gpg
id_rsa id_ed25519 id_ecdsa_sk id_rsa.old deploy_rsa
.netrc _netrc .pgpass .my.cnf .git-credentials .dockercfg .dockerconfigjson .s3cfg .boto .pypirc .npmrc
.htpasswd htpasswd .vault-token vault_pass.txt .vault_password kubeconfig kubeconfig.prod dev.kubeconfig
credentials .credentials credentials.json credentials.yml.enc application_default_credentials.json aws-credentials.csv
secrets.yml secret.json app-secrets.production.yaml client_secret_123.apps.googleusercontent.com.json
service-account.json service_account.prod.json firebase-adminsdk-x1.json
terraform.tfstate terraform.tfstate.backup prod.tfvars prod.tfvars.json
"""

OPEN = """
README.md .env.example .env.sample .env.template .env.dist env.py environment.yml main.py key.go keys.rs keyboard.ts
id_rsa.pub id_ed25519.pub rsa.py test_rsa.py monkey.js pem.c credentials.py credentials_test.go Credentials.java
secrets.py secret_rules.py secret.rs SecretsManager.kt secrets.md test_credentials.rb service_account.ts
.gitignore .gitattributes package.json npmrc.md netrc.c docker-compose.yml Dockerfile values.yaml main.tf public.asc
tokenizer.json passwords.rb vault.go htpasswd.go .editorconfig
"""


@pytest.mark.parametrize("name", SECRET.split())
def test_looks_secret(name: str) -> None:
    assert looks_secret(name)
    assert looks_secret(f"deep/er/{name.upper()}")


@pytest.mark.parametrize("name", OPEN.split())
def test_is_open(name: str) -> None:
    assert not looks_secret(name)
    assert not looks_secret(f"deep/er/{name}")


@pytest.mark.parametrize("folder", [".ssh", ".gnupg", ".aws", ".azure", ".kube", ".gcloud"])
def test_nothing_is_read_in_folders_of_tools_that_log_in(folder: str) -> None:
    assert looks_secret(f"home/{folder}/config")
    assert looks_secret(f"{folder}/deep/README.md")
    assert not looks_secret(f"docs/{folder}")


def test_a_name_is_looked_at_as_a_whole() -> None:
    assert not looks_secret(".env/README.md")
    assert not looks_secret("server.key.md")
    assert not looks_secret("credentials/README.md")


@pytest.mark.parametrize("rule", NAMES)
def test_every_rule_has_an_example(rule: str) -> None:
    assert any(re.fullmatch(rule, name, re.IGNORECASE) for name in SECRET.split())
