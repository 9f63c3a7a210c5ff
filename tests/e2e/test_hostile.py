"""What a repository may hold that means harm, or that nobody meant: judged in a child, bounded, or refused with a word.

Always the same: a report or a message, no traceback; nothing from outside the repository in it; nothing asked over the
network; nothing of the repository executed; no process and no temporary file left; the repository as it was.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm

from . import hostile_trees as trees
from .hostile_trees import (
    CANARY,
    KUSTOMIZATION,
    MAP,
    Build,
    Place,
    charted,
    deployment,
    kustomized,
    linked,
    piped,
    plain,
)

pytestmark = [
    pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes that are left behind are found in /proc"),
]

PROGRAM = str(Path(sys.executable).with_name("hydrogitops"))
SECONDS = 60
"""A net below the trapeze, not a measure: a run that hangs fails instead of stopping all tests."""
MEMORY = 3 * 2**30
"""Bytes of data; the engines' own bounds are 2 GiB at most."""


@dataclass(frozen=True, slots=True)
class Case:
    """`says`: what the output holds; `code`: how the program ends, or may end where that hangs on the machine."""

    name: str
    build: Build
    code: int | tuple[int, ...]
    says: tuple[str, ...] = ()
    git: bool = True


CHARTS = (
    Case("a template that loops for ever", charted("{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}"), 2, ("not rendered within",)),
    Case("a template that loops and grows", charted("{{ range until 1000000000 }}x{{ end }}"), 2, ("stopped",)),
    Case("a template that gives 100 MB", charted('  big: {{ repeat 100000000 "x" }}'), 2, ("MiB",)),
    Case("a template that includes itself", charted('{{ define "a" }}{{ include "a" . }}{{ end }}  x: {{ include "a" . }}'), 2, ("renders to nothing",)),
    Case("a template that evaluates itself", charted('{{ define "a" }}{{ tpl "{{ include \\"a\\" . }}" . }}{{ end }}  x: {{ include "a" . }}'), 2, ("renders to nothing",)),
    Case("a chart with a link that leads out", linked("charts/app/secret.txt", "OUTSIDE/secret.yaml", charted('  x: {{ .Files.Get "secret.txt" | quote }}')), 0, ("leads out of the repository",)),
    Case("a template that is a link that leads out", linked("charts/app/templates/out.yaml", "OUTSIDE/secret.yaml", charted("")), 0, ("leads out of the repository",)),
    Case("a chart's templates are a folder outside", linked("charts/app/files", "OUTSIDE/chart", charted("")), 0, ("leads out of the repository",)),
    Case("a chart that is a link that leads out", linked("charts/app", "OUTSIDE/chart", kustomized(trees.INFLATES, {"envs/prod/values.yaml": "a: b\n"})), 0, ("leads out of the repository",)),
    Case("a chart that holds itself by a link", linked("charts/app/templates/again", "..", charted("")), 2, ("folder that holds it",)),
    Case("a named pipe in a chart", piped("charts/app/templates/pipe.yaml", charted("")), 2, ("pipe.yaml",)),
    Case("a schema in a file outside", charted("", {"values.schema.json": '{"$ref": "file://OUTSIDE/secret.yaml"}'}), 0, ("which Helm would fetch",)),
    Case("a schema at an address", charted("", {"values.schema.json": '{"$ref": "http://ADDRESS/s.json"}'}), 0, ("which Helm would fetch",)),
    Case("a subchart that unpacks to 300 MB", charted("", {"charts/sub-1.0.0.tgz": trees.bomb()}), 0, ("larger than",)),
    Case("a subchart with a file beside it", charted("", {"charts/sub-1.0.0.tgz": trees.traversing()}), 0, ("is outside the chart",)),
    Case("a chart with 12,000 files", charted("", {f"files/{n}": "" for n in range(12_000)}), 0, ("larger than",)),
)  # fmt: skip

