"""The JSON Schema of the JSON report, version 1: what other programs may rely on."""

from __future__ import annotations

from collections.abc import Mapping

Schema = dict[str, object]


def schema() -> Schema:
    """JSON Schema (draft 2020-12) of what `Report.to_json` gives. Lines and columns are 1-based, ends exclusive."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hydrogitops report, version 1",
        **_object(
            {
                "version": {"const": 1},
                "tool": _object({"name": {"const": "hydrogitops"}, "version": _TEXT}),
                "findings": _list({"$ref": "#/$defs/finding"}, "Sorted by file, line, column, rule."),
                "coverage": {"$ref": "#/$defs/coverage"},
                "summary": _object(
                    {name: _count(f"Findings: {name}.") for name in ("error", "warning", "info", "suppressed")}
                ),
            }
        ),
        "$defs": {
            "severity": {"enum": ["error", "warning", "info"]},
            "finding": _finding(),
            "occurrence": _occurrence(),
            "fix": _fix(),
            "coverage": _coverage(),
        },
    }


_TEXT: Schema = {"type": "string"}
_FILE: Schema = {"type": "string", "description": "Relative to the repository, with `/`."}
_POSITION: Schema = {"type": "integer", "minimum": 1}
_SEVERITY: Schema = {"$ref": "#/$defs/severity"}


def _finding() -> Schema:
    return _object(
        {
            "rule": {"type": "string", "pattern": "^[a-z0-9-]+/[a-z0-9-]+$"},
            "severity": _SEVERITY,
            "message": _TEXT,
            "file": _FILE,
            **_span(),
            "environments": _list(_TEXT, "Those that read the place; empty where none does."),
            "occurrences": _list({"$ref": "#/$defs/occurrence"}, "What it holds for, one an environment and object."),
            "related": _list(
                _object({"file": _FILE, "line": _POSITION, "column": _POSITION, "message": _TEXT}),
                "Further places: the cause, the other half.",
            ),
            "evidence": {"enum": ["rendered", "stand-in", "source"]},
            "origin": {"enum": ["proven", "contract", "candidate"]},
            "fix": {"anyOf": [{"$ref": "#/$defs/fix"}, {"type": "null"}]},
            "fingerprint": _TEXT,
            "suppressed": {
                "anyOf": [
                    _object(
                        {"by": {"enum": ["comment", "waiver", "baseline"]}, "reason": _TEXT, "until": _TEXT},
                        optional=("reason", "until"),
                    ),
                    {"type": "null"},
                ]
            },
        }
    )


def _occurrence() -> Schema:
    named = _object(
        dict.fromkeys(("kind", "namespace", "name", "container", "path"), _TEXT),
        optional=("namespace", "container", "path"),
    )
    return _object(
        {
            "environment": _TEXT,
            "severity": _SEVERITY,
            "message": _TEXT,
            "object": {"anyOf": [named, {"type": "null"}]},
        }
    )


def _fix() -> Schema:
    edit = _object({"file": _FILE, **_span(), "text": _TEXT})
    return _object({"description": _TEXT, "safe": {"type": "boolean"}, "edits": _list(edit, "In order of place.")})


def _coverage() -> Schema:
    nullable: Schema = {"type": ["string", "null"]}
    unseen = _object({"what": _TEXT, "file": nullable, "environment": nullable, "reason": _TEXT})
    return _object(
        {
            "files": _count("Files judged."),
            "documents": _count("YAML documents judged."),
            "environments": _list(_TEXT, "Environments judged."),
            "objects": _count("Pairs of environment and object."),
            "rules": _count("Rules that were on."),
            "not_seen": _list(unseen, "What was not judged, and why."),
        }
    )


def _span() -> Schema:
    return dict.fromkeys(("line", "column", "end_line", "end_column"), _POSITION)


def _object(properties: Mapping[str, object], *, optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}
