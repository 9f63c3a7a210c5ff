"""The JSON report, version 1, as text: one finding a line, so that two reports compare line by line."""

from __future__ import annotations

import json
from typing import TextIO

from hydrogitops.model import Report


def write(report: Report, stream: TextIO) -> None:
    """Write the report as UTF-8, whatever the locale, with a newline at its end."""
    text = dumps(report)
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(text)
        return
    stream.flush()
    binary.write(text.encode())
    binary.flush()


def dumps(report: Report) -> str:
    """`Report.to_json` as JSON, keys in its order, ending in a newline.

    A file name that is no UTF-8 (surrogates) is written with JSON's own escapes.
    """
    parts = []
    for key, value in report.to_json().items():
        if key == "findings" and isinstance(value, list) and value:
            rows = ",\n".join(_line(finding) for finding in value)
            parts.append(f'"findings": [\n{rows}\n]')
        else:
            parts.append(f"{_line(key)}: {_line(value)}")
    return "{" + ",\n".join(parts) + "}\n"


def _line(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