BASES = (
    Case("a resource outside", kustomized("resources:\n  - ../../../outside/secret.yaml\n"), 0, ("is outside the repository",)),
    Case("a resource by its whole path", kustomized("resources:\n  - OUTSIDE/secret.yaml\n"), 0, ("is outside the repository",)),
    Case("a base outside", kustomized("resources:\n  - ../../../outside\n"), 0, ("is outside the repository",)),
    Case("a base that is a link", linked("base", "OUTSIDE", kustomized("resources:\n  - ../../base\n")), 0, ("symbolic link",)),
    Case("a resource that is a link", linked("envs/prod/out.yaml", "OUTSIDE/secret.yaml", kustomized("resources: [out.yaml]\n")), 0, ("symbolic link",)),
    Case("a kustomization that is a link", linked(KUSTOMIZATION, "OUTSIDE/kustomization.yaml", kustomized("")), 0, ("leads out of the repository",)),
    Case("a generator that reads outside", kustomized("configMapGenerator:\n  - name: x\n    files: [a=../../../outside/secret.yaml]\n"), 0, ("is outside the repository",)),
    Case("an address", kustomized("resources:\n  - http://ADDRESS/x.yaml\n"), 0, ("is an address",)),
    Case("an address under a key with a capital", kustomized("Resources:\n  - http://ADDRESS/x.yaml\n"), 0, ("is an address",)),
    Case("an address to clone", kustomized("resources:\n  - git::http://ADDRESS/r.git//base?ref=main\n"), 0, ("is an address",)),
    Case("a chart at an address", kustomized("helmCharts:\n  - {name: app, repo: 'http://ADDRESS', version: 1.0.0, releaseName: app}\n"), 0, ("is not in the repository",)),
    Case("itself", kustomized("resources:\n  - .\n"), 2, ("refers to this",)),
    Case("itself around a corner", kustomized("resources:\n  - ../../base\n", {"base/kustomization.yaml": "resources: [../envs/prod]\n"}), 2, ("refers to this",)),
    Case("a missing base", kustomized("resources:\n  - ../../base\n"), 2, ("repo/dangling-reference",)),
    Case("a function to execute", kustomized("resources: [settings.yaml]\ntransformers: [f.yaml]\n", {"envs/prod/f.yaml": "apiVersion: x/v1\nkind: F\nmetadata:\n  name: f\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./run.sh}\n", "envs/prod/run.sh": "#!/bin/sh\ntouch OUTSIDE/executed\n"}), 2, ("renders to nothing",)),
    Case("10,000 patches", trees.many_patches(10_000), (0, 2)),
    Case("a patch whose target is a trap for regular expressions", kustomized("resources: [long.yaml]\npatches:\n  - target: {kind: ConfigMap, name: '(a+)+'}\n    patch: '[{\"op\": \"add\", \"path\": \"/data/x\", \"value\": \"y\"}]'\n", {"envs/prod/long.yaml": MAP.replace("settings", "a" * 60 + "-b")}), 0),
    Case("globs that could match in many ways", trees.generated("**/" * 30 + "x"), 0),
    Case("stars that could match in many ways", trees.generated("deploy/" + "*a" * 25 + "b"), 0),
    Case("a values file outside", kustomized(trees.INFLATES.replace("values.yaml", "../../../outside/secret.yaml"), {"charts/app/Chart.yaml": trees.CHART_FILE}), 0, ("is outside the repository",)),
    Case("a values file that is a link that leads out", linked("envs/prod/values.yaml", "OUTSIDE/secret.yaml", charted("  x: {{ .Values.data.canary }}")), 0, ("symbolic link",)),
    Case("a values file that is a named pipe", piped("envs/prod/values.yaml", charted("")), 1, ("no regular file",)),
    Case("a values file that is a device", linked("envs/prod/values.yaml", "/dev/zero", charted("")), 0, ("symbolic link",)),
    Case("values whose aliases explode", charted("", {"../../envs/prod/values.yaml": trees.laughs()}), 2, ("repo/yaml",)),
    Case("values of 50 MB", charted("", {"../../envs/prod/values.yaml": trees.large(50 * 10**6)}), 1, ("larger than 16 MiB",)),
    Case("a kustomization whose aliases explode", kustomized("resources: [settings.yaml]\n" + trees.laughs().removeprefix(MAP)), 1, ("repo/yaml",)),
    Case("Argo CD deploys a folder outside", trees.application("../outside"), 1, ("../outside",)),
    Case("Argo CD deploys the root of the machine", trees.application("OUTSIDE"), 1),
    Case("Argo CD reads values outside", trees.application("charts/app", helm={"valueFiles": ["../../../outside/secret.yaml", "OUTSIDE/secret.yaml"]}), 1),
    Case("Argo CD deploys what deploys it", trees.application("apps"), 0),
)  # fmt: skip

