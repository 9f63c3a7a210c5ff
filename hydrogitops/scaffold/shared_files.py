"""Files that several environments share: what the generator changes in them, and what people have, both kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hydrogitops.model import SourceFile, UserError
from hydrogitops.repo.sources import CONFIGURATION, Sources
from hydrogitops.source import reading
from hydrogitops.source.blocks import block, with_block, without
from hydrogitops.source.edits import EditError
from hydrogitops.source.transaction import New

from .diagram import README, filled, has_place
from .merging import ConflictError, merged


@dataclass(frozen=True, slots=True)
class Shared:
    """The files as they are to be, what they held when that was thought out, and what is worth saying."""

    files: Mapping[str, New]
    expected: Mapping[str, bytes]
    remarks: tuple[str, ...] = ()


def shared(sources: Sources, planned: Mapping[str, tuple[bytes, bytes]], environment: str) -> Shared:
    """The changes to files. `planned`: by path what the generator wrote before, and what it would write now.

    The diagram of the README is left out: it is drawn from what comes of the change. UserError where people have
    changed the same lines.
    """
    files: dict[str, New] = {}
    expected: dict[str, bytes] = {}
    remarks = []
    for path, (old, new) in planned.items():
        if sources.leads_out(path):
            raise UserError(f"{path} is a link that leads out of the repository", "make it a file of this repository")
        there = sources.content(path)
        if there is None:
            remarks.append(f"{path} is not there, so what it would say of {environment} is left out")
            continue
        content = _configuration(there, old, new, environment) if path == CONFIGURATION else _merged(
            path, there, old, new, environment
        )  # fmt: skip
        if content != there:
            real = sources.real(path)
            files[real] = New(content)
            expected[real] = there
    return Shared(files, expected, tuple(remarks))


def _merged(path: str, there: bytes, old: bytes, new: bytes, environment: str) -> bytes:
    if path == README:
        there, old, new = (filled(text, "") if has_place(text) else text for text in (there, old, new))
    try:
        texts = old.decode(), there.decode(), new.decode()
        if "\r\n" in texts[1]:
            # git may write the ends of lines as another system has them.
            texts = texts[0].replace("\n", "\r\n"), texts[1], texts[2].replace("\n", "\r\n")
        return merged(*texts).encode()
    except UnicodeDecodeError:
        raise UserError(f"{path} is no UTF-8 text", "nothing was written; write it as UTF-8 first") from None
    except ConflictError as error:
        raise UserError(
            f"{path} has been changed where {environment} stands, or would: {error}",
            f"nothing was written; take that change of {path} back, run this again, and make it again",
        ) from None


def _configuration(there: bytes, old: bytes, new: bytes, environment: str) -> bytes:
    """Only the two entries of the environment change; all else is the user's."""
    if there == old:
        return new
    file = reading.read_bytes(CONFIGURATION, there)
    wanted = reading.read_bytes(CONFIGURATION, new)
    try:
        for path in (("environments", environment), ("answers", "environments", environment)):
            text = _with(file, path, wanted) if _has(wanted, path) else _without(file, path)
            file = reading.read(CONFIGURATION, text)
    except EditError as error:
        raise UserError(
            f"{CONFIGURATION} cannot be changed: {error}",
            "nothing was written; give every environment lines of its own there, below `environments:` and below"
            " `answers:`, `environments:`",
        ) from None
    return file.text.encode()


def _with(file: SourceFile, path: tuple[str, ...], wanted: SourceFile) -> str:
    if _has(file, path):
        raise EditError(f"{'.'.join(path)} is there already")
    return with_block(file, path, block(wanted, path))


def _without(file: SourceFile, path: tuple[str, ...]) -> str:
    # The configuration may be silent about an environment.
    return without(file, path) if _has(file, path) else file.text


def _has(file: SourceFile, path: tuple[str, ...]) -> bool:
    data = file.documents[0].data if file.documents else None
    for key in path:
        if not isinstance(data, Mapping) or key not in data:
            return False
        data = data[key]
    return True
