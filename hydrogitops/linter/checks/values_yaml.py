"""Checks on what YAML makes of a text: keys written twice, and plain scalars that are read as something else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from hydrogitops.charts.contract import matches
from hydrogitops.charts.kustomization import is_kustomization
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import DocumentView, Parameters, dotted, nodes
from hydrogitops.model import Fault, Note, Place, Replacement, Route, Suggestion
from hydrogitops.secrets.plaintext import is_secret_key
from hydrogitops.source.shapes import node

_QUANTITIES = frozenset(("limits", "requests", "allocatable", "capacity", "hard", "sizeLimit", "storage"))
"""What stands below these, or under them, is a quantity: rules of its own read it."""

_MODES = frozenset(("defaultMode", "mode"))
"""File modes: there an octal number is meant."""

_TEXTS = frozenset(
    ("labels", "annotations", "matchLabels", "nodeSelector", "data", "stringData", "args", "command", "env")
)
"""Below these Kubernetes takes texts only."""

# Compiled when one is first used: most repositories hold nothing that they are asked about.
_SWITCH = (
    r"(?i)(?:enable|disable|allow|automount|use|is|has|force|skip|include|exclude|require|create|auto|ignore|verify)(?-i:[A-Z_]).*"
    r"|.*(?:enabled?|disabled?|insecure|optional|required)|(?:.*O|o)nly|read[oO]nly.*"
    r"|create|force|skip|recurse|debug|verbose|immutable|paused|suspend|privileged|stdin|stdinOnce|tty|prune|selfHeal"
    r"|controller|blockOwnerDeletion|served|storage|install|standalone|headless|secure|development|vendored"
    r"|hostNetwork|hostPID|hostIPC|hostUsers|runAsNonRoot|shareProcessNamespace|publishNotReadyAddresses"
    r"|setHostnameAsFQDN|preserveResourcesOnDeletion|sees_limits|create_on_push_template"
)
"""Names of fields that are true or false."""

_AMOUNT = (
    r"(?i)(?:max|min|num)(?:[A-Z_].*)?|.*(?:ratio|rate|percent|percentage|weight|factor|threshold|fraction|quantile"
    r"|seconds|minutes|millis|timeout|interval|period|limit|replicas|count|port|priority|size|bytes|amount)"
)
"""Names of fields that hold a number."""

_IDENTIFIER = r"(?i)(?:.*[a-z_-])?(?:account|id|tag|version|revision|build|commit|sha|serial|phone|zip)s?"
"""Names of fields that hold digits and no number."""

_PRINTED_WHOLE = 10**6
"""From here on templates print a number with an exponent: Go's %v, by which text/template prints a float64."""


def duplicate_key(view: DocumentView, parameters: Parameters) -> Iterator[Fault]:
    """A key that a map has already, as texts: `80:` beside `"80":` too."""
    if not view.judged:
        return
    for note in view.document.notes:
        if note.kind == "duplicate-key":
            refused = _built(view)
            what = note.meaning or "the last one counts, and nothing says so"
            what = "kustomize refuses it" if refused else what
            yield Fault(
                rule="",
                message=f"the key {dotted(note.path)} is written twice in one map; {what}",
                at=Place(view.file.path, view.document.number, note.path, "key", nth=note.nth),
                label="written before in this map",
                fix=Suggestion("drop one of the two"),
                # It explains why nothing is built of what needs the file.
                subjects=(
                    *((subjects.file(view.file.path),) if refused else ()),
                    *(subjects.failure(name) for name in _patched(view)),
                ),
            )


def _built(view: DocumentView) -> bool:
    """Whether kustomize takes the document for a resource, which it reads more strictly than patches."""
    return any(
        any(map(is_kustomization, one.environment.files))
        and (view.file.path, view.document.number) in one.environment.resources
        for one in (view.repository.environments if view.repository is not None else ())
    )


def _patched(view: DocumentView) -> list[str]:
    """Environments that have the document as a patch: what it makes of an object kustomize may not read again."""
    own = view.file.path, view.document.number
    return [
        one.name
        for one in (view.repository.environments if view.repository is not None else ())
        if any((patch.file, patch.document) == own for patch in one.environment.patches)
    ]


def yaml_trap(view: DocumentView, parameters: Parameters) -> Iterator[Fault]:
    """A plain scalar, as value or as key, that is read as something else than its text says."""
    if not view.judged:
        return
    for note in view.document.notes:
        if note.kind == "trap-key":
            yield _trap(view, note, f"the key {note.text} is read as {note.meaning}", "key")
        elif note.kind == "trap-value" and not _meant(view, note):
            read = f"is written {note.text} and read as {note.meaning}"
            yield _trap(view, note, f"{dotted(note.path)} {read}", "value")
    if view.role == "values":
        yield from _exponents(view)