DIGITS = "9" * 5000
TEXTS = (
    Case("aliases that explode", plain(trees.laughs()), 1, ("repo/yaml",)),
    Case("an alias that holds itself", plain(MAP + "x: &x [*x]\n"), 1, ("repo/yaml",)),
    Case("50 MB", plain(trees.large(50 * 10**6)), 1, ("larger than 16 MiB",)),
    Case("15 MB", plain(trees.large(15 * 10**6)), 0),
    Case("deep nesting", plain(trees.nested(150)), 0),
    Case("deeper nesting", plain(trees.nested(100_000)), 1, ("repo/yaml",)),
    Case("brackets that nobody closes", plain("[" * 200_000), 1, ("repo/yaml",)),
    Case("NUL bytes", plain(MAP.replace("b\n", "b\0\n")), 1, ("repo/yaml",)),
    Case("nothing but NUL bytes", plain(b"\0" * 4096), 1, ("repo/yaml",)),
    Case("a byte order mark and CRLF", plain(("\ufeff" + MAP.replace("\n", "\r\n")).encode()), 0),
    Case("UTF-16", plain(MAP.encode("utf-16")), 1, ("UTF-8",)),
    Case("invalid UTF-8", plain(MAP.encode() + b"  x: \xff\xfe\xc3(\n"), 1, ("UTF-8",)),
    Case("surrogates in UTF-8", plain(MAP.encode() + b"  x: \xed\xa0\x80\n"), 1, ("UTF-8",)),
    Case("an escaped lone surrogate", plain('kind: "\\ud800"\napiVersion: v1\nmetadata: {name: "a\\udfff"}\n'), 1),
    Case("control characters", plain("kind: \"\\x1b[31m\\a\\u202e\"\napiVersion: v1\nmetadata: {name: \"\\x1b]0;x\\x07\"}\n"), 0),
    Case("a replica count of 5000 digits", deployment(REPLICAS=DIGITS), 0),
    Case("a replica count of 100,000 hexadecimal digits", deployment(REPLICAS="0x" + "f" * 100_000), 0),
    Case("a quantity of 5000 digits", deployment(MEMORY=DIGITS), 1),
    Case("a quantity with a huge exponent", deployment(MEMORY='"1e999999999"', CPU='"1E-999999999"'), 1),
    Case("a heap of 5000 digits", deployment(OPTIONS=f"-Xmx{DIGITS}g"), 1),
    Case("options of 300 KB", deployment(OPTIONS="-Xmx1g " * 40_000 + "'" * 1000), 1),
    Case("variables that name each other", deployment(OPTIONS="$(SECOND)" * 1000, OTHER="$(JAVA_TOOL_OPTIONS)" * 1000), 1),
    Case("an image name of 100 KB", deployment(IMAGE="a/" * 50_000 + "!"), 0),
    Case("a label of 100 KB", deployment(LABEL="a" * 100_000 + "!", TOLERATION="a." * 50_000 + "!"), 1),
    Case("a name of 100 KB", deployment(NAME="a-" * 50_000 + "!"), 0),
    Case("an argument of 1 MB", deployment(ARG="password=" + "aA1" * 350_000), 0),
    Case("kinds that are no texts", plain("apiVersion: [1]\nkind: {a: b}\nmetadata: 5\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: [x]\nspec: x\n"), 0),
    Case("keys that are no texts", plain(MAP + "  1: 2\n  null: 3\n  true: 4\n  1.5: 5\n? [a]\n: b\n"), 1),
    Case("an empty file", plain(""), 0),
    Case("a pipe where a manifest would be", piped("pipe.yaml", plain(MAP)), 0, git=False),
    Case("a folder that holds itself", linked("loop", ".", plain(MAP)), 0, git=False),
    Case("a link to itself", linked("self.yaml", "self.yaml", plain(MAP)), 0),
    Case("a manifest that is a link that leads out", linked("out.yaml", "OUTSIDE/secret.yaml", plain(MAP)), 0),
    Case("a folder that is a link that leads out", linked("out", "OUTSIDE", plain(MAP)), 0, git=False),
    Case("the configuration is a link that leads out", linked(".hydrogitops.yaml", "OUTSIDE/secret.yaml", plain(MAP)), 2),
    Case("the configuration is a named pipe", piped(".hydrogitops.yaml", plain(MAP)), 2),
    Case("the configuration explodes", lambda place: place.put({".hydrogitops.yaml": trees.laughs(), "a.yaml": MAP}), 2),
)  # fmt: skip

