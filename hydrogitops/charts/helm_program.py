"""What kustomize calls as `helm`: hands its arguments to the process that runs the build, prints what comes back.

A program of its own (`python -I -S helm_program.py ARGUMENTS…`), started once a chart; it imports nothing of the
project. Request: the arguments, parted by NUL, until the end of the stream. Answer: one byte, 0 and what goes to
standard output, or 1 and what goes to standard error.
"""

from __future__ import annotations

import os
import sys

# The module beneath `socket`, which itself takes as long to import as Python to start (7 ms).
from _socket import AF_UNIX, SHUT_WR, SOCK_STREAM, socket

SOCKET = "HYDROGITOPS_HELM_SOCKET"
"""Names the Unix socket of the build."""
VERSION = "HYDROGITOPS_HELM_VERSION"
"""What `version` prints."""


def main(arguments: list[str]) -> int:
    connection = socket(AF_UNIX, SOCK_STREAM)
    connection.connect(os.environ[SOCKET])
    connection.sendall("\0".join(arguments).encode(errors="surrogateescape"))
    connection.shutdown(SHUT_WR)
    answer = bytearray()
    while chunk := connection.recv(1 << 20):
        answer += chunk
    if not answer:
        sys.stderr.write("the build was ended\n")
        return 1
    (sys.stderr if answer[0] else sys.stdout).buffer.write(answer[1:])
    return answer[0]


def launcher(interpreter: str) -> str:
    """The text of the file that kustomize starts: a path alone can carry neither our interpreter nor its options.

    It answers the first of kustomize's two calls itself: 2 ms instead of 12.
    """
    import shlex

    program = shlex.join((interpreter, "-I", "-S", __file__))
    return f"""#!/bin/sh
[ "$1" = version ] && echo "${VERSION}" && exit
exec {program} "$@"
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