def _trap(view: DocumentView, note: Note, message: str, part: str) -> Fault:
    at = Place(view.file.path, view.document.number, note.path, "key" if part == "key" else "value")
    if part == "value" and _secret(view, note.path):
        # Its text, and the number that it becomes, are nobody's business.
        return Fault(
            rule="",
            message=f"{dotted(note.path)} is not quoted and is read as something else than its text",
            at=at,
            label="not read as a text",
            fix=Suggestion("quote it"),
        )
    edit = Replacement(at, json.dumps(note.text))
    return Fault(rule="", message=message, at=at, label=note.meaning, fix=Suggestion("quote it", (edit,)))


def _exponents(view: DocumentView) -> Iterator[Fault]:
    """Whole numbers in values that stand for a name, and that a template would print with an exponent."""
    noted = {note.path for note in view.document.notes if note.kind == "trap-value"}
    for path, value in nodes(view.document.data):
        if type(value) is not int or abs(value) < _PRINTED_WHOLE or path in noted:
            continue
        name = _name(path)
        if not re.fullmatch(_IDENTIFIER, name) or _form(view, path) in ("integer", "number") or _secret(view, path):
            continue
        at = Place(view.file.path, view.document.number, path)
        yield Fault(
            rule="",
            message=f"{dotted(path)} is not quoted, so a template prints {_printed(value)}",
            at=at,
            label=f"prints as {_printed(value)}",
            fix=Suggestion("quote it", (Replacement(at, json.dumps(str(value))),)),
        )


def _meant(view: DocumentView, note: Note) -> bool:
    """Whether the place wants what the scalar becomes, or another rule reads it."""
    path, text = note.path, note.text
    value = node(view.document.data, path)
    name = _name(path)
    parents = [step for step in path[:-1] if isinstance(step, str)]
    if name in _QUANTITIES or _QUANTITIES.intersection(parents[-1:]):
        return True
    if name == "value" and (pointer := _pointer(view.document.data, path)):
        # The value of a JSON6902 operation goes where its path says.
        parents, name = pointer[:-1], pointer[-1]
    if isinstance(value, bool):
        return _switch(view, path, parents, name)
    if name in _MODES:
        return True
    if isinstance(value, int) and str(value) == text and view.role != "values":
        return True  # only Helm carries numbers as float64
    same = _decimal(text) == value
    if view.role == "values" and (form := _form(view, path)):
        return same and form in ("integer", "number")
    if not same or _TEXTS.intersection(parents):
        return False
    return bool(re.fullmatch(_AMOUNT, name)) or _bound(node(view.document.data, path[:-1]), name, text)


def _bound(items: object, name: str, text: str) -> bool:
    """Whether it is one of several numbers of which nothing is lost but a zero: `buckets: [0.5, 1.0, 2.5]`."""
    if not isinstance(items, list) or not text.endswith(".0") or re.fullmatch(_IDENTIFIER, name):
        return False
    return len(items) > 1 and all(isinstance(one, int | float) and not isinstance(one, bool) for one in items)


def _switch(view: DocumentView, path: Route, parents: list[str], name: str) -> bool:
    if view.role == "configuration" and (name == "severity" or parents[-1:] == ["profiles"]):
        return True
    if view.role == "values" and (form := _form(view, path)):
        return form == "boolean"
    return not _TEXTS.intersection(parents) and bool(re.fullmatch(_SWITCH, name))


def _form(view: DocumentView, path: Route) -> str | None:
    """What the chart's contract wants at a path of values; None where it says nothing."""
    if view.contract is None:
        return None
    stated = next((shape.form for shape in view.contract.shapes if shape.value == path), None)
    if stated is None and any(switch.off == path for switch in view.contract.switches):
        stated = "boolean"
    form = stated or view.contract.form(path)
    return None if form in ("any", "map", "list") else form


def _secret(view: DocumentView, path: Route) -> bool:
    data = view.document.data
    if isinstance(data, Mapping) and data.get("kind") == "Secret":
        return True
    if "encryptedData" in path or (isinstance(data, Mapping) and data.get("kind") == "SealedSecret" and "data" in path):
        return True
    if any(isinstance(step, str) and is_secret_key(step) for step in path):
        return True
    if view.contract is not None and any(matches(one.value, path) for one in view.contract.credentials):
        return True
    named = node(data, (*path[:-1], "name")) if path[-1:] == ("value",) else None
    return isinstance(named, str) and is_secret_key(named)


def _name(path: Route) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _pointer(data: object, path: Route) -> list[str]:
    target = node(data, (*path[:-1], "path"))
    operation = node(data, (*path[:-1], "op"))
    if not isinstance(target, str) or not isinstance(operation, str) or not target.startswith("/"):
        return []
    return [part.replace("~1", "/").replace("~0", "~") for part in target[1:].split("/")]


def _decimal(text: str) -> float | None:
    """The number that a person reads; None where the text is none in decimal."""
    try:
        return float(text)
    except ValueError:
        return None


def _printed(value: int) -> str:
    """A whole number from a million on as text/template prints its float64 (Go strconv, 'g', shortest)."""
    from decimal import Decimal

    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    assert isinstance(exponent, int)
    first, rest = str(digits[0]), "".join(map(str, digits[1:]))
    power = exponent + len(digits) - 1
    return f"{'-' if sign else ''}{first}{'.' + rest if rest else ''}e+{power:02d}"