POLICIES = (
    Case("no YAML", trees.policy("a: [\n"), 2, ("own/rule",)),
    Case("no map", trees.policy("- a\n"), 2, ("own/rule",)),
    Case("nothing", trees.policy(""), 2, ("own/rule",)),
    Case("aliases that explode", trees.policy(trees.laughs()), 2, ("own/rule",)),
    Case("an unknown key", trees.policy(colour="red"), 2, ("own/rule", "colour")),
    Case("no examples", trees.policy(examples={}), 2, ("own/rule",)),
    Case("a check that isn't there", trees.policy(check="repo.nothing"), 2, ("own/rule",)),
    Case("a check in no family", trees.policy(check="nothing.nothing"), 2, ("own/rule",)),
    Case("a check elsewhere in Python", trees.policy(check="os.system"), 2, ("own/rule",)),
    Case("a check that climbs", trees.policy(check="..run.run"), 2, ("own/rule",)),
    Case("a check that is no check", trees.policy(check="resources.Fault"), 2, ("own/rule",)),
    Case("a check that is a module", trees.policy(check="resources.subjects"), 2, ("own/rule",)),
    Case("a check that is a number", trees.policy(check=5), 2, ("own/rule",)),
    Case("a check of another scope", trees.policy(scope="workload"), 2, ("own/rule",)),
    Case("a scope that is a list", trees.policy(scope=["document"]), 2, ("own/rule",)),
    Case("a severity that there isn't", trees.policy(severity="fatal"), 2, ("own/rule",)),
    Case("a profile's severity that there isn't", trees.policy(profiles={"staging": "fatal"}), 2, ("own/rule",)),
    Case("profiles that are a list", trees.policy(profiles=["staging"]), 2, ("own/rule",)),
    Case("parameters that are a list", trees.policy(parameters=["a"]), 2, ("own/rule",)),
    Case("a title that is a list", trees.policy(title=["a"]), 2, ("own/rule",)),
    Case("a policy that is a link that leads out", linked(".hydrogitops/policies/own/out.yaml", "OUTSIDE/secret.yaml", trees.policy()), 2, ("own/out",)),
    Case("policies in a folder outside", linked(".hydrogitops/policies", "OUTSIDE", plain(MAP)), 2, ("policies",)),
    Case("a policy that is a named pipe", piped(".hydrogitops/policies/own/pipe.yaml", trees.policy()), 2, ("own/pipe",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    errors: str

    @property
    def text(self) -> str:
        return self.out + self.errors


@dataclass(frozen=True, slots=True)
class Ground:
    """A place for a repository, and what may not be touched around it."""

    place: Place
    server: socket.socket
    cache: Path
    temporary: Path

    def lint(self, *arguments: str, program: Sequence[str] = (PROGRAM,)) -> Outcome:
        """The program in a process of its own, looked after to its end and beyond."""
        root = self.place.root
        before = _state(root)
        done = subprocess.run(
            [*program, "lint", *arguments],
            cwd=root,
            env={
                "PATH": os.environ.get("PATH", ""),
                "HOME": str(self.temporary),
                "XDG_CACHE_HOME": str(self.cache),
                "TMPDIR": str(self.temporary),
                "LC_ALL": "C.UTF-8",
            },
            capture_output=True,
            timeout=SECONDS,
            check=False,
            preexec_fn=_bounded,
        )
        outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in outcome.text
        assert "internal error" not in outcome.text
        kept = [path.read_text(encoding="utf-8") for path in self.cache.rglob("*") if path.is_file()]
        assert not any(CANARY in text for text in (outcome.text, *kept))
        assert list(self.temporary.iterdir()) == []
        assert _state(root) == before
        assert not (self.place.outside / "executed").exists()
        assert not select.select([self.server], [], [], 0)[0], "somebody asked the address"
        assert _orphans() == []
        return outcome


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    for name in ("repository", "outside", "cache", "temporary"):
        (tmp_path / name).mkdir()
    trees.prepare_outside(tmp_path / "outside")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        place = Place(tmp_path / "repository", tmp_path / "outside", address)
        ground = Ground(place, server, tmp_path / "cache", tmp_path / "temporary")
        # Processes whose parent has ended become ours, so that none is overlooked (prctl(2), PR_SET_CHILD_SUBREAPER).
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.prctl(36, 1, 0, 0, 0) == 0
        yield ground
        libc.prctl(36, 0, 0, 0, 0)


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _orphans() -> list[str]:
    """What is left of the processes that a run started; one that is about to end is given the time to do so."""
    left = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text(errors="replace").rpartition(") ")
        except OSError:
            continue
        if int(rest.split()[1]) != os.getpid():
            continue
        pid = int(path.parent.name)
        with os.fdopen(os.pidfd_open(pid)) as handle:
            ended = bool(select.select([handle], [], [], 10)[0])
        if ended:
            os.waitpid(pid, 0)
        else:
            left.append(name)
            os.kill(pid, signal.SIGKILL)
    return left


def _state(root: Path) -> dict[str, str]:
    """Names, kinds, times and contents of all that is in a repository, git's own files included."""
    state = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
        state[str(path)] = f"{status.st_mode:o} {status.st_mtime_ns} {content}"
    return state


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def check(case: Case, ground: Ground) -> Outcome:
    case.build(ground.place)
    if case.git:
        git(ground.place.root, "init", "--quiet")
    outcome = ground.lint()
    assert outcome.code in (case.code if isinstance(case.code, tuple) else (case.code,)), outcome.text[-3000:]
    for text in case.says:
        assert text in outcome.text, outcome.text[-3000:]
    return outcome


@pytest.mark.parametrize("case", CHARTS, ids=lambda case: case.name)
def test_a_chart(case: Case, ground: Ground) -> None:
    check(case, ground)


@pytest.mark.parametrize("case", BASES, ids=lambda case: case.name)
def test_what_is_referred_to(case: Case, ground: Ground) -> None:
    check(case, ground)


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.name)
def test_a_file(case: Case, ground: Ground) -> None:
    check(case, ground)


@pytest.mark.parametrize("case", POLICIES, ids=lambda case: case.name)
def test_a_policy_of_the_repository(case: Case, ground: Ground) -> None:
    check(case, ground)


# Code, git, names, places --------------------------------------------------------------------------------------------

MODULES = (
    "conftest",
    "sitecustomize",
    "usercustomize",
    "setup",
    "json",
    "yaml",
    "click",
    "helm_python",
    "_socket",
    "os",
)


@pytest.mark.parametrize("program", [(PROGRAM,), (sys.executable, "-m", "hydrogitops")], ids=["script", "module"])
def test_code_of_the_repository_is_not_run(program: tuple[str, ...], ground: Ground) -> None:
    charted("")(ground.place)
    code = 'open("OUTSIDE/executed", "w")\n'
    ground.place.put({f"{name}.py": code for name in MODULES})
    ground.place.put({f"{name}/__init__.py": code for name in MODULES})
    ground.place.put({".hydrogitops/policies/own/rule.py": code, ".hydrogitops/checks/own.py": code})
    for name in ("git", "helm", "kustomize", "kubectl", "bin/helm"):
        ground.place.put({name: "#!/bin/sh\ntouch OUTSIDE/executed\n"})
        (ground.place.root / name).chmod(0o755)
    outcome = ground.lint(program=program)
    assert outcome.code == 0, outcome.text
    assert "nothing left unseen" in outcome.out


@pytest.mark.parametrize("arguments", [(), ("--staged",), ("--since", "HEAD")], ids=" ".join)
def test_settings_of_the_repository_s_git_run_nothing(arguments: tuple[str, ...], ground: Ground) -> None:
    root = ground.place.root
    charted("")(ground.place)
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "m")
    command = ground.place.fill("touch OUTSIDE/executed")
    for key in ("core.fsmonitor", "core.pager", "core.editor", "diff.external", "core.sshCommand", "core.askPass"):
        git(root, "config", key, command)
    for hook in ("post-index-change", "post-checkout", "fsmonitor-watchman"):
        path = root / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        path.chmod(0o755)
    (root / "envs/prod/values.yaml").write_text("a: c\n", encoding="utf-8")
    assert ground.lint(*arguments).code == 0


def test_a_folder_that_poses_as_a_git_repository(ground: Ground) -> None:
    """It comes with a clone as plain files; git takes the folder that it runs in for a bare repository."""
    root = ground.place.root
    git(root, "init", "--quiet")
    git(root, "init", "--quiet", "--bare", "evil")
    evil = root / "evil"
    ground.place.put(
        {"evil/.hydrogitops.yaml": "version: 1\n", "evil/a.yaml": MAP, "evil/.gitattributes": "* filter=x\n"}
    )
    for key, value in {"core.bare": "false", "core.worktree": ".", "filter.x.clean": "cat"}.items():
        git(evil, "--git-dir=.", "config", key, value)
    git(evil, "--git-dir=.", "add", "--force", "a.yaml")
    git(evil, "--git-dir=.", "commit", "--quiet", "--message", "m")
    git(evil, "--git-dir=.", "config", "filter.x.clean", ground.place.fill("touch OUTSIDE/executed; cat"))
    ground.place.put({"evil/a.yaml": MAP + "# changed\n"})
    for arguments in ((), ("--staged",), ("--since", "HEAD")):
        assert ground.lint(*arguments, "evil").code in (0, 2, 3)


NAMES = (
    b"\xff\xfe.yaml", b"new\nline.yaml", b"\x1b[31m.yaml", b"-rf.yaml", b"--format.yaml", b"::error::x.yaml",
    b"a:b,c=d.yaml", b"%0A::error::y.yaml", b" blank .yaml", "\u202eyaml.lmay.yaml".encode(), b"$(touch x).yaml",
)  # fmt: skip


@pytest.mark.parametrize("with_git", [True, False], ids=["git", "no git"])
@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_names_of_files_are_only_names(form: str, with_git: bool, ground: Ground) -> None:
    root = ground.place.root
    for name in NAMES:
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_text("a: [\n", encoding="utf-8")
    ground.place.put({"*'\".yaml": MAP})
    if with_git:
        git(root, "init", "--quiet")
    outcome = ground.lint("--format", form)
    assert outcome.code == 1, outcome.text
    assert "\x1b" not in outcome.out
    if form == "json":
        found = json.loads(outcome.out)["findings"]
        assert len([one for one in found if one["rule"] == "repo/yaml"]) == len(NAMES)
    if form == "github":
        commands = [line for line in outcome.out.splitlines() if line.startswith("::")]
        assert all(line.startswith(("::error file=", "::warning file=", "::notice file=")) for line in commands)
        assert len([line for line in commands if "title=repo/yaml" in line]) == 10


def test_a_path_with_blanks_quotes_and_letters_of_many_tongues(ground: Ground, tmp_path: Path) -> None:
    charted("  replicas: {{ .Values.a }}")(ground.place)
    ground.place.put({"envs/prod/out.yaml": "kind: Secret\napiVersion: v1\nmetadata: {name: a}\nstringData: {a: b}\n"})
    text = (ground.place.root / KUSTOMIZATION).read_text(encoding="utf-8")
    ground.place.put({KUSTOMIZATION: f"resources: [out.yaml]\n{text}"})
    git(ground.place.root, "init", "--quiet")
    expected = ground.lint("--format", "json", "--no-cache")
    other = tmp_path / "mein Repo – 仓库 'x' \"y\" $(touch z) %s {a} \\n"
    shutil.copytree(ground.place.root, other)
    there = Ground(
        Place(other, ground.place.outside, ground.place.address), ground.server, ground.cache, ground.temporary
    )
    assert json.loads(expected.out)["coverage"]["objects"] == 2
    assert there.lint("--format", "json", "--no-cache") == expected


def test_nothing_is_written_but_the_cache_and_even_that_need_not_be(ground: Ground, tmp_path: Path) -> None:
    """`lint` itself compares the repository before and after; here writing is impossible as well."""
    charted("")(ground.place)
    git(ground.place.root, "init", "--quiet")
    git(ground.place.root, "add", "--all")
    expected = ground.lint()
    assert expected.code == 0
    assert list(ground.cache.rglob("*.json"))
    # No folder can be made below a file, not even by root.
    (tmp_path / "file").touch()
    nowhere = Ground(ground.place, ground.server, tmp_path / "file/cache", ground.temporary)
    for path in ground.place.root.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    for arguments in ((), ("--staged",), ("--format", "github")):
        assert nowhere.lint(*arguments).code == 0
    assert nowhere.lint() == expected


def test_a_cache_that_somebody_else_has_written_is_not_believed(ground: Ground) -> None:
    charted("")(ground.place)
    git(ground.place.root, "init", "--quiet")
    expected = ground.lint()
    (kept,) = ground.cache.rglob("*.json")
    for text in (
        "",
        "{",
        "[]",
        '{"report": {}}',
        "\0" * 100,
        '{"report": {"findings": 5, "coverage": []}}',
        "[" * 100_000,
    ):
        kept.write_text(text, encoding="utf-8")
        assert ground.lint() == expected
