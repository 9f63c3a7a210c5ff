"""A repository that `new` wrote, read back: its answers, and what other answers would make of it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydrogitops import __version__
from hydrogitops.config.answers import Answers, read_answers
from hydrogitops.linter.options import open_sources
from hydrogitops.linter.run import read_configuration
from hydrogitops.model import UserError
from hydrogitops.repo.sources import CONFIGURATION, Sources
from hydrogitops.source.transaction import finish

from . import chart_source
from .parts import File
from .plan import plan
from .shared_files import Shared, shared

CHART = "charts/serving"


@dataclass(frozen=True, slots=True)
class Plans:
    """Two plans side by side: files that only the new one has, only the old one, and both, in different words."""

    new: Mapping[str, File]
    gone: Mapping[str, File]
    both: Mapping[str, tuple[File, File]]
    kept: frozenset[str]
    """Paths of the new plan."""


@dataclass(frozen=True, slots=True)
class Written:
    """A repository that `new` wrote, and the answers in it."""

    sources: Sources
    given: Mapping[str, Any]
    answers: Answers
    remarks: tuple[str, ...]

    @classmethod
    def around(cls, start: Path) -> Written:
        sources = open_sources([start])
        finish(sources.root)
        sources = open_sources([start])
        given = read_configuration(sources).answers
        if not given or not isinstance(given.get("environments"), Mapping):
            raise UserError(
                f"{CONFIGURATION} holds no answers, so nobody knows what an environment consists of here",
                "this works in a repository that `hydrogitops new` wrote",
            )
        answers = read_answers(given, allow_open=True)
        document = sources.document(CONFIGURATION)
        template = document.data.get("template") if document is not None and isinstance(document.data, dict) else None
        version = template.get("version") if isinstance(template, dict) else None
        remarks: tuple[str, ...] = ()
        if version is not None and version != __version__:
            remarks = (f"this repository was written by version {version}; what is new is written by {__version__}",)
        return cls(sources, given, answers, remarks)

    @property
    def root(self) -> Path:
        return self.sources.root

    @property
    def environments(self) -> list[str]:
        return [str(name) for name in self.given["environments"]]

    def with_environment(self, name: str, own: Mapping[str, object]) -> dict[str, Any]:
        given: dict[str, Any] = deepcopy(dict(self.given))
        given["environments"] = {**given["environments"], name: deepcopy(dict(own))}
        return given

    def without_environment(self, name: str) -> dict[str, Any]:
        given: dict[str, Any] = deepcopy(dict(self.given))
        given["environments"] = {key: one for key, one in given["environments"].items() if str(key) != name}
        return given

    def usual_pools(self) -> dict[str, Any]:
        """The nodes of the environment before, for one of whose nodes nothing is said."""
        last = list(self.given["environments"].values())[-1] or {}
        return {"pools": deepcopy(last["pools"])} if "pools" in last else {}

    def change_to(self, wanted: Answers) -> Plans:
        """What changes where the answers are others; the chart is the one in the repository."""
        chart = self._chart()
        old, new = ({file.path: file for file in plan(answers, chart)} for answers in (self.answers, wanted))
        return Plans(
            new={path: file for path, file in new.items() if path not in old},
            gone={path: file for path, file in old.items() if path not in new},
            both={p: (old[p], file) for p, file in new.items() if p in old and old[p].content != file.content},
            kept=frozenset(new),
        )

    def shared(self, found: Plans, name: str) -> Shared:
        return shared(self.sources, {path: (a.content, b.content) for path, (a, b) in found.both.items()}, name)

    def _chart(self) -> chart_source.VendoredChart | None:
        if not self.answers.chart.vendored:
            return None
        if not self.sources.is_folder(CHART):
            raise UserError(
                f"{CHART} is not there, and the answers say that the chart is vendored",
                f"put it back, or set answers.chart.vendored to false in {CONFIGURATION}",
            )
        return chart_source.read(str(self.root / CHART))
