"""Values that are made of others, as the chart's own templates would have made them from its values."""

from __future__ import annotations

import json
import shlex
from base64 import b64encode
from collections.abc import Sequence


def docker_config(hosts: Sequence[str], username: bytes, password: bytes) -> bytes:
    """A `config.json` of Docker with one login for each of `hosts` (helm/manager/templates/_helpers.tpl at 3.0.3)."""
    name, word = _text(username), _text(password)
    login = {"username": name, "password": word, "auth": b64encode(username + b":" + password).decode()}
    return json.dumps({"auths": dict.fromkeys(hosts, login)}, ensure_ascii=False).encode("utf-8", "surrogateescape")


def storage_init(address: str, key_id: bytes, key: bytes, *, region: str, bucket: str) -> bytes:
    """The script that makes the bucket of a registry in the cluster (helm/docker-registry/templates/_helpers.tpl).

    Unlike the chart's it holds words that the shell takes for something else.
    """
    alias = shlex.join(["mc", "alias", "set", "storage", address, _text(key_id), _text(key)])
    bucket = shlex.join(["mc", "mb", "-p", "--region", region, f"storage/{bucket}"])
    return f"#!/bin/bash\nset -e\n{alias}\n{bucket}".encode("utf-8", "surrogateescape")


def alertmanager(*, relay: str, sender: str, username: bytes, password: bytes, receivers: Sequence[str]) -> bytes:
    """`alertmanager.yml` with the chart's own route, and mails to `receivers` through `relay`, a host and port."""
    from hydrogitops.source import emitting

    return emitting.text(
        {
            "global": {
                "smtp_smarthost": relay,
                "smtp_auth_username": _utf8(username),
                "smtp_auth_identity": _utf8(username),
                "smtp_auth_password": _utf8(password),
                "smtp_from": sender,
            },
            "route": {
                "group_by": ["alertname", "modelVersionId"],
                "group_wait": "10s",
                "group_interval": "10s",
                "repeat_interval": "1h",
                "receiver": "default",
            },
            "receivers": [{"name": "default", "email_configs": [{"to": address} for address in receivers]}],
        }
    ).encode()


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _utf8(value: bytes) -> str:
    """YAML carries nothing else."""
    return value.decode("utf-8", "replace")
