"""Who reads and who makes the Secrets of a generated repository, by the render of its environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm

from .conftest import Generated
from .trees import judged

pytestmark = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

MISSING = "secrets/consumer-key-missing"
RULES = frozenset((MISSING, "secrets/unused-key", "secrets/same-name"))
ENVIRONMENT = "apps/hydrosphere/envs/prod/secrets"


def test_what_the_chart_reads_is_sealed(generated: Generated, tmp_path: Path) -> None:
    assert judged(generated.copy(tmp_path), only=RULES).findings == ()


@pytest.mark.parametrize(
    ("change", "severity", "said"),
    [
        (
            ("hydro-postgresql.sealed.yaml", "postgresql-password:", "postgres-password:"),
            "error",
            "postgresql-password",
        ),
        (("kustomization.yaml", "  - hydro-mongodb.sealed.yaml\n", ""), "error", "hydro-mongodb"),
        (("hydro-aws-secret.sealed.yaml", "awsSecretAccessKey:", "awsSecretKey:"), "error", "awsSecretAccessKey"),
    ],
)
def test_what_the_chart_reads_is_gone(
    change: tuple[str, str, str], severity: str, said: str, generated: Generated, tmp_path: Path
) -> None:
    root = generated.copy(tmp_path)
    file = root / ENVIRONMENT / change[0]
    assert change[1] in file.read_text()
    file.write_text(file.read_text().replace(change[1], change[2]))
    (found,) = judged(root, only=frozenset((MISSING,))).findings
    assert (found.severity, found.environments) == (severity, ("prod",))
    assert said in found.message
    # Not where the chart's templates read it: nobody can edit these.
    word = change[2].strip() or "resources:"
    assert (found.file, found.line) == (f"{ENVIRONMENT}/{change[0]}", line_of(file.read_text(), word))


def test_a_key_that_is_gone_is_not_the_other_one_misspelt(generated: Generated, tmp_path: Path) -> None:
    root = generated.copy(tmp_path)
    file = root / ENVIRONMENT / "hydro-aws-secret.sealed.yaml"
    lines = [line for line in file.read_text().splitlines(keepends=True) if "  awsAccessKeyID:" not in line]
    file.write_text("".join(lines))
    (found,) = judged(root, only=RULES).findings
    assert (found.rule, found.line) == (MISSING, line_of(file.read_text(), "encryptedData:"))
    assert found.fix is not None and "awsSecretAccessKey" not in found.fix.description


def line_of(text: str, word: str) -> int:
    return text.count("\n", 0, text.index(word)) + 1
