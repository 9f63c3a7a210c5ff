"""Rules on SealedSecrets: whatever stands in one, every check gives an answer, and none says what a value is."""

from __future__ import annotations

import base64
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hydrogitops.charts.workloads import objects, sealed_secrets
from hydrogitops.config.configuration import DEFAULT
from hydrogitops.linter import policies
from hydrogitops.linter.inputs import EnvironmentView, SecretView
from hydrogitops.linter.look import see
from hydrogitops.model import SourceFile
from hydrogitops.repo.environments import discover
from hydrogitops.repo.sources import Sources
from hydrogitops.secrets.templates import read as read_template
from hydrogitops.source import emitting, reading
from tests.golden.trees import write
from tests.sealing_keys import certificate

MODULES = ("secrets_values", "secrets_lengths", "secrets_objects", "secrets_scopes", "secrets_templates")
PREFIX = "sealedsecrets.bitnami.com/"
CANARY = "cAnArY7"

scalars = st.one_of(st.none(), st.booleans(), st.integers(-9, 10**12), st.floats(-9, 9), st.text(max_size=12))
keys = st.sampled_from(("k", "y", "1", "true", "password", ".dockerconfigjson", "tls.crt", "a-b", "null", "0x1"))
anything = st.recursive(scalars, lambda below: st.lists(below, max_size=2) | st.dictionaries(keys, below, max_size=2))
values = st.one_of(
    st.sampled_from(("__UNSEALED__", "AgBy3i4O", "", "Zm9vYmFyYmF6", "AQ==", f"{CANARY}!", f" {CANARY}")),
    st.binary(max_size=600).map(lambda raw: base64.b64encode(raw).decode()),
    anything,
)
templates = st.lists(
    st.sampled_from(("{{", "}}", " ", ".k", ".a-b", "$", "index", '"a-b"', "if", "end", "range", "else", "|", "(", ")", "x", "`", "-")),
    max_size=9,
).map("".join)  # fmt: skip
annotations = st.dictionaries(
    st.sampled_from(
        (f"{PREFIX}cluster-wide", f"{PREFIX}namespace-wide", f"{PREFIX}clusterwide", "cluster-wide", "/", "")
    ),
    st.one_of(st.just("true"), scalars),
    max_size=3,
)
metadata = st.one_of(
    anything,
    st.fixed_dictionaries(
        {"name": st.one_of(st.just("db"), scalars)},
        optional={"namespace": st.one_of(st.just("ml"), scalars), "annotations": annotations, "labels": annotations,
                  "creationTimestamp": st.none(), "managedFields": anything},
    ),
)  # fmt: skip
template = st.fixed_dictionaries(
    {"data": st.one_of(st.dictionaries(keys, st.one_of(templates, scalars), max_size=3), anything)},
    optional={"type": st.one_of(st.sampled_from(("kubernetes.io/tls", "Opaque")), scalars), "metadata": metadata},
)
spec = st.one_of(
    st.fixed_dictionaries(
        {"encryptedData": st.dictionaries(keys, values, max_size=4), "template": template}, optional={"data": anything}
    ),
    st.fixed_dictionaries({}, optional={"encryptedData": anything, "template": anything, "data": anything}),
    anything,
)


@cache
def environment() -> EnvironmentView:
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write(
            root, {"environments/plain/sealing.pem": certificate()[0].decode(), "a.yaml": "kind: A\napiVersion: v1\n"}
        )
        sources = Sources(root)
        found = discover(sources, DEFAULT).environments
        (view,) = see(sources, found, DEFAULT, render=False, today=date(2026, 11, 28)).views
    return view


def views(file: SourceFile) -> list[SecretView]:
    found = tuple(sealed_secrets(objects(file, written=True)))
    view = environment()._replace(sealed=found, read=lambda name: file if name == file.path else None)
    return [SecretView(one, view) for one in found]


@settings(max_examples=300, deadline=None)
@given(metadata, spec)
def test_whatever_stands_in_an_object_gets_an_answer(meta: Any, body: Any) -> None:
    data = {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": meta, "spec": body}
    for view in views(reading.read("db.yaml", emitting.stream([data]))):
        for policy in policies.load().values():
            if policy.scope == "secret" and policy.check.partition(".")[0] in MODULES:
                check = policies.check(policy.id, policy.check, policy.scope)
                for fault in check(view, policy.parameters):
                    assert fault.message
                    assert CANARY not in repr((fault.message, fault.label, fault.fix, fault.related))


@settings(max_examples=300, deadline=None)
@given(st.one_of(templates, st.text()))
def test_any_template_gets_an_answer_with_places_in_it(text: str) -> None:
    found = read_template(text)
    for spot in (*found.uses, *found.refusals):
        assert 0 <= spot.start < spot.end <= len(text)
