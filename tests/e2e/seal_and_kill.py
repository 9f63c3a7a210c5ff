"""Seals in a repository over and over, each time in a process that is killed at a moment of chance.

Arguments: repository, number of kills, file of the key. Prints how often the old and the new file was there. Forking
what is imported already is what makes hundreds of them quick.
"""

from __future__ import annotations

import io
import os
import random
import signal
import sys
import time
from pathlib import Path

from hydrogitops.cli.root import run
from hydrogitops.secrets import records
from hydrogitops.secrets.sealing import unseal
from hydrogitops.source import reading

CANARY = b"canary-of-the-killed"
FILE, RECORDS, ROLLOUT = "db.yaml", "environments/plain/sealed.json", "apps/hydrosphere/envs/plain/secrets/rollout.yaml"


def child(value: bytes) -> None:
    sys.stdin = io.TextIOWrapper(io.BytesIO(value))
    os._exit(run(["--quiet", "seal", "--replace", "db", "password"]))


def sealed(text: bytes) -> str:
    data = reading.read_bytes("", text).documents[1].data
    assert isinstance(data, dict)
    return str(data["spec"]["encryptedData"]["password"])


def check(root: Path, old: bytes, value: bytes, key: bytes) -> bool:
    """Whether the file is the new one; AssertionError where it is neither, or a value lies about in plain text."""
    for path in root.rglob("*"):
        # What was being written when it was killed holds ciphertext alone.
        assert not path.is_file() or CANARY not in path.read_bytes(), path
    new = (root / FILE).read_bytes()
    if (root / RECORDS).exists():
        records.read((root / RECORDS).read_text())
    assert not reading.read_bytes("", (root / ROLLOUT).read_bytes()).broken
    if new == old:
        return False
    text = sealed(new)
    assert new == old.replace(sealed(old).encode(), text.encode())
    assert unseal([key], text, namespace="data", name="db") == value
    return True


def undisturbed() -> float:
    """How long a run takes that nobody kills, in seconds."""
    begun = time.monotonic()
    process = os.fork()
    if not process:
        child(CANARY)
    assert os.waitpid(process, 0)[1] == 0
    return time.monotonic() - begun


def main(root: Path, kills: int, key: bytes) -> None:
    chance = random.Random(7)
    os.chdir(root)
    # What a first run imports is no part of the moments.
    sys.stdin = io.TextIOWrapper(io.BytesIO(CANARY))
    assert run(["--quiet", "seal", "--replace", "db", "password"]) == 0
    window = sorted(undisturbed() for _ in range(9))[4]
    counts = {True: 0, False: 0}
    for number in range(kills):
        old = (root / FILE).read_bytes()
        value = CANARY + str(number).encode()
        process = os.fork()
        if not process:
            child(value)
        time.sleep(chance.uniform(0, window))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        new = check(root, old, value, key)
        counts[new] += 1
        # As many before the moment that counts as behind it, however busy the machine is.
        window *= 0.97 if new else 1.03
    # A run that nobody kills clears up after those that were.
    undisturbed()
    left = [path.name for path in root.rglob("*.tmp")]
    print(f"old {counts[False]} new {counts[True]} left {left}")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_bytes())
