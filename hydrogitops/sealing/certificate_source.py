"""Where a certificate is fetched from: a file, or an address that nobody on the way can answer for."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hydrogitops.model import UserError

if TYPE_CHECKING:
    from http.client import HTTPMessage

SECONDS: Final = 10
"""How long a download may take in all."""

AGAIN: Final = "fetch it again: kubeseal --fetch-cert --controller-namespace kube-system"

_MOST_BYTES: Final = 2**20
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")


def content(source: str) -> bytes:
    """The bytes of a file, a pipe, an https address, or http of this machine; UserError where there are none.

    Anybody on the way of plain http could answer with a certificate of his own, and read all that is sealed with it.
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source):
        return _download(source)
    try:
        with Path(source).expanduser().open("rb") as file:
            # A pipe does too: `<(kubeseal --fetch-cert)`.
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(f"cannot read {source}: {reason(error)}", "name a PEM file or an https address") from None
    return _bounded(data, source)


def shown(source: str) -> str:
    """A source as messages name it: of an address neither user nor query, which may hold a token."""
    if "://" not in source:
        return source
    try:
        parts = urlsplit(source)
    except ValueError:
        return "this address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def reason(error: Exception) -> str:
    """What the machine says of a failure, as it goes on in a sentence."""
    cause = getattr(error, "reason", error)
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause) or type(error).__name__
    return text[:1].lower() + text[1:]


def _download(address: str) -> bytes:
    """What an address answers, within bounds of time and size, sent on only to addresses that may be asked too."""
    import http.client
    import urllib.error
    import urllib.request

    class Redirects(urllib.request.HTTPRedirectHandler):
        def redirect_request(
            self, req: urllib.request.Request, fp: object, code: int, msg: str, headers: HTTPMessage, newurl: str
        ) -> urllib.request.Request | None:
            _askable(newurl)
            if _local(newurl) and not _local(req.full_url):
                raise UserError(f"{shown(req.full_url)} sends on to this machine", AGAIN)
            return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]

    _askable(address)
    named = shown(address)
    handlers: list[urllib.request.BaseHandler] = [Redirects()]
    if _local(address):
        handlers.append(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + SECONDS
    data = io.BytesIO()
    try:
        with urllib.request.build_opener(*handlers).open(address, timeout=SECONDS) as answer:
            while data.tell() <= _MOST_BYTES and (block := answer.read1(2**16)):
                data.write(block)
                if time.monotonic() > deadline:
                    raise UserError(f"{named} took more than {SECONDS} s")
            if answer.length and data.tell() <= _MOST_BYTES:
                raise UserError(f"{named} broke off before its end", AGAIN)
    except urllib.error.HTTPError as error:
        raise UserError(f"{named} answered {error.code}", AGAIN) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UserError(f"{named} cannot be reached: {reason(error)}", AGAIN) from None
    return _bounded(data.getvalue(), named)


def _askable(address: str) -> None:
    """UserError for an address that somebody between could answer for: whoever does reads all that is sealed."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        raise UserError("this is no address", "name a PEM file or an https address") from None
    if parts.scheme.lower() == "https" and host:
        return
    if parts.scheme.lower() == "http" and host and _local(address):
        return
    raise UserError(
        f"a certificate comes from a file, an https address, or http of this machine, not from {shown(address)}",
        "kubectl port-forward --namespace kube-system service/sealed-secrets-controller 8080, then fetch"
        " http://localhost:8080/v1/cert.pem",
    )


def _local(address: str) -> bool:
    return _LOOPBACK.fullmatch(urlsplit(address).hostname or "") is not None


def _bounded(data: bytes, source: str) -> bytes:
    if len(data) > _MOST_BYTES:
        raise UserError(f"{source} is too large for a certificate: more than {_MOST_BYTES // 2**20} MiB")
    return data
