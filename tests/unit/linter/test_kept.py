"""What a process keeps of repositories that it has judged: a library may judge many."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from tests.golden.trees import write

SEALED = """\
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db, namespace: shop}
spec: {encryptedData: {password: AgBx}}
"""


def test_repositories_that_were_judged_are_not_kept(tmp_path: Path) -> None:
    judged = []
    for number in range(4):
        root = tmp_path / str(number)
        write(root, {"envs/prod/kustomization.yaml": "resources: [db.yaml]\n", "envs/prod/db.yaml": SEALED})
        sources = cached_run([root], Options(render=False), use=False).sources
        judged.append(weakref.ref(sources))
        del sources
    gc.collect()
    # The last ones may be: a run has one repository, or two states of it.
    assert [one() for one in judged[:-2]] == [None, None]
