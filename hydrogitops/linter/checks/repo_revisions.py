"""Checks on what is asked for from outside the repository: whether its revision can move."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hydrogitops.linter.inputs import Parameters, RepositoryView
from hydrogitops.linter.stated_values import OPEN
from hydrogitops.model import Fault, Revision, Suggestion

_EXACT = re.compile(r"v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_VERSION = re.compile(r"v?\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
"""A version that may leave parts out: Argo CD takes it for the tag of that name."""
_CONSTRAINT = r"[*^~<>=|,]|\b[xX]\b"
_COMMIT = r"[0-9a-fA-F]{7,64}"
_WITHIN = r"(?:^|[-_/+v])\d+\.\d+\.\d+"
_SERIAL = r"\d{6,}|[0-9a-f]{7,}"


def floating_revision(view: RepositoryView, parameters: Parameters) -> Iterator[Fault]:
    """A chart by a range of versions, an artifact by a tag that moves, another repository at a branch."""
    for one in view.revisions:
        why = _moves(one)
        if not why:
            continue
        known = [name for name in one.environments if name in {view.name for view in view.environments}]
        for environment in known or ([""] if not one.environments else []):
            yield Fault(
                rule="",
                message=f"{one.source} is taken {why}: what is deployed changes without a commit here",
                at=one.place,
                label="moves" if one.text else "no revision is stated",
                environment=environment,
                fix=Suggestion("pin it: a version, a tag that stays, or a commit"),
            )


def _moves(one: Revision) -> str:
    """In words how a revision can move; empty where it cannot, or nobody has stated it yet."""
    text = one.text.strip()
    if text.startswith(OPEN) or "{{" in text or "${" in text:
        # Nobody has answered it yet, or another place states it, which a generator or Flux takes it from.
        return ""
    if one.kind == "chart":
        return _chart(text, ranges=one.ranges)
    if one.kind == "oci":
        return _artifact(text)
    return _repository(text, ranges=one.ranges)


def _chart(text: str, *, ranges: bool) -> str:
    if not text:
        return "at its newest version"
    exact = _EXACT if ranges else _VERSION
    return "" if exact.fullmatch(text) else f"by the range {text}"


def _artifact(text: str) -> str:
    if not text:
        return "by the tag latest"
    if text.startswith("sha256:") or "@sha256:" in text:
        return ""
    if re.search(_CONSTRAINT, text):
        return f"by the range {text}"
    stays = _EXACT.fullmatch(text) or re.search(_WITHIN, text) or re.search(_SERIAL, text)
    return "" if stays else f"by the tag {text}, which moves"


def _repository(text: str, *, ranges: bool) -> str:
    if not text or text == "HEAD":
        return "at its default branch"
    if text.startswith("refs/heads/"):
        return f"at the branch {text.removeprefix('refs/heads/')}"
    if text.startswith("refs/tags/") or re.fullmatch(_COMMIT, text):
        return ""
    if ranges:
        return "" if _EXACT.fullmatch(text) else f"by the range {text}"
    if re.search(_CONSTRAINT, text):
        return f"by the range {text}"
    return "" if _VERSION.fullmatch(text) or re.search(_WITHIN, text) else f"at the branch {text}"
