"""Where the pods of deployed models land, by the configuration of the manager that makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .small import CONFIGURATION, LAST, PRODUCTION, judge, place, release, told

MISSING = "scheduling/toleration-missing"
POOLS = (
    "    pools: [{name: ml, labels: {node: fast}, taints: [{key: node, value: fast, effect: NoSchedule}],"
    " instance_types: [m5.xlarge]}]\n"
)
OPEN = "{name: other, labels: {}, taints: [], instance_types: [m5.xlarge]}"
TOLERATION = '{"key": "node", "operator": "Equal", "value": "fast", "effect": "NoSchedule"}'
OURS = "global:\n  tolerations: [{key: node, operator: Equal, value: fast, effect: NoSchedule}]\n"


def files(depconfig: str, pools: str = POOLS) -> dict[str, str]:
    """A release on tainted nodes; `depconfig`: the lines of the value, empty for none."""
    lines = "".join(f"    {line}\n" for line in depconfig.splitlines())
    tree = release(f"manager:\n  depconfig: |-\n{lines}" if depconfig else "manager: {replicaCount: 1}\n", OURS)
    tree[CONFIGURATION] = PRODUCTION.replace("{profile: production}", f"\n    profile: production\n{pools}".rstrip())
    return tree


def stated(pod: str) -> str:
    return f'default-deployment-configuration = """\n{{"name": "default", "pod": {pod}}}\n"""'


@pytest.mark.parametrize(
    ("depconfig", "missing"),
    [
        (stated(f'{{"tolerations": [{TOLERATION}]}}'), False),
        (stated('{"tolerations": [{"operator": "Exists"}]}'), False),
        (stated('{"tolerations": [{"key": "node", "operator": "Exists"}]}'), False),
        (stated(f'{{"tolerations": [{TOLERATION}]}}').replace(" = ", ": "), False),
        (stated(f'{{"tolerations": [{TOLERATION}]}}').replace("fast", "slow"), True),
        (stated('{"tolerations": []}'), True),
        (stated('{"nodeSelector": {"node": "fast"}}'), True),
        ('# default-deployment-configuration = """{"pod": {"tolerations": [{"operator": "Exists"}]}}"""', True),
        ("something.else = 1", True),
        # Nobody can tell what these come to.
        ("default-deployment-configuration = ${OTHER}", False),
        ('default-deployment-configuration = """{not json}"""', False),
    ],
)
def test_tolerations_of_model_pods(tmp_path: Path, depconfig: str, missing: bool) -> None:
    tree = files(depconfig)
    found = [one for one in judge(tmp_path, tree, (MISSING,), render=True) if "deployed models" in one.message]
    assert told(found) == ([(MISSING, "warning", LAST, *place(tree[LAST], "|-"))] if missing else [])


def test_without_a_word_of_them_the_place_is_where_it_would_be_written(tmp_path: Path) -> None:
    found = [one for one in judge(tmp_path, files(""), (MISSING,), render=True) if "deployed models" in one.message]
    assert told(found) == [(MISSING, "warning", LAST, 1, 1)]


def test_one_pool_that_is_open_is_enough(tmp_path: Path) -> None:
    tree = files("", POOLS.replace("pools: [", f"pools: [{OPEN}, "))
    assert judge(tmp_path, tree, (MISSING,), render=True) == ()


def test_pods_that_select_a_pool_must_tolerate_that_one(tmp_path: Path) -> None:
    tree = files(stated('{"nodeSelector": {"node": "fast"}}'), POOLS.replace("pools: [", f"pools: [{OPEN}, "))
    (found,) = judge(tmp_path, tree, (MISSING,), render=True)
    assert "deployed models" in found.message
